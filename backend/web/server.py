"""The HTTP server: cheroot with threads, TLS where asked for, and an end that waits for nobody."""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import ssl
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server as WsgiServer
from flask import Flask

from backend.config import Settings
from backend.errors import SettingError
from backend.web.context import KEY
from backend.web.tls import certificate

log = logging.getLogger(__name__)

SOCKET_TIMEOUT = 20
"""Seconds that a client may stay silent within a request."""

STOP_GRACE = 3
"""Seconds for requests in hand when the server stops."""

LARGEST_HEADERS = 64 * 1024

MOST_IDLE = 256
"""Connections kept open between requests; they hold no thread."""


class PortTaken(SettingError):
    """Another program listens there."""

    code = "port_taken"


class _Request(HTTPRequest):
    """A request whose refusals by the server itself have the API's one error shape."""

    def simple_response(self, status: Any, msg: str = "") -> None:
        number = int(str(status).split(" ", 1)[0])
        if number < 400:
            super().simple_response(status, msg)
            return
        phrase = HTTPStatus(number).phrase
        body = json.dumps({"success": False, "error": f"{msg or phrase}"[:300],
                           "code": phrase.lower().replace(" ", "_").replace("-", "_")}).encode()
        head = (f"{self.server.protocol} {number} {phrase}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")
        self.close_connection = True
        try:
            self.conn.wfile.write(head.encode("ISO-8859-1") + body)
        except OSError as error:
            log.debug("a client went away before it was refused: %s", error)


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


class _Tls(BuiltinSSLAdapter):
    """TLS whose handshake is made by the thread that serves the connection.

    Otherwise one client that connects and then says nothing would hold up all others.
    """

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return wrapped, self.get_environ(wrapped)

    def get_environ(self, sock: ssl.SSLSocket) -> dict[str, Any]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Server(WsgiServer):
    ConnectionClass = _Connection

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        # A client that goes away, or speaks no TLS, is no error of ours.
        ours = level >= logging.ERROR and not msg.startswith("socket.error")
        log.log(level if ours else logging.DEBUG, "%s", msg, exc_info=traceback)


class WebServer:
    """Serves one application. `start` returns once it listens; `stop` may be called twice."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._server = _Server((settings.host, settings.port), app, numthreads=settings.web_threads,
                               max=settings.web_threads, server_name="face-attendance",
                               timeout=SOCKET_TIMEOUT, shutdown_timeout=STOP_GRACE,
                               request_queue_size=64)
        self._server.max_request_header_size = LARGEST_HEADERS
        self._server.keep_alive_conn_limit = MOST_IDLE
        pair = certificate(settings)
        self.tls = pair is not None
        if pair is not None:
            adapter = _Tls(str(pair[0]), str(pair[1]))
            adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._server.ssl_adapter = adapter
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and serve in a thread. Raises PortTaken or SettingError, one line for people."""
        host, port = self._settings.host, self._settings.port
        try:
            _try_to_listen(host, port)
            self._server.prepare()
        except OSError as error:
            raise _cannot_listen(error, host, port) from None
        self._thread = threading.Thread(target=self._server.serve, name="web", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on; with PORT=0 the one that was free."""
        return int(self._server.bind_addr[1])

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        host = self._settings.host
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        return f"{'https' if self.tls else 'http'}://{shown}:{self.port}"

    def stop(self) -> None:
        """End live streams, let requests in hand finish for a moment, and close."""
        self._app.extensions[KEY].stopping.set()
        self._server.stop()
        if self._thread is not None:
            self._thread.join(timeout=STOP_GRACE)
            self._thread = None
            self._app.extensions[KEY].close()


def _try_to_listen(host: str, port: int) -> None:
    """Raise OSError where the place is not free; cheroot itself would leave a socket open."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # elsewhere this would take the place from whoever has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)


def _cannot_listen(error: OSError, host: str, port: int) -> SettingError:
    text = str(error)
    if error.errno in (errno.EADDRINUSE, 10048) or "in use" in text:
        return PortTaken(f"Port {port} on {host} is taken by another program; choose another with "
                         "--port or FACE_ATTENDANCE_PORT")
    if error.errno in (errno.EACCES, 10013):
        return SettingError(f"Port {port} needs more rights; choose one above 1023 with --port")
    return SettingError(f"Cannot listen on {host}:{port}: {error.strerror or text}. HOST must be an "
                        "address of this machine, such as 127.0.0.1 or 0.0.0.0")


def run(app: Flask, settings: Settings, on_ready: Callable[[WebServer], None] | None = None,
        stopping: threading.Event | None = None) -> None:
    """Serve until `stopping` is set; `on_ready` is called once it listens."""
    server = WebServer(app, settings)
    server.start()
    try:
        if on_ready is not None:
            on_ready(server)
        (stopping or threading.Event()).wait()
    finally:
        server.stop()
