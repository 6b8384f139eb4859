"""What goes wrong inside the server: conflicts, a constraint in the way, lost rights, a restart, PostgreSQL away.

The constraint is that of Odoo 18's overtime, which two transactions about one person and day run into.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.errors import SerializationFailure, UniqueViolation
from backend.odoo_simulator.hooks import Call
from backend.odoo_simulator.records import OVERTIME_TAKEN
from tests.faults.story import Story

_CONFLICTS = 0.03
"""How often a transaction that is about to be committed loses against another."""
_CHANGES = ("load", "write", "unlink", "create")


class Trouble:
    """Strikes when told to, and mends itself before it returns."""

    def __init__(self, server: OdooSimulator, seed: int, story: Story) -> None:
        self._server = server
        self._dice = random.Random(f"{seed}/trouble")
        self._story = story
        self._lock = threading.Lock()
        self._kinds = ["restart", "restart", "database", "database"]
        if self._dice.random() < 0.5:
            self._kinds.append("rights")
        self.counts: Counter = Counter()
        server.hooks.before_commit.append(self._conflict)

    def strike(self, longest: float) -> None:
        """One blow, for at most `longest` seconds."""
        kind = self._dice.choice(self._kinds)
        lasts = self._dice.uniform(0.02, longest)
        self.counts[kind] += 1
        self._story.tell(f"the server: {kind}, {lasts:.2f} s")
        getattr(self, f"_{kind}")(lasts)
        self._story.tell(f"the server: {kind} is over")

    def end(self) -> None:
        """From here on the server is sound."""
        self._server.hooks.before_commit.remove(self._conflict)

    def _restart(self, lasts: float) -> None:
        self._server.stop()
        time.sleep(lasts)
        self._server.start()

    def _database(self, lasts: float) -> None:
        self._server.database_up = False
        time.sleep(lasts)
        self._server.database_up = True

    def _rights(self, lasts: float) -> None:
        uid = self._server.uid()
        held = next(row for row in self._server.rows("res.users") if row["id"] == uid)["groups"]
        gone = frozenset(one for one in held if not one.startswith("hr_attendance."))
        self._server.change("res.users", uid, groups=gone)
        time.sleep(lasts)
        self._server.change("res.users", uid, groups=held)

    def _conflict(self, call: Call) -> None:
        if call.model_method in _CHANGES and call.number:
            with self._lock:
                lost = self._dice.random() < _CONFLICTS
                taken = lost and self._server.version == 18 and self._dice.random() < 0.5
            if lost:
                kind = "constraint" if taken else "conflict"
                self.counts[kind] += 1
                self._story.tell(f"the server: call {call.number} ({call.model_method}) lost against another, {kind}")
                raise UniqueViolation(OVERTIME_TAKEN) if taken else SerializationFailure()
