"""Runs of the bridge: one at a time a connection, each a row of sync_runs, a line in the log and an event.

Short pulls, of the schedule or after a hint, go beside the others, as deliveries do. A push, a comparison or a
pull of everybody may take many minutes, and who is archived in Odoo must not be recognised here for so long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from backend.desks.connection import THE_FIRST, Connection
from backend.desks.reachability import Reachability, word_for
from backend.errors import Conflict, FaceAttendanceError
from backend.odoo.bridge.place import settle
from backend.odoo.errors import OdooError, OdooOutOfTime
from backend.odoo.retrying import patience
from backend.store.errors import SyncRunning

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo_connector import OdooConnector

log = logging.getLogger(__name__)

Alive = Callable[[], None]
"""Called after each call to Odoo: raises where the run was given up, or the process is to end."""
Beside = str | None
"""The kind of the run that another one goes beside; None where it has the turn to itself."""
LEASE = timedelta(minutes=1)
"""A run that gave no sign of life for so long is taken for dead. What a dead one may still have on
its way to Odoo is guarded by the claims, which stand for longer."""
TOUCH = 10.0
"""Seconds between two signs of life."""
PATIENCE = 2.0
"""Seconds for which a run by hand waits for a short one of the schedule."""
_STILL = frozenset({"total", "compared", "unchanged", "skipped", "failed", "erased", "hidden", "read", "run_id"})
"""Counts of a result that are no changes."""
_LOGGED = 50
"""Errors of a run that its log line holds."""


class RunLost(Conflict):
    """The run was silent for so long that another one took its place."""

    code = "sync_run_lost"


class Stopping(Conflict):
    """The process is about to end; the next run goes on where this one stopped."""

    code = "sync_stopped"

    def __init__(self) -> None:
        super().__init__("The program was stopped in the middle of this; the next run goes on.")


@dataclass(frozen=True)
class Run:
    """What a run is asked to do. `may_move` lets it follow the configuration to another database;
    `started` gets the run's id; `trigger` is hand, schedule, punch or hook; `inline` tells that its
    credentials were given for once."""

    kind: str
    parameters: dict[str, Any]
    may_move: bool = True
    started: Callable[[int], None] | None = None
    trigger: str = "hand"
    inline: bool = False

    @property
    def by_hand(self) -> bool:
        """Somebody waits for it, and wants to hear soon what stands in the way."""
        return self.trigger == "hand"

    @property
    def patient(self) -> bool:
        """Nobody waits, and it does not come again within the minute as a short pull does: that
        one would only be in the way of whoever asks by hand."""
        return not (self.by_hand or self.short)

    @property
    def short(self) -> bool:
        """A pull of what has changed since the last one, or of what a hint named. It may go beside
        a run that is none: claims keep the two apart where both see to one row of attendance, and
        writers queue where both see to one person. What was read a moment earlier and written a
        moment later is read again by the next one."""
        return is_short(self.kind, self.trigger, self.parameters)


def is_short(kind: str, trigger: str, parameters: Mapping[str, Any]) -> bool:
    return kind == "pull" and trigger in ("schedule", "hook") and not parameters.get("full")


@dataclass(frozen=True)
class Turn:
    """What a run's work is given. The store of `parts` is the guarded one, see `place.settle`."""

    odoo: OdooConnector
    parts: Parts
    alive: Alive
    beside: Beside


Work = Callable[[Turn], dict[str, Any]]


