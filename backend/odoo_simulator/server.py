"""The HTTP front: one thread a connection, loopback only, `Connection: close` on every answer."""

from __future__ import annotations

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .hooks import Answer, DropConnection
from .replies import Reply, Request, page
from .routes import Routes

LARGEST_BODY = 128 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; `port` 0 takes any that is free."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, routes: Routes, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.routes = routes
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request; what it is for is the routes' business."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Werkzeug/3.0.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.close_connection = True
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self._send(page(413, "413 Request Entity Too Large", "The data value transmitted exceeds the limit."))
            return
        address = urlsplit(self.path)
        body = self.rfile.read(length)
        if len(body) < length:
            # The client went away in the middle of it.
            return
        request = Request(
            str(self.command), address.path, address.query, self.headers, body, str(self.client_address[0])
        )
        services = self.server.routes.services
        epoch = services.epoch
        try:
            reply = self.server.routes.answer(request)
        except DropConnection:
            return
        except Answer as answer:
            reply = Reply(answer.status, answer.body, answer.content_type, answer.headers)
        if epoch == services.epoch:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the calls are in `OdooSimulator.calls`."""
