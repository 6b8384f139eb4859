"""The connections under HTTP: one deadline for a whole answer, and certificates of one's own.

A time-out of sockets starts anew with every byte, so that a server which drips could hold us
for ever, with its headers, too, over which no program reading a body has any say.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import pool_classes_by_scheme

from backend.odoo.errors import OdooTls

_LENGTH = re.compile("[0-9]{1,18}")


class _Bounded(io.RawIOBase):
    """Reads a socket until a deadline, `seconds` from now."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # keeps the socket open, as http.client counts on
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer's time is over")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Takes the socket's time-out, which is that for reading by now, for the whole answer."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if (seconds := sock.gettimeout()) is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_Bounded(sock, seconds))

    def begin(self) -> None:
        """Read the headers. A proxy may say the length once more: that is one. One that cannot be
        understood is as good as none, and lengths that differ are no HTTP."""
        super().begin()
        said = {one.strip() for line in self.headers.get_all("Content-Length", ()) for one in line.split(",")}
        if len(said) > 1:
            raise http.client.HTTPException("lengths that differ")
        del self.headers["Content-Length"]
        if said and _LENGTH.fullmatch(length := said.pop()):
            self.headers["Content-Length"] = length
            if self.length is None and not self.chunked:
                self.length = int(length)


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    """Sends a request once; `context` decides which certificates are trusted."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._more = {} if context is None else {"ssl_context": context}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, **self._more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, **self._more)
        if manager.pool_classes_by_scheme is pool_classes_by_scheme:  # a SOCKS proxy has its own
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager


class TrustingAdapter(Adapter):
    """Trusts the machine's certificates and those in `ca_file`, which requests would take
    instead of them. Raises OdooTls where the file cannot be read."""

    def __init__(self, ca_file: str | Path | None) -> None:
        context = ssl.create_default_context()
        if ca_file is not None:
            try:
                context.load_verify_locations(cafile=str(ca_file))
            except (OSError, ssl.SSLError):
                raise OdooTls(f"ODOO_CA_FILE {ca_file} cannot be read as PEM certificates. Check the "
                              "path and the file.") from None
        super().__init__(context)
