"""A circuit breaker: after some failures in a row it stops calling a server that is away."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from backend.odoo.errors import OdooResting, OdooTransient

FAILURES = 5
"""Failures in a row that open it."""
FIRST_REST = 4.0
"""Seconds that it stays open the first time, at most; twice as long after each probe that failed."""
LONGEST_REST = 60.0


class CircuitBreaker:
    """`state` is closed (calls go out), open (they fail at once) or half_open (one may probe).

    `failure_count` counts failures in a row; `last_failure` is the instant of the newest one,
    aware UTC, None before the first. Only transient failures count: a refused row or a wrong
    password says that the server is there. Its rests are jittered, so that many installations
    do not come back in the same second.
    """

    def __init__(self, failures: int = FAILURES, rest: float = FIRST_REST,
                 monotonic: Callable[[], float] = time.monotonic,
                 chance: Callable[[], float] = random.random) -> None:
        self.failure_count = 0
        self.last_failure: datetime | None = None
        self._failures = failures
        self._first_rest = rest
        self._monotonic = monotonic
        self._chance = chance
        self._openings = 0
        self._opened_until: float | None = None
        self._probing = False
        self._lock = threading.Lock()

    @property
    def state(self) -> str:
        if self._opened_until is None:
            return "closed"
        return "half_open" if self._monotonic() >= self._opened_until else "open"

    @contextmanager
    def guard(self, probe: Callable[[], object] | None = None, *, forced: bool = False) -> Iterator[None]:
        """Around each call. Raises OdooResting at once while open, unless `forced`; while half
        open one call is let through, after `probe`, which asks something cheaper first."""
        probing = not forced and self._admit()
        try:
            if probing and probe is not None:
                probe()
            yield
        except OdooTransient as error:
            if error.tried:
                self._failed()
            else:
                self._probing = False
            raise
        except BaseException:
            self._answered()
            raise
        self._answered()

    def refuse_if_open(self) -> None:
        """Raises OdooResting where a call would not be let through now."""
        with self._lock:
            self._check()

    def reset(self) -> None:
        """Forget all failures, for new credentials or a call made by hand."""
        with self._lock:
            self.failure_count = 0
            self._openings = 0
            self._opened_until = None
            self._probing = False

    def _check(self) -> str:
        state = self.state
        if state == "open" or (state == "half_open" and self._probing):
            left = max(1, round((self._opened_until or 0) - self._monotonic()))
            raise OdooResting(
                f"Odoo did not answer {self.failure_count} times in a row; the next try is made in "
                f"{left} s.", may_have_arrived=False, retry_after=left)
        return state

    def _admit(self) -> bool:
        """Whether the call that is let through is the probe."""
        with self._lock:
            self._probing = self._check() == "half_open"
            return self._probing

    def _failed(self) -> None:
        with self._lock:
            self.failure_count += 1
            self.last_failure = datetime.now(UTC)
            self._probing = False
            if self.failure_count >= self._failures:
                rest = min(LONGEST_REST, self._first_rest * 2 ** min(self._openings, 20))
                self._openings += 1
                self._opened_until = self._monotonic() + rest * (0.5 + self._chance() / 2)

    def _answered(self) -> None:
        self.reset()
