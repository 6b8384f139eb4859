"""The port is looked at before anything starts, and the line says what to do."""

from __future__ import annotations

import errno
import socket

import pytest

from backend.config import Settings
from backend.processes.ports import BadAddress, PortTaken, base_url, claim_port


def test_any_free_port(settings: Settings) -> None:
    assert claim_port(settings).port > 0


def test_a_taken_port_is_one_line_with_a_remedy(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            claim_port(settings.but(port=port))
    assert str(taken.value).startswith(f"Port {port} on 127.0.0.1 is taken")
    assert f"--port {port + 1}" in str(taken.value) and "\n" not in str(taken.value)


def test_an_address_of_another_machine(settings: Settings) -> None:
    with pytest.raises(BadAddress, match=r"192\.0\.2\.1"):
        claim_port(settings.but(host="192.0.2.1"))
    with pytest.raises(BadAddress, match=r"no\.such\.host\.invalid"):
        claim_port(settings.but(host="no.such.host.invalid"))


def test_a_port_that_needs_rights(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:  # root, who may use any port, runs these tests too
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("socket.socket.bind", refuse)
    with pytest.raises(BadAddress, match="rights"):
        claim_port(settings.but(port=80))


def test_the_address_for_a_browser(settings: Settings) -> None:
    at = settings.but(port=5000)
    assert base_url(at) == "http://127.0.0.1:5000"
    assert base_url(at.but(host="0.0.0.0", tls_self_signed=True)) == "https://127.0.0.1:5000"
    assert base_url(at.but(host="::1")) == "http://[::1]:5000"
    assert base_url(at.but(host="door.example.com")) == "http://door.example.com:5000"
