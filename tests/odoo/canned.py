"""A small HTTP server whose answers a test writes: for what no Odoo would say of its own accord."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    status: int = 200
    body: bytes = b""
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def in_json(value: Any, status: int = 200) -> Said:
    return Said(status, json.dumps(value).encode())


NOT_FOUND = Said(404, b"<!DOCTYPE html><title>404 Not Found</title>", HTML)


class Canned(ThreadingHTTPServer):
    """Answers as `answer` says, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Callable[[Asked], Said]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Canned
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        self.server.asked.append(asked)
        said = self.server.answer(asked)
        self.send_response(said.status)
        for name, value in {"Content-Type": said.kind, "Content-Length": str(len(said.body)),
                            "Connection": "close", **said.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)
        self.close_connection = True

    do_GET = do_POST = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(answer: Callable[[Asked], Said] | dict[str, Said]) -> Iterator[Canned]:
    """A running server; a dict maps paths to answers, and any other path is not found."""
    if isinstance(answer, dict):
        known = answer

        def answer(asked: Asked) -> Said:
            return known.get(asked.path, NOT_FOUND)

    server = Canned(answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
