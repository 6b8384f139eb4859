"""Sessions become rows of hr.attendance: desired state against what Odoo last confirmed.

1. Plan from the store. 2. Find the employees. 3. Read the rows that would be changed: what HR
edited or deleted meanwhile is left alone and reported. 4. Remove, then load: shrinking rows,
moving rows, new rows, open rows last. 5. Read back and note what Odoo holds now. After each
call the store knows how far it came, so a run that is cut short is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.odoo import attendances, employees
from backend.odoo.attendances import Held, Wanted
from backend.odoo.bridge.plan import Action, Line, lines
from backend.odoo.connector import OdooConnector
from backend.odoo.errors import OdooError, one_line
from backend.odoo.outgoing import push_message
from backend.store import Store
from backend.store.records import OdooRow

REMEDIES = {
    "odoo_employee_not_found": "Give the employee this badge in Odoo, or pull the employees.",
    "odoo_refused": "Compare the person's rows around that time in Odoo, mend them, then push again.",
    "odoo_forbidden": f"Give the bridge user the rights. {employees.RIGHTS}",
    "odoo_edited_by_hr": "Correct the session here to what Odoo holds, or the row in Odoo back.",
    "odoo_deleted_by_hr": "Void the session here if it was wrong; otherwise enter it in Odoo by hand.",
    "odoo_changed_values": "Look for an automation or a rounding rule on attendances in Odoo.",
}
"""What a person can do about each kind of failure."""
MOST_TOLD = 1000
"""Rows that a result tells of one by one."""


@dataclass
class _Tally:
    pushed: int = 0
    skipped: int = 0
    failed: int = 0
    errors: dict[str, None] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def result(self, dry_run: bool) -> dict[str, Any]:
        message = push_message(self.pushed, self.failed, self.skipped)
        return {"success": self.failed == 0,
                "message": message.replace("Pushed", "Would push", 1) if dry_run else message,
                "pushed": self.pushed, "failed": self.failed, "skipped": self.skipped,
                "total": self.pushed + self.skipped + self.failed, "errors": list(self.errors),
                "rows": self.rows[:MOST_TOLD], "dry_run": dry_run}


class Push:
    """One run. `alive` is called after each call to Odoo, and may raise to end the run;
    `zone` is only for the times in texts."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, zone: ZoneInfo, *,
                 push_assumed: bool = False, dry_run: bool = False,
                 alive: Callable[[], None] = lambda: None) -> None:
        self._connector = connector
        self._client = connector.client
        self._store = store
        self._connection_id = connection_id
        self._zone = zone
        self._push_assumed = push_assumed
        self._dry_run = dry_run
        self._alive = alive
        self._tally = _Tally()
        self._standing: set[UUID] = set()
        self._failures: list[tuple[int, str, str, int, str]] = []

    def run(self, start: date, end: date) -> dict[str, Any]:
        """Push the sessions of these days, both included. Raises OdooError where the run cannot
        go on; what was confirmed before stays."""
        try:
            return self._run(start, end)
        finally:
            self._note_failures()

    def _run(self, start: date, end: date) -> dict[str, Any]:
        with self._store.read() as unit:
            planned = lines(unit, self._connection_id, start, end, push_assumed=self._push_assumed)
        kept = [line for line in planned if line.action is Action.keep]
        self._tally.skipped += len(kept)
        waiting = self._with_employees([line for line in planned if line.action is not Action.keep])
        self._standing = {line.record.uuid for line in planned if line.action is Action.remove}
        waiting = self._unless_edited(waiting)
        removable = [line for line in waiting if line.action is Action.remove]
        if self._dry_run:
            self._standing -= {line.record.uuid for line in removable}
        else:
            self._remove(removable)
        wanted = self._unless_standing([line for line in waiting if line.action is not Action.remove])
        if self._dry_run:
            self._tally.pushed += len(removable) + len(wanted)
            self._tell([*removable, *wanted])
            return self._tally.result(True)
        self._load(wanted)
        return self._tally.result(False)

    # Finding out ---------------------------------------------------------------------------

    def _with_employees(self, waiting: Sequence[Line]) -> list[Line]:
        """Look each person up by Odoo id, else by badge; report who is not there."""
        wanting = [line for line in waiting if line.action in (Action.create, Action.change)]
        existing, _ = employees.find(
            self._client, [line.employee_id for line in wanting if line.employee_id is not None], [],
            self._connector.page)
        unknown = [line for line in wanting if line.employee_id not in existing]
        _, by_badge = employees.find(
            self._client, [], [badge for line in unknown for badge in _badges(line)], self._connector.page)
        lost: set[int] = set()
        for line in unknown:
            line.employee_id = next(
                (by_badge[badge] for badge in _badges(line) if badge in by_badge), None)
            if line.employee_id is None:
                lost.add(line.record.id)
                self._fail(line, f"Employee not found: {line.record.person_id}",
                           "odoo_employee_not_found", plain=True)
        return [line for line in waiting if line.record.id not in lost]

    def _unless_edited(self, waiting: Sequence[Line]) -> list[Line]:
        """Leave out rows that HR edited or deleted in Odoo since they were confirmed."""
        self._find_unanswered(waiting)
        confirmed = [line for line in waiting if line.action in (Action.change, Action.remove)]
        held = self._read([line.confirmed.odoo_id for line in confirmed if line.confirmed])
        free = []
        for line in waiting:
            if line.action is Action.deleted:
                self._fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
            elif line.action is Action.create or line.confirmed is None:
                free.append(line)
            else:
                now = held.get(line.confirmed.odoo_id or 0)
                if self._free_to_change(line, now):
                    free.append(line)
        return free

    def _find_unanswered(self, waiting: Sequence[Line]) -> None:
        """Rows to be removed that were sent and never answered for: Odoo may hold them or not."""
        for line in waiting:
            was = line.confirmed
            if line.action is Action.remove and was is not None and was.odoo_id is None:
                line.confirmed = replace(
                    was, odoo_id=attendances.find_external(self._client, line.record.uuid))
                self._alive()

    def _free_to_change(self, line: Line, now: Held | None) -> bool:
        if now is None and line.action is Action.remove:
            self._tally.skipped += 1
            self._save([self._removed(line)])
        elif now is None:
            self._fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
        elif line.action is Action.change and line.matches(now):
            self._tally.skipped += 1
            self._save([self._confirmed(line, now)])
        elif not line.untouched(now) and line.action is Action.remove:
            self._fail(line, f"The session is gone here, but HR changed its row in Odoo "
                       f"({self._span(now)}). If that is wrong, delete it in Odoo",
                       "odoo_edited_by_hr", "conflict")
        elif not line.untouched(now):
            self._fail(line, f"HR changed this row in Odoo ({self._span(now)}), it was left as it is",
                       "odoo_edited_by_hr", "conflict")
        else:
            return True
        return False

    def _unless_standing(self, waiting: Sequence[Line]) -> list[Line]:
        """Leave out new rows of sessions that vanished and came back while Odoo's old row stands:
        it has the same external id, so that loading would overwrite what HR wrote there."""
        free = []
        for line in waiting:
            if line.action is Action.create and line.record.uuid in self._standing:
                self._fail(line, "Odoo still holds an earlier row of this session, which could not be removed",
                           "odoo_edited_by_hr", "conflict")
            else:
                free.append(line)
        return free

    # Changing ------------------------------------------------------------------------------

    def _remove(self, waiting: Sequence[Line]) -> None:
        for line in waiting:
            assert line.confirmed is not None and line.confirmed.odoo_id is not None
            try:
                attendances.remove(self._client, line.confirmed.odoo_id)
            except OdooError as error:
                if error.kind != "permanent":
                    raise
                self._fail(line, str(error), error.code)
                continue
            self._tally.pushed += 1
            self._save([self._removed(line)])
            self._alive()

    def _load(self, waiting: Sequence[Line]) -> None:
        """Closed rows, then rows to be opened again, then open rows. What failed goes once more
        where the same person's rows have changed meanwhile: they may have made room."""
        ordered = sorted(waiting, key=Line.rank)
        refused = self._load_once(ordered)
        unlucky = {line.record.id for line, _ in refused}
        moved = {line.record.person for line in ordered if line.record.id not in unlucky}
        again = [line for line, _ in refused if line.record.person in moved]
        final = [(line, text) for line, text in refused if line.record.person not in moved]
        for line, text in [*final, *self._load_once(again)]:
            self._fail(line, text, "odoo_refused")

    def _load_once(self, ordered: Sequence[Line]) -> list[tuple[Line, str]]:
        refused: list[tuple[Line, str]] = []
        for part in ([line for line in ordered if line.check_out is not None],
                     [line for line in ordered if line.reopens],
                     [line for line in ordered if line.check_out is None and not line.reopens]):
            for start in range(0, len(part), self._connector.batch):
                some = part[start:start + self._connector.batch]
                refused += self._reopen(some) if some[0].reopens else self._upsert(some)
                self._note_failures()
                self._alive()
        return refused

    def _upsert(self, some: Sequence[Line]) -> list[tuple[Line, str]]:
        # Noted beforehand: should the answer be lost, a session that vanishes meanwhile has a row.
        self._save([self._sent(line) for line in some if line.action is Action.create])
        results = attendances.load_rows(self._client, [_wanted(line) for line in some])
        loaded = {result.odoo_id: line for line, result in zip(some, results, strict=True)
                  if result.odoo_id is not None}
        self._confirm(loaded)
        return [(line, result.error) for line, result in zip(some, results, strict=True)
                if result.error is not None]

    def _reopen(self, some: Sequence[Line]) -> list[tuple[Line, str]]:
        refused: list[tuple[Line, str]] = []
        done: dict[int, Line] = {}
        for line in some:
            assert line.confirmed is not None and line.confirmed.odoo_id is not None
            try:
                attendances.reopen(self._client, line.confirmed.odoo_id, _wanted(line))
                done[line.confirmed.odoo_id] = line
            except OdooError as error:
                if error.kind != "permanent":
                    raise
                refused.append((line, str(error)))
        self._confirm(done)
        return refused

    def _confirm(self, loaded: dict[int, Line]) -> None:
        """Read back what Odoo holds now and note it; that is what the next run compares with."""
        held = self._read(loaded)
        kept: list[OdooRow] = []
        for odoo_id, line in loaded.items():
            now = held.get(odoo_id)
            if now is None:
                self._fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
            elif line.matches(now):
                kept.append(self._confirmed(line, now))
                self._tally.pushed += 1
            else:
                self._save([self._confirmed(line, now)])
                self._fail(line, f"Odoo holds other times than were sent ({self._span(now)})",
                           "odoo_changed_values")
        self._save(kept)

    def _read(self, odoo_ids: Iterable[int | None]) -> dict[int, Held]:
        ids = [odoo_id for odoo_id in odoo_ids if odoo_id is not None]
        held: dict[int, Held] = {}
        for start in range(0, len(ids), self._connector.page):
            held |= attendances.read(self._client, ids[start:start + self._connector.page])
        return held

    # Noting --------------------------------------------------------------------------------

    def _confirmed(self, line: Line, now: Held) -> OdooRow:
        return OdooRow(attendance_id=line.record.id, connection_id=self._connection_id,
                       odoo_id=now.odoo_id, odoo_employee_id=now.employee_id, check_in=now.check_in,
                       check_out=now.check_out, write_date=now.write_date, state="synced")

    def _sent(self, line: Line) -> OdooRow:
        return OdooRow(attendance_id=line.record.id, connection_id=self._connection_id,
                       odoo_employee_id=line.employee_id, check_in=line.check_in,
                       check_out=line.check_out, state="pending")

    def _removed(self, line: Line) -> OdooRow:
        self._standing.discard(line.record.uuid)
        return OdooRow(attendance_id=line.record.id, connection_id=self._connection_id,
                       odoo_id=line.confirmed.odoo_id if line.confirmed else None, state="removed")

    def _save(self, rows: Sequence[OdooRow]) -> None:
        if rows and not self._dry_run:
            with self._store.write() as unit:
                for row in rows:
                    unit.odoo.save(row)

    def _fail(self, line: Line, text: str, code: str, state: str = "failed", *,
              plain: bool = False) -> None:
        """Report a row with its reason and remedy; the others go on. `plain` texts stand for
        all rows of the person, others name the row."""
        remedy = REMEDIES.get(code, "")
        reason = one_line(text)
        record = line.record
        told = reason if plain else (
            f"{record.person_name} ({record.person_id}), {self._local(line)}: {reason.rstrip('.')}. {remedy}")
        self._tally.failed += 1
        self._tally.errors[told] = None
        self._tell([line], reason, code, remedy)
        self._failures.append((record.id, reason, code, self._connection_id, state))

    def _note_failures(self) -> None:
        """Write the failures gathered so far, in one unit of work."""
        if self._failures and not self._dry_run:
            with self._store.write() as unit:
                for failure in self._failures:
                    unit.odoo.fail(*failure)
        self._failures.clear()

    def _tell(self, some: Sequence[Line], error: str | None = None, code: str | None = None,
              remedy: str | None = None) -> None:
        for line in some:
            check_out = line.check_out
            self._tally.rows.append({
                "attendance_id": line.record.id, "person_id": line.record.person_id,
                "person_name": line.record.person_name, "action": str(line.action),
                "check_in": line.check_in.astimezone(self._zone).isoformat(),
                "check_out": check_out.astimezone(self._zone).isoformat() if check_out else None,
                "error": error, "code": code, "remedy": remedy})

    def _local(self, line: Line) -> str:
        return f"{line.check_in.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def _span(self, held: Held) -> str:
        end = f"{held.check_out.astimezone(self._zone):%H:%M}" if held.check_out else "open"
        return f"{held.check_in.astimezone(self._zone):%Y-%m-%d %H:%M} to {end}"


def _badges(line: Line) -> list[str]:
    person = line.person
    badges = [person.badge, person.person_id] if person is not None else [line.record.person_id]
    return [badge for badge in badges if badge]


def _wanted(line: Line) -> Wanted:
    assert line.employee_id is not None
    return Wanted(line.record.uuid, line.employee_id, line.check_in, line.check_out)
