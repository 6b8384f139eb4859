"""Bounds on what one caller may take: requests a minute, wrong tries, live streams.

Counted in this process's memory; there is one web process. The tables are bounded, so that
a flood of made-up addresses cannot fill the memory.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

MOST_CALLERS = 10_000
"""Callers remembered at once; the one that was quiet longest is forgotten first."""


class RateLimit:
    """A bucket a caller that holds `per_minute` requests and fills up evenly."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._size = per_minute
        self._now = now
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, per_minute: int | None = None) -> int:
        """Take one request; 0 where it is granted, else the seconds to wait."""
        size = per_minute or self._size
        now = self._now()
        with self._lock:
            held, since = self._buckets.pop(caller, (float(size), now))
            held = min(float(size), held + (now - since) * size / 60)
            granted = held >= 1
            self._buckets[caller] = (held - 1 if granted else held, now)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        return 0 if granted else max(1, ceil((1 - held) * 60 / size))


class LockOut:
    """Wrong tries by address: after `most` within `window` seconds it has to wait."""

    def __init__(self, most: int, window: float = 300, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window = window
        self._now = now
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str) -> int:
        """Note a wrong try; the seconds to wait from now on, 0 where it may try again."""
        with self._lock:
            tries = self._tries.pop(address, deque(maxlen=self._most))
            tries.append(self._now())
            self._tries[address] = tries
            if len(self._tries) > MOST_CALLERS:
                self._tries.popitem(last=False)
        return self.wait(address)

    def wait(self, address: str) -> int:
        """The seconds that `address` has to wait; 0 where it may try."""
        now = self._now()
        with self._lock:
            tries = self._tries.get(address)
            while tries and tries[0] <= now - self._window:
                tries.popleft()
            if not tries or len(tries) < self._most:
                return 0
            return max(1, ceil(tries[0] + self._window - now))

    def forgive(self, address: str) -> None:
        """Forget the wrong tries of an address that got it right."""
        with self._lock:
            self._tries.pop(address, None)


class Slots:
    """A number of places; `held()` yields False where all are taken."""

    def __init__(self, places: int) -> None:
        self._free = threading.Semaphore(places)

    def take(self) -> bool:
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        self._free.release()

    @contextmanager
    def held(self) -> Iterator[bool]:
        taken = self.take()
        try:
            yield taken
        finally:
            if taken:
                self.give_back()
