"""The server on real sockets: TLS, cookies, ends, and clients that behave badly."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time

import pytest
import requests

from backend.config import Settings
from backend.errors import SettingError
from backend.web.server import PortTaken, WebServer, run

PASSWORD = "correct horse battery"


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    return settings


@pytest.fixture
def secure(app, parts, here):
    """The same over TLS, with the certificate of our own making."""
    settings = parts.settings.but(tls_self_signed=True)
    server = WebServer(app, settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def trust(secure, parts) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(parts.settings.data_path / "tls" / "self-signed.crt"))


def ask(connection: http.client.HTTPConnection, method: str, path: str, body=None, **headers: str):
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    return response, json.loads(response.read())


def test_cookies_are_secure_exactly_under_tls(served, secure, trust, system) -> None:
    system.access.create_user("anna", PASSWORD, "admin")
    login = {"username": "anna", "password": PASSWORD}
    plain = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    tls = http.client.HTTPSConnection("localhost", secure.port, context=trust, timeout=10)
    for connection, is_secure in ((plain, False), (tls, True)):
        response, _ = ask(connection, "POST", "/api/v1/session", login)
        assert response.status == 200
        assert ("Secure" in response.headers["Set-Cookie"]) is is_secure
        connection.close()
    assert served.url.startswith("http://") and secure.url.startswith("https://")


def test_a_forwarded_header_makes_nothing_secure(served, system) -> None:
    system.access.create_user("anna", PASSWORD, "admin")
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    response, _ = ask(connection, "POST", "/api/v1/session", {"username": "anna", "password": PASSWORD},
                      **{"X-Forwarded-Proto": "https"})
    assert "Secure" not in response.headers["Set-Cookie"]
    connection.close()


def test_a_silent_client_does_not_hold_up_tls(secure, trust) -> None:
    silent = [socket.create_connection(("127.0.0.1", secure.port)) for _ in range(3)]
    connection = http.client.HTTPSConnection("localhost", secure.port, context=trust, timeout=10)
    response, _ = ask(connection, "GET", "/health/live")
    assert response.status == 200
    connection.close()
    for each in silent:
        each.close()


def test_plain_http_on_the_tls_port_harms_nothing(secure, trust) -> None:
    with socket.create_connection(("127.0.0.1", secure.port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(1000)
    connection = http.client.HTTPSConnection("localhost", secure.port, context=trust, timeout=10)
    assert ask(connection, "GET", "/health/live")[0].status == 200
    connection.close()


def test_old_tls_is_not_spoken(secure) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)), \
            socket.create_connection(("127.0.0.1", secure.port), timeout=10) as client, \
            old.wrap_socket(client) as wrapped:
        wrapped.sendall(b"GET / HTTP/1.1\r\n\r\n")


def test_a_port_that_is_taken_is_one_line(served, app, parts) -> None:
    with pytest.raises(PortTaken, match=f"Port {served.port} on 127.0.0.1 is taken") as refused:
        WebServer(app, parts.settings.but(port=served.port)).start()
    assert "\n" not in str(refused.value)


def test_an_address_of_another_machine_is_one_line(app, parts) -> None:
    with pytest.raises(SettingError, match=r"Cannot listen on 192\.0\.2\.1"):
        WebServer(app, parts.settings.but(host="192.0.2.1")).start()


@pytest.mark.parametrize("request_line", [
    b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
])
def test_what_is_no_http_gets_the_same_shape(served, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(request_line)
        answer = b""
        try:
            while part := client.recv(10_000):
                answer += part
                if b'"code"' in answer:
                    break
        except ConnectionResetError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    assert 400 <= int(head.split()[1]) < 510
    assert json.loads(body)["success"] is False


def test_a_body_that_is_too_large_is_413_however_it_comes(served, here, as_) -> None:
    here.settings = here.settings.but(max_request_bytes=10_000)
    headers = {"X-API-Key": as_("*").key, "Content-Type": "application/json"}
    whole = requests.post(f"{served.url}/api/v1/persons", data=b"x" * 50_000, headers=headers, timeout=10)
    assert (whole.status_code, whole.json()["code"]) == (413, "too_large")
    parts_of_it = requests.post(f"{served.url}/api/v1/persons", data=(b"x" * 1000 for _ in range(50)),
                                headers=headers, timeout=10)
    assert (parts_of_it.status_code, parts_of_it.json()["code"]) == (413, "too_large")
    assert requests.get(f"{served.url}/health/live", timeout=10).status_code == 200


def test_an_id_may_hold_odd_characters(served, as_) -> None:
    headers = {"X-API-Key": as_("*").key}
    base = f"{served.url}/api/v1/persons"
    for person_id in ("ÄÖ 7", "a%2Fb", "50% off", "a?b#c", "..."):
        assert requests.post(base, json={"person_id": person_id, "name": "X"}, headers=headers,
                             timeout=10).status_code in (201, 422)
    found = requests.get(f"{base}/%C3%84%C3%96%207", headers=headers, timeout=10)
    assert found.json()["data"]["person_id"] == "ÄÖ 7"


def test_run_serves_until_it_is_told_to_stop(app, parts) -> None:
    stopping, ready = threading.Event(), threading.Event()
    addresses: list[str] = []

    def on_ready(server: WebServer) -> None:
        addresses.append(server.url)
        ready.set()

    thread = threading.Thread(target=run, args=(app, parts.settings, on_ready, stopping))
    thread.start()
    assert ready.wait(10)
    assert requests.get(f"{addresses[0]}/health/live", timeout=10).json()["success"] is True
    began = time.monotonic()
    stopping.set()
    thread.join(30)
    assert not thread.is_alive() and time.monotonic() - began < 20
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{addresses[0]}/health/live", timeout=2)


def test_the_web_process_loads_no_vision(tmp_path) -> None:
    """dlib holds Python's lock while it embeds, so it must not be where the pages are served."""
    import subprocess
    import sys

    from backend.config import PROJECT_ROOT

    program = ("import sys; from backend.web.application import bare_app; bare_app(); "
               "import backend.desks.faces, backend.desks.attendance, backend.vision.client; "
               "print([name for name in ('dlib', '_dlib_pybind11', 'cv2') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True,
                          timeout=60, check=True)
    assert done.stdout.strip() == "[]"
