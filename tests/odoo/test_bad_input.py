"""What is wrong with the other side gets its own clear line, its own code, and no traceback."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import ssl
import threading
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.odoo.breaker import CircuitBreaker
from backend.odoo.errors import OdooError, OdooUnreachable
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import Answer, DropConnection, OdooSimulator
from tests.odoo.stories import credentials


@pytest.fixture
def odoo(odoo18):
    return odoo18


def failure(**arguments) -> OdooError:
    """What test and connect say of it; every text is one line without a secret."""
    connector = OdooConnector(**arguments)
    with pytest.raises(OdooError) as raised:
        connector.probe()
    told = connector.test_connection()
    connector.close()
    assert (told["success"], told["code"]) == (False, raised.value.code)
    text = str(raised.value)
    assert text == told["message"]
    assert "\n" not in text and "Traceback" not in text and len(text) < 500
    assert str(arguments["password"]) not in text or arguments["password"] == arguments["username"]
    return raised.value


def test_wrong_password_wrong_user_expired_key(odoo):
    for wrong in ({"password": "wr0ng"}, {"username": "nobody"},
                  {"username": "admin", "password": odoo.expired_key}):
        error = failure(**credentials(odoo, **wrong))
        assert (error.code, error.kind) == ("odoo_access_denied", "fatal")
        assert "Odoo refuses the user" in str(error)


def test_an_api_key_is_as_good_as_the_password(odoo):
    assert OdooConnector(**credentials(odoo, password=odoo.api_key())).connect() == odoo.uid()


@pytest.mark.parametrize("version", [18, 19])
def test_wrong_database(version):
    with OdooSimulator(version=version) as odoo:
        error = failure(**credentials(odoo, db="nodb"))
    assert (error.code, error.kind) == ("odoo_wrong_database", "fatal")
    assert "no database called nodb" in str(error)


@pytest.mark.parametrize("version", [18, 19])
def test_odoos_own_database_down_is_not_taken_for_a_wrong_name(version):
    with OdooSimulator(version=version) as odoo:
        odoo.database_up = False
        error = failure(**credentials(odoo))
        assert (error.code, error.kind) == ("odoo_database_down", "transient")
        odoo.database_up = True
        assert OdooConnector(**credentials(odoo)).connect() == odoo.uid()


def test_server_down(odoo):
    odoo.stop()
    error = failure(**credentials(odoo))
    assert (error.code, error.kind, error.status) == ("odoo_unreachable", "transient", 502)
    assert "refuses connections" in str(error)


def test_a_name_that_nobody_knows():
    error = failure(url="http://odoo.invalid", db="x", username="x", password="secret-word")
    assert error.code == "odoo_unreachable" and "not known" in str(error)


def test_a_web_page_instead_of_xml(odoo):
    page = Answer(200, b"<!DOCTYPE html><html><body>Welcome to nginx!</body></html>")

    def serve(call):
        raise page

    odoo.hooks.before.append(serve)
    error = failure(**credentials(odoo))
    assert (error.code, error.kind) == ("odoo_not_odoo", "fatal")
    assert "a web page (status 200)" in str(error)
    page.status = 404
    assert failure(**credentials(odoo)).code == "odoo_not_odoo"


@pytest.mark.parametrize("body", [b"", b"<?xml version='1.0'?><methodResponse>", b"\x00\xff" * 40,
                                  b"<a><b></b></a>", b'{"jsonrpc": "2.0"}'])
def test_garbage_instead_of_xml(odoo, body):
    def serve(call):
        raise Answer(200, body, "text/xml")

    odoo.hooks.before.append(serve)
    assert failure(**credentials(odoo)).code == "odoo_not_odoo"


def test_a_redirect_is_named_and_not_followed(odoo):
    def serve(call):
        raise Answer(301, b"", headers={"Location": "https://odoo.example.com/xmlrpc/2/common"})

    odoo.hooks.before.append(serve)
    error = failure(**credentials(odoo))
    assert error.code == "odoo_not_odoo" and "https://odoo.example.com" in str(error)
    assert len(odoo.calls) == 2, "nothing was sent on"


@pytest.mark.parametrize(("status", "code"), [
    (429, "odoo_busy"), (502, "odoo_unreachable"), (503, "odoo_busy"), (504, "odoo_unreachable")])
def test_a_busy_server_is_transient(odoo, status, code):
    def serve(call):
        raise Answer(status, b"busy")

    odoo.hooks.before.append(serve)
    error = failure(**credentials(odoo))
    assert (error.code, error.kind) == (code, "transient")


def test_a_connection_cut_in_the_middle(odoo):
    def serve(call):
        raise DropConnection

    odoo.hooks.before.append(serve)
    error = failure(**credentials(odoo))
    assert error.code == "odoo_unreachable" and "broke" in str(error)


def test_a_slow_server(odoo):
    odoo.hooks.before.append(lambda call: time.sleep(0.6))
    started = time.monotonic()
    error = failure(**credentials(odoo, read_timeout=0.2))
    assert (error.code, error.kind) == ("odoo_timeout", "transient")
    assert "within 0.2 s" in str(error) and "ODOO_READ_TIMEOUT" in str(error)
    assert time.monotonic() - started < 10


def test_no_answer_to_the_connection():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:  # fill the queue, so that the next connection hangs
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        error = failure(url=f"http://127.0.0.1:{full.getsockname()[1]}", db="x", username="x",
                        password="secret-word", connect_timeout=0.3, read_timeout=0.3)
        for other in others:
            other.close()
    assert error.code == "odoo_unreachable"


def raw_server(answer: Callable[[socket.socket], None]) -> tuple[str, socket.socket]:
    """A server that reads a request and then does what the test wants with the socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(65_536)
                with contextlib.suppress(OSError):  # the client has had enough
                    answer(client)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def test_an_answer_that_drips_does_not_hold_us():
    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(600):
            client.sendall(b"<")
            time.sleep(0.05)

    url, listener = raw_server(drip)
    started = time.monotonic()
    error = failure(url=url, db="x", username="x", password="secret-word", read_timeout=0.4)
    listener.close()
    assert error.code == "odoo_timeout"
    assert time.monotonic() - started < 10


