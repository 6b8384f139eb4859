"""Sessions become rows of hr.attendance: desired state against what Odoo last confirmed.

A few people at a time: claim them, so that nobody else has their rows on the way; plan from the
store; read the rows that would be changed, so that what HR did is not overwritten; remove, then
load in an order in which no row runs into another; read back and note what Odoo holds now.
What is sent is noted beforehand, so a push that is cut short at any instant is simply done again.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.odoo import progress
from backend.odoo.bridge.plan import Action, Line, lines, of_days, of_outbox
from backend.odoo.bridge.push_context import ClaimLost, Context, TakeOver
from backend.odoo.bridge.push_tally import REMEDIES, Tally
from backend.odoo.bridge.push_trip import Trip
from backend.odoo.connector import OdooConnector
from backend.odoo.retrying import kept_alive
from backend.store import Store
from backend.store.records import AttendanceRecord
from backend.store.unit import Unit

__all__ = ["REMEDIES", "Push", "an_owner"]

DEFAULT_LEASE = timedelta(seconds=210)
_POLL = 0.2
"""Seconds between two looks whether somebody else is done with a person."""


def an_owner() -> str:
    """A name for one sender, told apart from all others on all machines."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


class Push:
    """One push. `alive` is called after each call to Odoo, and may raise to end it; `zone` is only
    for the times in texts; `lease` is three times the longest call, and `take_over` makes an edit
    of HR's a correction here."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, zone: ZoneInfo, *,
                 owner: str | None = None, lease: timedelta = DEFAULT_LEASE, push_assumed: bool = False,
                 dry_run: bool = False, alive: Callable[[], None] = lambda: None,
                 take_over: TakeOver | None = None) -> None:
        _ = connector.client
        self._tally = Tally(zone)
        self._store = store
        self._connection_id = connection_id
        self._context = Context(
            connector=connector, store=store, connection_id=connection_id, owner=owner or an_owner(),
            lease=lease, tally=self._tally, push_assumed=push_assumed, dry_run=dry_run, alive=alive,
            take_over=take_over)
        self._verify: frozenset[int] = frozenset()
        self._total = 0
        self._room = 2 * connector.batch
        """Rows of the people that are claimed at a time."""

    def run(self, start: date, end: date) -> dict[str, Any]:
        """Push the sessions of these days, both included. People whose rows another push has on
        the way are waited for. Raises OdooError where it cannot go on; what was confirmed before
        stays."""
        with self._store.read() as unit:
            planned = self._lines(unit, of_days(unit, self._connection_id, start, end))
        return self._send(planned)

    def some(self, attendance_ids: Iterable[int], *, verify: bool = False, wait: bool = True) -> dict[str, Any]:
        """Push these rows as `run` does, whatever day they are of. With `verify` each of them is
        read, even if nothing is to be changed as far as we know. Without `wait` people whose rows
        another push has on the way are left out, and stay in the outbox if they were there."""
        chosen = list(attendance_ids)
        self._verify = frozenset(chosen) if verify else frozenset()
        with self._store.read() as unit:
            planned = self._lines(unit, unit.attendance.get_many(chosen))
        return self._send(planned, wait=wait)

    def deliver(self, limit: int = 1000) -> dict[str, Any]:
        """Push what is due in the outbox, about `limit` rows, leaving out people whose rows are on
        the way already. Raises OdooError as `run` does; `so_far` tells what was done by then."""
        left = limit
        seen: set[UUID] = set()
        while left > 0:
            with self._store.read() as unit:
                since = unit.connections.state(self._connection_id).get("since")
                due = unit.outbox.due(min(left, self._room), unit.now(),
                                      date.fromisoformat(since) if since else None, self._connection_id)
            people = list(dict.fromkeys(row.person for row in due))
            if not people or seen.issuperset(people):
                break
            seen |= set(people)
            left -= len(due)
            self._with_claims(people, lambda unit, mine: self._lines(
                unit, of_outbox(unit, self._connection_id, mine, unit.now())))
        return self.so_far()

    def so_far(self) -> dict[str, Any]:
        """`{success, message, pushed, failed, skipped, total, taken_over, errors, rows, dry_run}`."""
        return self._tally.result(self._context.dry_run)

    # Inside --------------------------------------------------------------------------------

    def _lines(self, unit: Unit, records: Sequence[AttendanceRecord]) -> list[Line]:
        return lines(unit, self._connection_id, records, push_assumed=self._context.push_assumed,
                     now=unit.now(), verify=self._verify)

    def _send(self, planned: Sequence[Line], *, wait: bool = True) -> dict[str, Any]:
        self._total = len(planned)
        people: dict[UUID, list[Line]] = {}
        for line in planned:
            people.setdefault(line.record.person, []).append(line)
        if self._context.dry_run:
            return self._rehearse(people)
        quiet = [person for person, some in people.items() if not any(map(_to_be_done, some))]
        self._tally.skipped += sum(line.action is Action.keep for person in quiet for line in people.pop(person))
        held_up = self._by_parts(people)
        if not wait:
            return self.so_far()
        deadline = time.monotonic() + self._context.lease.total_seconds()
        while held_up and time.monotonic() < deadline:
            time.sleep(_POLL)
            self._context.sign()
            held_up = self._by_parts({person: people[person] for person in held_up})
        for person in held_up:
            for line in people[person]:
                self._tally.fail(line, "Another push has had this person's rows on the way for too long",
                                 "odoo_person_busy")
        return self.so_far()

    def _rehearse(self, people: dict[UUID, list[Line]]) -> dict[str, Any]:
        """Nobody is claimed: nothing is written."""
        for part in self._parts(people):
            Trip(self._context).go([line for person in part for line in people[person]])
            progress.tell(min(self._tally.told, self._total), self._total)
        return self.so_far()

    def _by_parts(self, people: dict[UUID, list[Line]]) -> list[UUID]:
        """Send everybody's lines, some people at a time; returns those that somebody else has."""
        held_up: list[UUID] = []
        for part in self._parts(people):
            ids = [line.record.id for person in part for line in people[person]]
            taken = self._with_claims(part, lambda unit, mine, ids=ids: self._lines(
                unit, [record for record in unit.attendance.get_many(ids) if record.person in mine]))
            held_up += [person for person in part if person not in taken]
            progress.tell(min(self._tally.told, self._total), self._total)
        return held_up

    def _parts(self, people: dict[UUID, list[Line]]) -> Iterable[list[UUID]]:
        part: list[UUID] = []
        rows = 0
        for person, some in people.items():
            if part and rows + len(some) > self._room:
                yield part
                part, rows = [], 0
            part.append(person)
            rows += len(some)
        if part:
            yield part

    def _with_claims(self, people: Sequence[UUID],
                     plan: Callable[[Unit, set[UUID]], list[Line]]) -> set[UUID]:
        """Claim these people, plan and push their rows, and let go of them; returns who was free,
        nobody where somebody else took some of them over because we were silent for too long.
        The plan is made after the claim: nobody else changes what it rests on."""
        taken = self._context.claim(people)
        try:
            if taken:
                with self._store.read() as unit:
                    planned = plan(unit, taken)
                with kept_alive(self._context.sign):
                    Trip(self._context).go(planned)
                    self._go_on_with_taken_over()
        except ClaimLost:
            return set()
        finally:
            self._context.release()
        return taken

    def _go_on_with_taken_over(self) -> None:
        """HR's edit together with a change made here may be a third thing, which goes now. HR may edit
        meanwhile, and again, for as long as the run has time."""
        while taken := self._context.hand_over():
            with self._store.read() as unit:
                planned = self._lines(unit, unit.attendance.get_many([line.record.id for line in taken]))
            Trip(self._context).go(planned)


def _to_be_done(line: Line) -> bool:
    if line.action in (Action.keep, Action.gone) and not line.verify:
        return line.queued is not None and line.queued.kind == "change" and line.queued.state == "waiting"
    return True
