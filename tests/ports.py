"""Ports for programs that are told theirs before they listen."""

from __future__ import annotations

import random
import socket

_BELOW_EPHEMERAL = range(15_000, 32_000)
"""Linux gives no connection of its own a port from here (net.ipv4.ip_local_port_range: 32768 to 60999), so
that none is in the way while the program starts or starts anew."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no connection will be given."""
    chance = random.SystemRandom()
    for _ in range(100):
        port = chance.choice(_BELOW_EPHEMERAL)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