def within_time(work: Callable[[], dict[str, Any]], so_far: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` returns, or what was done so far where the time of the run is over."""
    try:
        return work()
    except OdooOutOfTime as error:
        done = so_far()
        return {**done, "success": False, "unfinished": True, "message": f"{done['message']}. {error}"}


class Runs:
    def __init__(self, parts: Parts, reachability: Reachability, stopping: threading.Event,
                 connection: Connection = THE_FIRST) -> None:
        self._parts = parts
        self._which = connection
        self._reachability = reachability
        self._stopping = stopping

    def do(self, run: Run, odoo: OdooConnector, work: Work, *, in_force: bool = True,
           configured: bool = True) -> dict[str, Any]:
        """Do `work` as the one run in force, and record how it ended. `in_force`: `odoo` is the
        one that is configured, so that how it answers concerns everybody; `configured`: one is.

        Raises SyncRunning, OdooNotConfigured and what `work` raises.
        """
        if run.inline or not in_force:
            run = replace(run, parameters={**run.parameters, "inline": True})
        _ = odoo.client  # not configured, or a wrong address: no run at all
        (run_id, beside), started = self._begin(run), self._parts.clock()
        if run_id is not None and run.started is not None:
            run.started(run_id)
        dry_run = bool(run.parameters.get("dry_run"))
        budget = self._parts.settings.odoo_run_budget.total_seconds()
        try:
            with (self._kept(run_id) as alive, patience(by_hand=not run.patient, budget=budget, alive=alive),
                  self._reachability.watching(odoo) if in_force else nullcontext()):
                odoo.connect()
                store = settle(odoo, self._parts.store, self._which.id, may_move=run.may_move and not dry_run,
                               today=self._parts.clock().astimezone(self._parts.zone).date(),
                               configured=configured, keep=not dry_run)
                turn = Turn(odoo, replace(self._parts, store=store), alive, beside)
                result = {**work(turn), "run_id": run_id}
        except FaceAttendanceError as error:
            if run_id is not None or not isinstance(error, RunLost):
                self._finish(run_id, run, {
                    "success": False, "message": str(error), "code": error.code, "errors": [str(error)],
                    "dry_run": dry_run}, quiet=not run.by_hand and in_force and told_already(error))
            raise
        except BaseException:
            self._finish(run_id, run, {
                "success": False, "code": "internal_error", "errors": [], "dry_run": dry_run,
                "message": f"The {run.kind} broke off by a fault of the program"})
            raise
        self._finish(run_id, run, result, started=started)
        return result

    def _begin(self, run: Run) -> tuple[int | None, Beside]:
        """The new run's id; of a short pull beside another run none, and the kind of that. By hand a
        short pull is waited for; else SyncRunning."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                with self._parts.store.write() as unit:
                    return unit.sync_runs.start(run.kind, run.parameters, self._which.id, LEASE, run.trigger), None
            except SyncRunning as other:
                short = self._is_short(other)
                if run.short and not short:
                    return None, str(other.details["kind"])
                if run.trigger != "hand" or time.monotonic() > give_up or not short:
                    raise
            time.sleep(0.1)

    def _is_short(self, other: SyncRunning) -> bool:
        """Whether it is one, or over by now."""
        with self._parts.store.read() as unit:
            found = unit.sync_runs.get(int(other.details["run_id"]))
        return found is None or found.state != "running" or is_short(found.kind, found.trigger, found.parameters)

    @contextmanager
    def _kept(self, run_id: int | None) -> Iterator[Alive]:
        """Renew the run's lease in the background, also during a call that takes long. A run
        without an id has none, and gives way to whatever else begins."""
        if run_id is None:
            yield self._still_beside
            return
        over, lost = threading.Event(), threading.Event()

        def keep() -> None:
            while not over.wait(TOUCH):
                try:
                    with self._parts.store.write() as unit:
                        if not unit.sync_runs.touch(run_id, LEASE):
                            lost.set()
                            return
                except FaceAttendanceError as error:
                    log.warning("the lease of run %d could not be renewed: %s", run_id, error)

        def alive() -> None:
            if self._stopping.is_set():
                raise Stopping
            if lost.is_set():
                raise RunLost("This run was taken for dead and another one was started.")

        keeper = threading.Thread(target=keep, name=f"lease of run {run_id}", daemon=True)
        keeper.start()
        try:
            yield alive
        finally:
            over.set()
            keeper.join()

    def _still_beside(self) -> None:
        if self._stopping.is_set():
            raise Stopping
        with self._parts.store.read() as unit:
            other = unit.sync_runs.running(self._which.id)
        if other is not None and is_short(other.kind, other.trigger, other.parameters):
            raise RunLost("Another pull has begun, and this one, which went beside a longer run, gives way to it.")

    def _finish(self, run_id: int | None, run: Run, result: dict[str, Any], *, quiet: bool = False,
                started: datetime | None = None) -> None:
        """The run's row, its line in the log and its event, together.

        What the schedule finds twice a minute is told once: a run by itself that says the same
        as the one before it takes its place, and neither log nor pages hear of it. Nor do they
        of a `quiet` one, of which they have heard in another way.
        """
        if not result["success"]:
            level = "error" if "code" in result else "warning"
        else:  # many pushes find nothing to do, and the log is for what happened
            level = "debug" if result.get("pushed") == 0 else "info"
        by_itself = run.trigger != "hand"
        with self._parts.store.write() as unit:
            if run_id is None:
                run_id = unit.sync_runs.record(run.kind, result, self._which.id, started=started or unit.now(),
                                               trigger=run.trigger, parameters=run.parameters)
            else:
                unit.sync_runs.finish(run_id, success=result["success"], message=result["message"],
                                      result=result)
            before = unit.sync_runs.before(run_id) if by_itself else None
            again = before is not None and before.state != "running" and same_again(before.result, result)
            if again and before is not None:
                unit.sync_runs.drop(before.id)
            if result["dry_run"] or again or quiet or (by_itself and uneventful(result)):
                return
            message = self._which.say(result["message"])
            unit.logs.append("odoo_sync", level, message,
                             {"run_id": run_id, "kind": run.kind, "errors": result["errors"][:_LOGGED],
                              "warnings": result.get("warnings", [])[:_LOGGED]})
            unit.events.append("sync", {"kind": run.kind, "run_id": run_id, "success": result["success"],
                                        "message": message})


def changed_anything(result: Mapping[str, Any]) -> bool:
    """Whether a run changed anything, here or in Odoo."""
    return any(changed_anything(value) if isinstance(value, Mapping) else type(value) is int and value > 0
               for name, value in result.items() if name not in _STILL)


def uneventful(result: Mapping[str, Any]) -> bool:
    """Whether a run went well, changed nothing, and has nothing to tell."""
    return bool(result["success"]) and not result.get("warnings") and not changed_anything(result)


def same_again(before: Mapping[str, Any] | None, result: Mapping[str, Any]) -> bool:
    """Whether neither changed anything, and both say the same of it."""
    if before is None or changed_anything(before) or changed_anything(result):
        return False
    # Of a run that broke off the texts may differ, say, by how often it was tried.
    names = ("success", "code") if "code" in result else ("success", "code", "errors", "warnings")
    return all(before.get(name) == result.get(name) for name in names)


def told_already(error: FaceAttendanceError) -> bool:
    """Whether the log has a line of its own for when this began and when it ends."""
    return isinstance(error, OdooError) and word_for(error) is not None
