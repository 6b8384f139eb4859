"""The certificate of our own making."""

from __future__ import annotations

import os
import stat
from datetime import timedelta

import pytest
from cryptography import x509

from backend.config import Settings
from backend.errors import SettingError
from backend.web import tls


def test_it_is_made_once_and_kept(settings: Settings) -> None:
    cert, key = tls.self_signed(settings)
    first = cert.read_bytes()
    assert tls.self_signed(settings)[0].read_bytes() == first
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_it_names_this_machine(settings: Settings) -> None:
    cert, _ = tls.self_signed(settings.but(host="192.168.7.20"))
    said = x509.load_pem_x509_certificate(cert.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    assert "localhost" in said.get_values_for_type(x509.DNSName)
    assert {"127.0.0.1", "192.168.7.20"} <= {str(each) for each in said.get_values_for_type(x509.IPAddress)}


def test_another_address_gets_another_certificate(settings: Settings) -> None:
    first = tls.self_signed(settings)[0].read_bytes()
    assert tls.self_signed(settings.but(host="192.168.7.20"))[0].read_bytes() != first


def test_it_is_made_anew_before_it_ends(settings: Settings, monkeypatch) -> None:
    monkeypatch.setattr(tls, "VALID_FOR", timedelta(days=20))
    first = tls.self_signed(settings)[0].read_bytes()
    monkeypatch.undo()
    assert tls.self_signed(settings)[0].read_bytes() != first


def test_a_damaged_key_is_replaced(settings: Settings) -> None:
    cert, key = tls.self_signed(settings)
    first = cert.read_bytes()
    key.write_text("nonsense")
    assert tls.self_signed(settings)[0].read_bytes() != first


def test_files_that_do_not_belong_together_stop_the_start(settings: Settings, tmp_path) -> None:
    cert, _ = tls.self_signed(settings)
    _, other = tls.self_signed(settings.but(data_dir=tmp_path / "other"))
    with pytest.raises(SettingError, match="TLS_CERT and TLS_KEY cannot be used"):
        tls.certificate(settings.but(tls_cert=cert, tls_key=other))
    with pytest.raises(SettingError, match="TLS_CERT"):
        tls.certificate(settings.but(tls_cert=tmp_path / "none.crt", tls_key=tmp_path / "none.key"))
    assert tls.certificate(settings) is None
