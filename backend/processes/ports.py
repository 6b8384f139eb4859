"""The port, looked at before anything starts: free, taken, or not ours to take."""

from __future__ import annotations

import errno
import os
import socket

from backend.config import Settings
from backend.errors import SettingError

WILDCARDS = frozenset({"", "0.0.0.0", "::"})
"""Hosts that mean every network of this machine."""


class PortTaken(SettingError):
    code = "port_taken"


class BadAddress(SettingError):
    code = "bad_address"


def claim_port(settings: Settings) -> Settings:
    """The settings with a port that can be listened on right now; 0 becomes a free one.

    Raises PortTaken or BadAddress, one line that says what to do.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise BadAddress(f"HOST {host} is no address of this machine ({error.strerror or error}). "
                         "Example: --host 127.0.0.1, or 0.0.0.0 for all networks") from None
    with socket.socket(family, kind, protocol) as trial:
        if os.name == "posix":  # as the server does, so that a restart need not wait a minute
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
            trial.listen(1)
        except OSError as error:
            raise _explained(error, host, port) from None
        return settings.but(port=trial.getsockname()[1])


def _explained(error: OSError, host: str, port: int) -> SettingError:
    if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)):
        return PortTaken(f"Port {port} on {host} is taken by another program, perhaps by this one "
                         f"started twice. Stop that, or choose another: --port {port + 1}")
    if error.errno in (errno.EACCES, getattr(errno, "WSAEACCES", errno.EACCES)):
        return BadAddress(f"Port {port} may not be used by this user. Ports below 1024 need rights "
                          "of their own; choose another: --port 5000")
    return BadAddress(f"{host}:{port} cannot be listened on: {error.strerror or error}. "
                      "Example: --host 127.0.0.1 --port 5000")


def base_url(settings: Settings) -> str:
    """The address to open in a browser on this machine."""
    secure = settings.tls_self_signed or settings.tls_cert is not None
    host = settings.host
    if host in WILDCARDS:
        host = "::1" if ":" in host else "127.0.0.1"
    if ":" in host:
        host = f"[{host}]"
    return f"{'https' if secure else 'http'}://{host}:{settings.port}"
