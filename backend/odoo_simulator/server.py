"""The HTTP front: one thread a connection, loopback only, `Connection: close` on every answer."""

from __future__ import annotations

import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import xmlrpc
from .hooks import Answer, DropConnection
from .services import Services

LARGEST_BODY = 128 * 1024 * 1024
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; `port` 0 takes any that is free."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, services: Services, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.services = services
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request; which wire it is for is told by its path."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Werkzeug/3.0.1"

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def _guarded(self, act: object) -> None:
        self.close_connection = True
        try:
            act()  # type: ignore[operator]
        except DropConnection:
            return
        except Answer as answer:
            self._send(answer.status, answer.body, answer.content_type, answer.headers)

    def _get(self) -> None:
        address = urlsplit(self.path)
        services = self.server.services
        if address.path.startswith("/xmlrpc/"):
            self._send(
                405,
                _page("405 Method Not Allowed", "The method is not allowed for the requested URL."),
                HTML,
                {"Allow": "POST"},
            )
        elif address.path == "/web/health":
            self._health(bool(parse_qs(address.query).get("db_server_status")))
        elif address.path in ("/web/version", "/json/version") and services.version == 19:
            info = services.version_info()
            self._send_json(200, {"version_info": info["server_version_info"], "version": info["server_version"]}, JSON)
        elif address.path == "/json/version":
            place = "/web/login?redirect=%2Fjson%2Fversion%3F"
            self._send(303, _page("Redirecting...", place), HTML, {"Location": place})
        else:
            self._not_found()

    def _health(self, with_database: bool) -> None:
        up = self.server.services.database_up
        if not with_database:
            self._send_json(200, {"status": "pass"}, "application/json")
        else:
            self._send_json(
                200 if up else 500,
                {"status": "pass" if up else "fail", "db_server_status": up},
                "application/json",
            )

    def _post(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self._send(
                413,
                _page("413 Request Entity Too Large", "The data value transmitted exceeds the limit."),
                HTML,
            )
            return
        body = self.rfile.read(length)
        parts = urlsplit(self.path).path.strip("/").split("/")
        if parts[:2] == ["xmlrpc", "2"] and len(parts) == 3:
            self._send(200, xmlrpc.answer(self.server.services, parts[2], body), xmlrpc.CONTENT_TYPE)
        elif parts[0] == "xmlrpc" and len(parts) == 2:
            self._send(
                200,
                xmlrpc.answer(self.server.services, parts[1], body, codes_as_text=True),
                xmlrpc.CONTENT_TYPE,
            )
        else:
            self._not_found()

    def _not_found(self) -> None:
        self._send(
            404,
            _page("404 Not Found", "The requested URL was not found on the server."),
            "text/html;charset=utf-8",
        )

    def _send_json(self, status: int, content: object, content_type: str) -> None:
        self._send(status, json.dumps(content).encode(), content_type)

    def _send(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the calls are in `OdooSimulator.calls`."""


def _page(title: str, text: str) -> bytes:
    return f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n".encode()
