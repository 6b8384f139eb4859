"""One HTTP request or answer, read whole from a socket and written again."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

_MOST = 64 * 1024 * 1024


class Broken(Exception):
    """The other side went away, or does not speak HTTP."""


@dataclass(frozen=True)
class Message:
    """`first` is the request line or the status line; names of headers are in lower case."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return self.first.split()[1]

    @property
    def status(self) -> int:
        return int(self.first.split()[1])

    def header(self, name: str) -> str:
        return next((value for one, value in self.headers if one == name), "")

    def head(self) -> bytes:
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def receive(connection: socket.socket, *, answer: bool = False) -> Message:
    """A whole message. Raises Broken; OSError passes through."""
    with connection.makefile("rb") as stream:
        first = stream.readline(65_536).decode("latin-1").rstrip("\r\n")
        if not first:
            raise Broken("nothing came")
        headers: list[tuple[str, str]] = []
        while line := stream.readline(65_536).decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(":")
            headers.append((name.strip().lower(), value.strip()))
        found = dict(headers)
        if "chunked" in found.get("transfer-encoding", ""):
            body = _chunks(stream)
            headers = [one for one in headers if one[0] != "transfer-encoding"]
            headers.append(("content-length", str(len(body))))
        elif "content-length" in found:
            size = int(found["content-length"])
            body = stream.read(size)
            if len(body) < size:
                raise Broken("the message broke off")
        else:
            body = stream.read(_MOST) if answer else b""
        return Message(first, tuple(headers), body)


def ask(url: str, request: Message, patience: float) -> Message:
    """Hand a request on to the server at `url` and wait for its answer."""
    place = urlsplit(url)
    secure = place.scheme == "https"
    port = place.port or (443 if secure else 80)
    with socket.create_connection((place.hostname, port), patience) as plain:
        connection = ssl.create_default_context().wrap_socket(
            plain, server_hostname=place.hostname) if secure else plain
        kept = [one for one in request.headers if one[0] not in ("host", "connection")]
        handed = Message(request.first, (("host", place.netloc), ("connection", "close"), *kept), request.body)
        connection.sendall(handed.head() + handed.body)
        return receive(connection, answer=True)


def _chunks(stream) -> bytes:
    parts: list[bytes] = []
    while size := int(stream.readline(1024).split(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline(8)
    stream.readline(8)
    return b"".join(parts)
