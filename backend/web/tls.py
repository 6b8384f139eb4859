"""TLS: the certificate that the settings name, or one of our own making.

The self-signed one lets tablets use their cameras, which browsers allow only in a secure
context; it is kept in DATA_DIR, so that a browser has to be told only once to trust it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.config import Settings
from backend.errors import SettingError

VALID_FOR = timedelta(days=800)
"""Browsers refuse certificates that are good for more than 825 days."""

RENEW_BEFORE = timedelta(days=30)


def certificate(settings: Settings) -> tuple[Path, Path] | None:
    """(certificate, key), or None where the settings ask for no TLS.

    Raises SettingError where the files cannot be read or do not belong together.
    """
    if settings.tls_cert is not None and settings.tls_key is not None:
        pair = settings.tls_cert, settings.tls_key
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*pair, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
            raise SettingError(f"TLS_CERT and TLS_KEY cannot be used: {reason}. Give a PEM certificate "
                               "and its PEM key without a password") from None
        return pair
    return self_signed(settings) if settings.tls_self_signed else None


def _no_password() -> str:
    raise OSError("the key has a password")


def self_signed(settings: Settings) -> tuple[Path, Path]:
    """Our own certificate and key in DATA_DIR/tls, made where there is none for these names."""
    folder = settings.data_path / "tls"
    folder.mkdir(parents=True, exist_ok=True)
    pair = folder / "self-signed.crt", folder / "self-signed.key"
    names, addresses = own_names(settings.host)
    if not _still_good(*pair, names, addresses):
        _make(*pair, names, addresses)
    return pair


def own_names(host: str) -> tuple[set[str], set[str]]:
    """The names and the addresses by which a tablet may call this machine."""
    names = {"localhost", socket.gethostname()}
    addresses = {"127.0.0.1", "::1"}
    # Connecting a UDP socket sends nothing; it only chooses the way out.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        addresses.add(probe.getsockname()[0])
    try:
        addresses.add(str(ipaddress.ip_address(host)))
    except ValueError:
        names.add(host)
    return {name for name in names if name and name.isascii()}, addresses - {"0.0.0.0", "::"}


def _still_good(cert: Path, key: Path, names: set[str], addresses: set[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        if found.public_key() != private.public_key():
            return False
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    covered = set(said.get_values_for_type(x509.DNSName))
    covered_addresses = {str(each) for each in said.get_values_for_type(x509.IPAddress)}
    lasts = found.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE
    return lasts and names <= covered and addresses <= covered_addresses


def _make(cert: Path, key: Path, names: set[str], addresses: set[str]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Face Attendance")])
    now = datetime.now(UTC)
    also = [x509.DNSName(name) for name in sorted(names)]
    also += [x509.IPAddress(ipaddress.ip_address(each)) for each in sorted(addresses)]
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(private.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + VALID_FOR)
            .add_extension(x509.SubjectAlternativeName(also), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(private, hashes.SHA256()))
    _write(key, private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()))
    _write(cert, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    temporary = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.replace(temporary, path)
