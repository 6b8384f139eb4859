"""How far a run has come, for whoever listens: a command on a terminal, nobody in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int | None], None]
"""Gets how many rows are through, and of how many; None where that is not known."""

_listener: ContextVar[Listener | None] = ContextVar("progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let `listener` hear of every run of this thread within."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(done: int, total: int | None = None) -> None:
    """Say how far the run is."""
    listener = _listener.get()
    if listener is not None:
        listener(done, total)
