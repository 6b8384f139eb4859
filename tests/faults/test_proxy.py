"""The proxy does to a request what it says, and nothing to others."""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import time
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.faults.proxy import Proxy
from tests.faults.weather import Fault, Weather, changes
from tests.faults.wire import Message

PATIENCE = 0.3


class Echo(BaseHTTPRequestHandler):
    """Notes what it was asked and answers with it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    made.asked = []
    Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def through(server):
    """`through(fault)` is a proxy that does that to the first request and leaves others alone."""
    made = []

    def make(fault: Fault, seed: int = 1) -> Proxy:
        def decide(number: int, request: Message) -> tuple[Fault, random.Random]:
            return fault if number == 1 else Fault.none, random.Random(f"{seed}/{number}")

        proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}", decide, patience=PATIENCE)
        made.append(proxy.__enter__())
        return proxy

    yield make
    for proxy in made:
        proxy.__exit__(None, None, None)


def ask(proxy: Proxy, body: bytes = b"hello, Odoo") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
    try:
        connection.request("POST", "/xmlrpc/2/object", body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


FAILED = (OSError, http.client.HTTPException)


def test_a_fair_line_hands_everything_on(through, server):
    proxy = through(Fault.none)
    assert ask(proxy) == (200, b"hello, Odoo")
    assert server.asked == [b"hello, Odoo"]


@pytest.mark.parametrize("fault", [Fault.lost_request, Fault.refuse])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_request_that_is_lost_never_reaches_the_server(through, server, fault, seed):
    proxy = through(fault, seed)
    with pytest.raises(FAILED):
        ask(proxy)
    proxy.drain()
    assert server.asked == []
    assert ask(proxy, b"again") == (200, b"again")


def test_while_nobody_listens_connections_are_refused_and_then_taken_again(through):
    proxy = through(Fault.refuse)
    with pytest.raises(FAILED):
        ask(proxy)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), 1)
    proxy.drain()
    assert ask(proxy) == (200, b"hello, Odoo")


@pytest.mark.parametrize("fault", [Fault.gateway_before, Fault.page_before, Fault.too_many])
def test_an_answer_in_the_servers_place(through, server, fault):
    status, body = ask(through(fault))
    assert server.asked == []
    assert body != b"hello, Odoo"
    assert status in {Fault.gateway_before: (502, 503), Fault.page_before: (200, 404, 500),
                      Fault.too_many: (429,)}[fault]


@pytest.mark.parametrize("fault", [Fault.lost_answer, Fault.late_answer, Fault.truncated, Fault.drip_headers,
                                   Fault.drip_body])
def test_work_that_is_done_although_the_client_never_hears_of_it(through, server, fault):
    proxy = through(fault)
    began = time.monotonic()
    try:
        heard = ask(proxy)[1] == b"hello, Odoo"
    except FAILED:
        heard = False
    assert not heard or time.monotonic() - began > PATIENCE
    proxy.drain()
    assert server.asked == [b"hello, Odoo"]


@pytest.mark.parametrize("fault", [Fault.gateway_after, Fault.page_after])
def test_a_wrong_answer_after_the_work_was_done(through, server, fault):
    assert ask(through(fault))[1] != b"hello, Odoo"
    assert server.asked == [b"hello, Odoo"]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("fault", [Fault.garbage_before, Fault.garbage_after])
def test_garbage_is_never_the_answer(through, server, fault, seed):
    with contextlib.suppress(FAILED):
        assert ask(through(fault, seed))[1] != b"hello, Odoo"
    assert server.asked == ([b"hello, Odoo"] if fault is Fault.garbage_after else [])


def test_a_late_request_overtakes_nothing_and_arrives_after_the_client_has_gone_on(through, server):
    proxy = through(Fault.late_request)
    with pytest.raises(FAILED):
        ask(proxy, b"first")
    assert ask(proxy, b"second") == (200, b"second")
    assert proxy.drain()
    assert server.asked == [b"second", b"first"]


LOADS = [
    Message("POST /xmlrpc/2/object HTTP/1.1", (), xmlrpc.client.dumps(
        ("o18", 6, "x", "hr.attendance", "load", [["id"], []], {}), "execute_kw").encode()),
    Message("POST /jsonrpc HTTP/1.1", (), b'{"params": {"args": ["o18", 6, "x", "hr.attendance", "load", []]}}'),
    Message("POST /json/2/hr.attendance/load HTTP/1.1", (), b'{"fields": []}')]
READ = Message("POST /json/2/hr.attendance/read HTTP/1.1", (), b'{"ids": [3]}')


def test_what_changes_something_is_hit_most():
    weather = Weather(7, 0.4)
    assert all(changes(load) for load in LOADS)
    assert not changes(READ)
    loads, reads = (sum(weather(n, request)[0] is not Fault.none for n in range(1000)) for request in (LOADS[2], READ))
    assert loads > 2 * reads > 0


def test_the_same_seed_brings_the_same_weather():
    one, other, third = Weather(7, 0.4), Weather(7, 0.4), Weather(8, 0.4)
    faults = [one(n, LOADS[0])[0] for n in range(3000)]
    assert faults == [other(n, LOADS[0])[0] for n in range(3000)]
    assert faults != [third(n, LOADS[0])[0] for n in range(3000)]
    assert set(faults) == set(Fault)