def test_a_huge_answer_is_not_swallowed():
    sent = []

    def flood(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        for _ in range(4000):
            client.sendall(b" " * 65_536)
            sent.append(65_536)

    url, listener = raw_server(flood)
    error = failure(url=url, db="x", username="x", password="secret-word", max_answer=1_000_000)
    listener.close()
    assert (error.code, error.kind) == ("odoo_answer_too_large", "fatal")
    assert "ODOO_MAX_ANSWER" in str(error)
    assert sum(sent) < 100_000_000


def test_an_answer_that_a_proxy_compressed_and_chunked():
    version = xmlrpc.client.dumps(({"server_version": "18.0", "server_version_info": [18, 0, 0, "final", 0, ""],
                                    "protocol_version": 1},), methodresponse=True).encode()
    packed = gzip.compress(version)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:20], packed[20:])) + b"0\r\n\r\n"

    def answer(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n"
                       b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)

    url, listener = raw_server(answer)
    told = OdooConnector(url, "x", "x", "secret-word").client.version()
    listener.close()
    assert (told.text, told.major) == ("18.0", 18)


def test_an_answer_cut_short():
    def cut(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n<?xml")

    url, listener = raw_server(cut)
    assert failure(url=url, db="x", username="x", password="secret-word").code == "odoo_unreachable"
    listener.close()


@pytest.mark.parametrize("url", ["odoo.example.com", "ftp://odoo.example.com", "http://", "http://a:b",
                                 "https://user:secret@odoo.example.com"])
def test_an_address_that_is_none(url):
    error = failure(url=url, db="x", username="x", password="secret-word")
    assert (error.code, error.status) == ("odoo_bad_address", 422)
    assert "secret@" not in str(error)


@pytest.mark.parametrize("pasted", ["/", "/web", "/web#action=12", "/odoo/employees?x=1", "/web/login"])
def test_an_address_pasted_from_the_browser(odoo, pasted):
    assert OdooConnector(**credentials(odoo, url=odoo.url + pasted)).connect() == odoo.uid()


def test_missing_rights_name_the_groups():
    with OdooSimulator(version=19) as odoo:
        error = failure(**credentials(odoo, username="plain", password="plain"))
    assert error.code == "odoo_missing_rights" and "Employees / Officer" in str(error)


def test_a_transport_that_is_none(odoo):
    assert failure(**credentials(odoo, transport="soap")).code == "odoo_unsupported"


def test_the_breaker_opens_after_five_and_lets_one_probe():
    now = 0.0
    breaker = CircuitBreaker(monotonic=lambda: now)
    for _ in range(5):
        with pytest.raises(OdooUnreachable), breaker.guard():
            raise OdooUnreachable("away")
    assert (breaker.state, breaker.failure_count) == ("open", 5)
    assert breaker.last_failure is not None
    with pytest.raises(OdooUnreachable, match="5 times in a row"), breaker.guard():
        pytest.fail("called while open")
    now = 31.0
    assert breaker.state == "half_open"
    with breaker.guard():
        pass
    assert (breaker.state, breaker.failure_count) == ("closed", 0)


# TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, PEM."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test Odoo")])
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256()))
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def odoo_tls(certificate: tuple[Path, Path]) -> Iterator[OdooSimulator]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with OdooSimulator(version=18, tls=context) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for(odoo_tls):
    error = failure(**credentials(odoo_tls))
    assert (error.code, error.kind) == ("odoo_tls", "fatal")
    assert "cannot be trusted" in str(error) and "ODOO_CA_FILE" in str(error)
    assert odoo_tls.calls == [], "nothing was said before the certificate was checked"


def test_a_certificate_authority_of_ones_own(odoo_tls, certificate):
    connector = OdooConnector(**credentials(odoo_tls, ca_file=certificate[0]))
    assert connector.connect() == odoo_tls.uid()


def test_checking_can_be_switched_off(odoo_tls):
    assert OdooConnector(**credentials(odoo_tls, verify_tls=False)).connect() == odoo_tls.uid()


def test_a_certificate_for_another_name(odoo_tls, certificate):
    url = odoo_tls.url.replace("127.0.0.1", "localhost")
    error = failure(**credentials(odoo_tls, url=url, ca_file=certificate[0]))
    assert error.code == "odoo_tls"


def test_a_ca_file_that_is_none(odoo_tls, certificate, tmp_path):
    for wrong in (tmp_path / "missing.pem", certificate[1]):
        error = failure(**credentials(odoo_tls, ca_file=wrong))
        assert error.code == "odoo_tls" and str(wrong) in str(error)


def test_https_where_only_http_is_spoken(odoo):
    error = failure(**credentials(odoo, url=odoo.url.replace("http:", "https:")))
    assert error.code == "odoo_tls" and "http://" in str(error)
