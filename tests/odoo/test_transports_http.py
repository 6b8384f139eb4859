"""Below all transports: one deadline for a whole answer, and no request that goes out twice by itself."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from backend.odoo.errors import OdooError, OdooTimeout, OdooUnreachable
from backend.odoo.transports import Http, Limits

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


def received(client: socket.socket) -> bytes:
    """One whole request of those that these tests send; empty where the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                   if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += client.recv(65_536)
    return data


class Line:
    """A server that treats each connection as the test says; `requests` counts whole requests."""

    def __init__(self, treat: Callable[[Line, socket.socket], None]) -> None:
        self.treat = treat
        self.requests = 0
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def next_request(self, client: socket.socket) -> bool:
        got = received(client)
        self.requests += bool(got)
        return bool(got)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            self.treat(self, client)

    def close(self) -> None:
        # Shut down first: closing alone does not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def line() -> Iterator[Callable[[Callable[[Line, socket.socket], None]], Line]]:
    made: list[Line] = []

    def make(treat: Callable[[Line, socket.socket], None]) -> Line:
        made.append(Line(treat))
        return made[-1]

    yield make
    for one in made:
        one.close()


def drip(client: socket.socket, start: bytes) -> None:
    client.sendall(start)
    while True:
        client.sendall(b"a")
        time.sleep(0.02)


@pytest.mark.parametrize("start", [
    b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n",
], ids=["status", "headers", "body"])
def test_an_answer_that_drips_is_over_when_its_time_is(line, start):
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        drip(client, start)

    server = line(treat)
    http = Http(server.url, Limits(connect=2, read=0.3))
    with pytest.raises(OdooTimeout, match=r"within 0\.3 s"):
        http.post("/", b"x", "text/plain")
    http.close()
    assert server.requests == 1


def test_answers_that_announce_more_and_never_come_are_over_too(line):
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        while True:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.02)

    server = line(treat)
    http = Http(server.url, Limits(connect=2, read=0.3))
    with pytest.raises(OdooTimeout):
        http.get("/")
    http.close()


def test_a_connection_that_is_kept_open_is_used_again(line):
    def treat(line: Line, client: socket.socket) -> None:
        while line.next_request(client):
            client.sendall(ANSWER)

    server = line(treat)
    http = Http(server.url, Limits(connect=5, read=5))
    for _ in range(3):
        assert http.post("/", b"x", "text/plain").body == b"ok"
    http.close()
    assert (server.requests, server.connections) == (3, 1)


def test_a_request_on_a_connection_that_dies_is_not_sent_again(line):
    """The proxy that kept it open took the request and went away: done or not, nobody knows here."""
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        client.sendall(ANSWER)
        line.next_request(client)

    server = line(treat)
    http = Http(server.url, Limits(connect=5, read=5))
    http.post("/", b"x", "text/plain")
    with pytest.raises(OdooUnreachable) as raised:
        http.post("/", b"x", "text/plain")
    assert raised.value.may_have_arrived is True
    assert (server.requests, server.connections) == (2, 1)
    assert http.post("/", b"x", "text/plain").body == b"ok"
    http.close()


def test_a_connection_closed_meanwhile_is_replaced_before_anything_is_sent(line):
    gone = threading.Event()

    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        client.sendall(ANSWER)
        client.shutdown(socket.SHUT_RDWR)
        gone.set()

    server = line(treat)
    http = Http(server.url, Limits(connect=5, read=5))
    for count in (1, 2, 3):
        assert http.post("/", b"x", "text/plain").body == b"ok"
        assert gone.wait(5)
        gone.clear()
        assert (server.requests, server.connections) == (count, count)
    http.close()


def test_through_a_proxy_the_same_deadline_holds(line, monkeypatch):
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        client.sendall(ANSWER)
        line.next_request(client)
        drip(client, b"HTTP/1.1 200 OK\r\nX-Slow: ")

    proxy = line(treat)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    http = Http("http://odoo.invalid", Limits(connect=5, read=5))
    assert http.get("/web/version").body == b"ok"
    http.limits = Limits(connect=5, read=0.3)
    with pytest.raises(OdooTimeout):
        http.get("/web/version")
    assert proxy.requests == 2
    http.close()


def said(head: bytes, body: bytes) -> Callable[[Line, socket.socket], None]:
    """A server that answers each connection with exactly these bytes, and hangs up."""
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + head + b"\r\n" + body)

    return treat


@pytest.mark.parametrize("head", [
    b"Content-Length: 2\r\nContent-Length: 2\r\n", b"Content-Length: 2, 2\r\n", b"Content-Length: 2abc\r\n",
    b"Content-Length: -2\r\n", b"Content-Length: \xb2\r\n", b"Content-Length: " + b"9" * 5000 + b"x\r\n", b"",
], ids=["twice", "joined", "not a number", "negative", "superscript", "endless", "none"])
def test_a_length_that_is_strange_does_not_hide_a_whole_answer(line, head):
    http = Http(line(said(head, b"ok")).url, Limits(connect=5, read=5))
    assert http.get("/").body == b"ok"
    http.close()


def test_a_length_said_twice_is_where_the_answer_ends_though_the_line_stays_open(line):
    def treat(line: Line, client: socket.socket) -> None:
        while line.next_request(client):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok")

    http = Http(line(treat).url, Limits(connect=5, read=5))
    assert http.get("/").body == b"ok"
    http.close()


@pytest.mark.parametrize("head", [
    b"Content-Length: 9\r\nContent-Length: 9\r\n", b"Content-Length: 9, 9\r\n", b"Content-Length: 9\r\n",
    b"Content-Length: 2, 9\r\n"], ids=["twice", "joined", "once", "contradicting"])
def test_an_answer_that_is_shorter_than_said_broke_off(line, head):
    http = Http(line(said(head, b"ok")).url, Limits(connect=5, read=5))
    with pytest.raises(OdooUnreachable) as raised:
        http.get("/")
    assert raised.value.may_have_arrived is True
    http.close()


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 zwei OK\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset\r\nRetry-After: \xb2\r\nContent-Length: 5, 6\r\n\r\nok",
], ids=["status", "no HTTP", "headers", "chunks", "encoding", "everything"])
def test_whatever_answers_the_failure_is_one_of_ours(line, answer):
    def treat(line: Line, client: socket.socket) -> None:
        line.next_request(client)
        client.sendall(answer)

    http = Http(line(treat).url, Limits(connect=5, read=5))
    with pytest.raises(OdooError):
        http.get("/")
    http.close()
