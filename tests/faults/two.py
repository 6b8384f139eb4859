"""Two databases of Odoo at one installation, each under a mixture of faults of its own, at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from backend.store.repositories.connections import DEFAULT
from tests.faults import combinations
from tests.faults.seed import Plan, Result, Seed
from tests.faults.targets import Simulated
from tests.faults.verdict import Fault

OTHER = "south"
TOGETHER = 300.0
"""Seconds for which one side waits for the other one."""


class Side(Seed):
    """A seed that lets time pass only together with the other one: where the clock is put forward,
    nothing may be on its way on either side."""

    def __init__(self, plan: Plan, folder: Path, target: Simulated, connection: str,
                 together: threading.Barrier, alone: threading.Lock) -> None:
        super().__init__(plan, folder, target)
        self.place = self.workers._place = replace(self.place, connection=connection)
        self._together = together
        self._alone = alone

    def run(self) -> Result:
        try:
            return super().run()
        except BaseException:
            self._together.abort()  # nobody waits for who is gone
            raise

    def _let_time_pass(self) -> None:
        if self._together.wait() == 0:
            super()._let_time_pass()
        self._together.wait()

    def _settle(self) -> list[Fault]:
        self._together.wait()
        with self._alone:
            return super()._settle()


def side_by_side(plan: Plan, folder: Path) -> Result:
    """Both sides' result as one; `plan` is the first side's, the other one's follows from it."""
    transport, version = combinations.of(plan.seed + 1)
    other = replace(plan, seed=plan.seed + 1_000_000, transport=transport, version=version)
    north = Simulated(plan.people, plan.version, plan.transport)
    south = Simulated(plan.people, version, transport, letter="S")
    together, alone = threading.Barrier(2, timeout=TOGETHER), threading.Lock()
    try:
        first = Side(plan, folder, north, DEFAULT, together, alone)
        system = first.place.system()
        system.connections.add(OTHER, by="test", **south.credentials(south.url))
        system.close()
        sides = [first, Side(other, folder, south, OTHER, together, alone)]
        with ThreadPoolExecutor(len(sides)) as threads:
            results = [one.result() for one in [threads.submit(side.run) for side in sides]]
    finally:
        north.close()
        south.close()
    return Result(plan, faults=[fault for one in results for fault in one.faults],
                  stories=[story for one in results for story in one.stories],
                  sessions=results[0].sessions, counts=sum((one.counts for one in results), Counter()),
                  took=max(one.took for one in results))
