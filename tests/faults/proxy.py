"""A proxy that loses, delays and garbles: what a bad line does, request by request.

It stands between the bridge and the server, speaks HTTP/1.1 and one request a connection, and
keeps a list of what was said and what became of it.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.weather import Fault, fair
from tests.faults.wire import Broken, Message, ask, receive

_PAGE = b"<!doctype html><html><title>Guest network</title><p>Please sign in to go on.</html>"
_DRIP = 0.05
"""Seconds between two bytes of a dripping answer, at most."""
_BACKLOG = 128
Decide = Callable[[int, Message], tuple[Fault, random.Random]]


@dataclass
class Exchange:
    """A request and its fate. Times in seconds since the proxy was made; `answer` is None where
    the server never gave one."""

    number: int
    at: float
    request: Message
    fault: Fault
    answer: Message | None = None
    forwarded_at: float | None = None
    over_at: float | None = None


@dataclass
class Tally:
    """How many requests met which fault, and the longest that a client held on to one."""

    faults: Counter = field(default_factory=Counter)
    longest: float = 0.0


class Proxy:
    """A context manager. `decide` says what happens to the n-th request and may be replaced
    while it runs; `patience` is the client's time-out in seconds, `told` gets each exchange
    when it is over."""

    def __init__(self, upstream: str, decide: Decide = fair, *, patience: float = 1.0,
                 upstream_patience: float = 60.0, told: Callable[[Exchange], None] = lambda _: None) -> None:
        self.upstream = upstream
        self.decide = decide
        self.patience = patience
        self.tally = Tally()
        self._upstream_patience = upstream_patience
        self._told = told
        self._began = time.monotonic()
        self._number = 0
        self._under_way = 0
        self._open = threading.Condition()
        self._refusing = threading.Lock()
        self._closing = False
        self._listener = _listener()
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing = True
        _shut(self._listener)
        self._listener.close()
        self.drain(5.0)

    def now(self) -> float:
        return time.monotonic() - self._began

    def drain(self, longest: float = 60.0) -> bool:
        """Wait until no request is under way, late ones included; False where one still is."""
        with self._open:
            return self._open.wait_for(lambda: self._under_way == 0, longest)

    # Connections ---------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                time.sleep(0.005)  # not listening at the moment, see _refuse
                self._listen_again()
                continue
            with self._open:
                self._under_way += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _listen_again(self) -> None:
        """Where nobody refuses any more, and the listener still does."""
        if self._refusing.acquire(blocking=False):
            try:
                with suppress(OSError):
                    if not self._closing:
                        self._listener.listen(_BACKLOG)
            finally:
                self._refusing.release()

    def _serve(self, connection: socket.socket) -> None:
        exchange = None
        try:
            with connection:
                connection.settimeout(30 + 10 * self.patience)
                request = receive(connection)
                with self._open:
                    self._number += 1
                    number = self._number
                fault, dice = self.decide(number, request)
                exchange = Exchange(number, self.now(), request, fault)
                getattr(self, f"_{fault}")(connection, exchange, dice)
        except (OSError, Broken, ValueError):
            pass  # the client gave up, or the server is away: to the client the line is dead
        finally:
            if exchange is not None:
                exchange.over_at = self.now()
                self._told(exchange)
            with self._open:
                if exchange is not None:
                    self.tally.faults[exchange.fault] += 1
                    if not exchange.fault.slow:
                        self.tally.longest = max(self.tally.longest, self.now() - exchange.at)
                self._under_way -= 1
                self._open.notify_all()

    def _forward(self, exchange: Exchange) -> Message:
        exchange.forwarded_at = self.now()
        exchange.answer = ask(self.upstream, exchange.request, self._upstream_patience)
        return exchange.answer

    # Faults --------------------------------------------------------------------------------

    def _none(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        answer = self._forward(exchange)
        connection.sendall(answer.head() + answer.body)

    def _refuse(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        with self._refusing:  # of two at once, one would go on for ever
            _shut(self._listener)
            try:
                _reset(connection)
                time.sleep(dice.uniform(0.02, 0.3))
            finally:
                if not self._closing:
                    self._listener.listen(_BACKLOG)

    def _lost_request(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        if dice.random() < 0.5:
            _reset(connection)

    def _gateway_before(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        _answer(connection, dice.choice(("502 Bad Gateway", "503 Service Unavailable")), _PAGE)

    def _page_before(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        _answer(connection, dice.choice(("200 OK", "404 Not Found", "500 Internal Server Error")), _PAGE)

    def _garbage_before(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        _garbage(connection, exchange.request, dice)

    def _too_many(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        more = dice.choice(((), (("Retry-After", "1"),), (("Retry-After", "0"),), (("Retry-After", "soon"),)))
        _answer(connection, "429 Too Many Requests", b"slow down", "text/plain", more)

    def _late_request(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        time.sleep(self.patience * dice.uniform(1.1, 2.0))
        connection.close()
        self._forward(exchange)

    def _lost_answer(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        self._forward(exchange)
        if dice.random() < 0.5:
            _reset(connection)

    def _late_answer(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        answer = self._forward(exchange)
        time.sleep(self.patience * dice.uniform(1.1, 1.6))
        connection.sendall(answer.head() + answer.body)

    def _gateway_after(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        self._forward(exchange)
        _answer(connection, dice.choice(("502 Bad Gateway", "504 Gateway Timeout")), _PAGE)

    def _page_after(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        self._forward(exchange)
        _answer(connection, dice.choice(("200 OK", "500 Internal Server Error")), _PAGE)

    def _garbage_after(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        self._forward(exchange)
        _garbage(connection, exchange.request, dice)

    def _truncated(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        answer = self._forward(exchange)
        whole = answer.head() + answer.body
        connection.sendall(whole[:dice.randrange(len(whole))])

    def _drip_headers(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        answer = self._forward(exchange)
        self._drip(connection, answer.head() + answer.body)

    def _drip_body(self, connection: socket.socket, exchange: Exchange, dice: random.Random) -> None:
        answer = self._forward(exchange)
        connection.sendall(answer.head())
        self._drip(connection, answer.body)

    def _drip(self, connection: socket.socket, content: bytes) -> None:
        """Byte by byte, until the client has had enough; never to the end."""
        patience = 6 * self.patience
        pause = min(_DRIP, self.patience / 10)
        for place in range(min(len(content) - 1, round(patience / pause))):
            connection.sendall(content[place:place + 1])
            time.sleep(pause)


def _answer(connection: socket.socket, status: str, body: bytes, kind: str = "text/html; charset=utf-8",
            more: tuple[tuple[str, str], ...] = ()) -> None:
    headers = (("Content-Type", kind), ("Content-Length", str(len(body))), *more, ("Connection", "close"))
    connection.sendall(Message(f"HTTP/1.1 {status}", headers, body).head() + body)


def _garbage(connection: socket.socket, request: Message, dice: random.Random) -> None:
    """No HTTP at all, or an answer of the right type that means nothing."""
    noise = dice.randbytes(dice.randrange(1, 400))
    if dice.random() < 0.5:
        connection.sendall(noise)
    else:
        kind = "text/xml" if request.path.startswith("/xmlrpc") else "application/json"
        _answer(connection, "200 OK", dice.choice((noise, b"", b"{", b"<", b"null", b'{"a": 1}')), kind)


def _reset(connection: socket.socket) -> None:
    """Close so that the other side meets a reset connection instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _listener() -> socket.socket:
    """On a port that was asked for by number: only then does it stay ours while nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as finder:
        port = finder.getsockname()[1]
    return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)


def _shut(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
