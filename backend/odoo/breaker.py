"""A circuit breaker: after some failures in a row it stops calling a server that is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from backend.odoo.errors import OdooTransient, OdooUnreachable

FAILURES = 5
"""Failures in a row that open it."""
REST = 30.0
"""Seconds that it stays open before one call may probe."""


class CircuitBreaker:
    """`state` is closed (calls go out), open (they fail at once) or half_open (one probes).

    `failure_count` counts failures in a row; `last_failure` is the instant of the newest one,
    aware UTC, None before the first. Only transient failures count: a refused row or a wrong
    password says that the server is there.
    """

    def __init__(self, failures: int = FAILURES, rest: float = REST,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        self.failure_count = 0
        self.last_failure: datetime | None = None
        self._failures = failures
        self._rest = rest
        self._monotonic = monotonic
        self._opened: float | None = None
        self._probing = False
        self._lock = threading.Lock()

    @property
    def state(self) -> str:
        if self._opened is None:
            return "closed"
        return "half_open" if self._monotonic() - self._opened >= self._rest else "open"

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around each call. Raises OdooUnreachable at once while open."""
        self._admit()
        try:
            yield
        except OdooTransient:
            self._failed()
            raise
        except BaseException:
            self._answered()
            raise
        self._answered()

    def reset(self) -> None:
        """Forget all failures, for new credentials or a call made by hand."""
        with self._lock:
            self.failure_count = 0
            self._opened = None
            self._probing = False

    def _admit(self) -> None:
        with self._lock:
            state = self.state
            if state == "open" or (state == "half_open" and self._probing):
                raise OdooUnreachable(
                    f"Odoo did not answer {self.failure_count} times in a row; the next try is "
                    f"made {self._rest:g} s after the last.", may_have_arrived=False,
                    retry_after=round(self._rest))
            self._probing = state == "half_open"

    def _failed(self) -> None:
        with self._lock:
            self.failure_count += 1
            self.last_failure = datetime.now(UTC)
            self._probing = False
            if self.failure_count >= self._failures:
                self._opened = self._monotonic()

    def _answered(self) -> None:
        with self._lock:
            self.failure_count = 0
            self._opened = None
            self._probing = False
