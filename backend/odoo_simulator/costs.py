"""What calls cost in time, as measured on real servers; switched on for benchmarks only.

Seconds are totals for so many records in one call, taken on two shared cores: use their ratios.
Between and beyond the measured numbers the cost runs in straight lines. Not measured, and
taken from what is nearest: load() over JSON (by the ratio of create), a replay of a few rows
(by the ratio of 100), writing and deleting (as creating in a batch).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .hooks import Call

Points = Sequence[tuple[int, float]]
# For each version and wire: create() of one and a hundred, and search_read() of a thousand records with 13 fields.
CREATES: dict[tuple[int, str], Points] = {
    (18, "xmlrpc"): ((1, 0.039), (100, 0.86)),
    (18, "jsonrpc"): ((1, 0.060), (100, 0.96)),
    (19, "xmlrpc"): ((1, 0.056), (100, 0.57)),
    (19, "jsonrpc"): ((1, 0.053), (100, 0.64)),
    (19, "json2"): ((1, 0.049), (100, 0.49)),
}
READS = {(18, "xmlrpc"): 0.28, (18, "jsonrpc"): 0.12, (19, "xmlrpc"): 0.41, (19, "jsonrpc"): 0.29, (19, "json2"): 0.24}
# 5,000 in one create(), and load() of one, a hundred and a thousand new rows, over XML-RPC.
CREATES_5000 = {18: 23.6, 19: 16.4}
LOADS: dict[int, Points] = {18: ((1, 0.060), (100, 1.03), (1000, 9.5)), 19: ((1, 0.066), (100, 0.52), (1000, 4.2))}
REPLAY = {18: 16.9 / 10.3, 19: 10.9 / 5.2}
FIELDS_READ = 13


@dataclass
class Costs:
    """The costs of one server. `scale` multiplies all of them; `cores` calls are worked on at once."""

    version: int
    scale: float = 1.0
    cores: int = 1
    authenticate: float = 0.47
    first_call: float = 0.65
    call: float = 0.011
    call_by_key: float = 0.017
    sleep: Callable[[float], None] = time.sleep
    _free: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = threading.BoundedSemaphore(self.cores)

    def charged(self, work: Callable[[], Any], seconds: Callable[[Any], float]) -> Any:
        """Do `work` and let it take as long as `seconds(result)` says, its own time included."""
        with self._free:
            started = time.monotonic()
            result = work()
            self.sleep(max(0.0, self.scale * seconds(result) - (time.monotonic() - started)))
            return result

    def of(self, called: Call, result: Any, known: int = 0) -> float:
        """Seconds for a call that gave `result`; `known` of the rows of a load() were there before."""
        wire = called.wire if (self.version, called.wire) in CREATES else "xmlrpc"
        overhead = self.call_by_key if wire == "json2" else self.call
        if called.model_method == "search_read" or called.model_method == "read":
            rows = result if isinstance(result, list) else []
            fields = sum(len(row) for row in rows)
            return overhead + READS[self.version, wire] * fields / (1000 * FIELDS_READ)
        if called.model_method == "load":
            return max(overhead, self._load(wire, len(_rows(called)), known))
        if called.model_method in ("create", "write", "unlink"):
            return max(overhead, along(self._creates(wire), _count(called, result)))
        return overhead

    def _creates(self, wire: str) -> Points:
        measured = CREATES[self.version, wire]
        ratio = measured[-1][1] / CREATES[self.version, "xmlrpc"][-1][1]
        return (*measured, (5000, CREATES_5000[self.version] * ratio))

    def _load(self, wire: str, rows: int, known: int) -> float:
        ratio = CREATES[self.version, wire][-1][1] / CREATES[self.version, "xmlrpc"][-1][1]
        again = known / rows if rows else 0.0
        return along(LOADS[self.version], rows) * ratio * (1 + again * (REPLAY[self.version] - 1))


def along(points: Points, count: int) -> float:
    """The value at `count` on the line through `points`; 0.0 for nothing at all."""
    if count <= 0:
        return 0.0
    after = next((place for place, (at, _) in enumerate(points) if at >= count), len(points) - 1)
    (x0, y0), (x1, y1) = points[max(1, after) - 1], points[max(1, after)]
    return y0 + (y1 - y0) * (count - x0) / (x1 - x0)


def _rows(called: Call) -> list[Any]:
    return list(called.args[1] if len(called.args) > 1 else called.kwargs.get("data") or [])


def loaded_names(called: Call) -> list[str]:
    """The external ids that a load() brings."""
    columns = list(called.args[0] if called.args else called.kwargs.get("fields") or [])
    return [str(row[columns.index("id")]) for row in _rows(called)] if "id" in columns else []


def _count(called: Call, result: Any) -> int:
    if called.model_method == "create":
        return len(result) if isinstance(result, list) else 1
    first = called.args[0] if called.args else []
    return len(first) if isinstance(first, list) else 1
