"""How long each stage takes and how often it runs: for metrics, the console and the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Counters:
    """Runs and wall-clock seconds by stage name."""

    def __init__(self) -> None:
        self._runs: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what is done inside as one run of the stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._runs[name] = self._runs.get(name, 0) + 1
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begun

    def count(self, name: str, by: int = 1) -> None:
        """Counts an event that takes no time worth telling."""
        self._runs[name] = self._runs.get(name, 0) + by

    def as_dict(self) -> dict[str, dict[str, float]]:
        """JSON-ready: `{"detect": {"runs": 120, "seconds": 4.2}, …}`."""
        return {name: {"runs": runs, "seconds": round(self._seconds.get(name, 0.0), 4)}
                for name, runs in self._runs.items()}
