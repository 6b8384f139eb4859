"""Row by row: what we recorded against what Odoo holds, over a range of days, and mended on request.

A difference is looked into by the push, which alone changes Odoo and knows what HR has done; this
module finds differences, brings foreign rows here, and tells what came of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from backend.odoo import attendances, progress
from backend.odoo.attendances import Held
from backend.odoo.bridge.plan import Line, lines, of_days
from backend.odoo.bridge.push import Push
from backend.odoo.bridge.sorting import import_foreign, is_news, sort
from backend.odoo.connector import OdooConnector
from backend.store import Store
from backend.store.unit import Unit

MOST_TOLD = 1000
"""Differences that a result tells of one by one."""
_MARGIN = timedelta(days=1)
"""Odoo's rows are read this much around the range: a row may have been moved over its edge."""
_FIRST, _LAST = date(1900, 1, 1), date(9999, 1, 1)
"""Beyond these days nobody works, and the margin would leave the calendar."""


class Kind(StrEnum):
    """Where the two sides differ."""

    missing_in_odoo = "missing_in_odoo"
    missing_here = "missing_here"
    """Somebody entered it in Odoo."""
    times_differ = "times_differ"
    """We know better since: Odoo holds what it last confirmed."""
    changed_by_hr = "changed_by_hr"
    deleted_by_hr = "deleted_by_hr"
    left_over = "left_over"
    """The session vanished here, and Odoo holds its row still."""


@dataclass
class Difference:
    kind: Kind
    line: Line | None
    odoo: Held | None
    mended: bool = False
    error: str | None = None


class Reconcile:
    """One comparison. `zone` is the site's, for days and for times in results; `push` makes the
    push that mends; `alive` is called after each call to Odoo."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, zone: ZoneInfo, *,
                 push: Callable[[], Push], push_assumed: bool, dry_run: bool,
                 alive: Callable[[], None] = lambda: None) -> None:
        self._connector = connector
        self._store = store
        self._connection_id = connection_id
        self._zone = zone
        self._push = push
        self._push_assumed = push_assumed
        self._dry_run = dry_run
        self._alive = alive
        self._held: dict[int, Held] = {}
        self._doubtful: set[int] = set()
        self._foreign: list[Held] = []
        self._hidden: set[int] = set()

    def run(self, start: date, end: date) -> dict[str, Any]:
        """Compare the site's days from `start` to `end`, both included: `{success, message, compared,
        differences, counts, mended, hidden, errors, dry_run}`; `hidden` counts rows of ours that the
        bridge user may not see. Raises OdooError where it cannot go on."""
        start, end = max(start, _FIRST), min(end, _LAST)
        first, last = self._instants(start, end)
        self._read(first - _MARGIN, last + _MARGIN)
        with self._store.read() as unit:
            planned = self._planned(unit, start, end)
        self._read_elsewhere(planned)
        planned = [line for line in planned if line.record.id not in self._hidden]
        differences = [one for line in planned if (one := self._compare(line)) is not None]
        foreign = [one for one in self._foreign if first <= one.check_in < last]
        news, gone = self._look_again(foreign, first, last)
        differences += [Difference(Kind.missing_here, None, one) for one in news if first <= one.check_in < last]
        if not self._dry_run:
            with self._store.write() as unit:
                import_foreign(unit, self._connection_id, news)
                unit.foreign.remove(gone, self._connection_id)
            self._mend(differences)
        compared = sum(line.record.superseded_at is None for line in planned) + sum(
            one.odoo_id not in gone for one in foreign)
        return self._result(differences, compared)

    # Reading -------------------------------------------------------------------------------

    def _instants(self, start: date, end: date) -> tuple[datetime, datetime]:
        return (datetime.combine(start, time.min, self._zone),
                datetime.combine(end + timedelta(days=1), time.min, self._zone))

    def _read(self, start: datetime, end: datetime) -> None:
        rows = attendances.between(self._connector.client, start, end, None, self._connector.page)
        while page := list(islice(rows, self._connector.page)):
            found = sort(self._connector, self._store, self._connection_id, page, keep=not self._dry_run)
            self._held |= found.held
            self._doubtful |= found.doubtful
            self._foreign += found.foreign
            progress.tell(len(self._held) + len(self._foreign))
            self._alive()

    def _planned(self, unit: Unit, start: date, end: date) -> list[Line]:
        """The days' sessions, and whatever else of ours Odoo holds on them."""
        records = {record.id: record for record in of_days(unit, self._connection_id, start, end)}
        missing = [number for number in self._held if number not in records]
        records |= {record.id: record for record in unit.attendance.get_many(missing)
                    if start <= record.day <= end}
        return lines(unit, self._connection_id, list(records.values()), push_assumed=self._push_assumed)

    def _read_elsewhere(self, planned: Sequence[Line]) -> None:
        """Rows that Odoo has confirmed and that are not where they were: moved far away, or gone."""
        numbers = [line.confirmed.odoo_id for line in planned
                   if line.confirmed.odoo_id is not None and line.record.id not in self._held
                   and line.confirmed.state not in ("removed", "deleted")]
        held, hidden = attendances.read_seen(self._connector.client, numbers, self._connector.page, alive=self._alive,
                                             refused=self._connector.require_attendance)
        by_number = {line.confirmed.odoo_id: line.record.id for line in planned}
        self._held |= {by_number[number]: one for number, one in held.items()}
        self._hidden = {by_number[number] for number in hidden}

    # Comparing -----------------------------------------------------------------------------

    def _compare(self, line: Line) -> Difference | None:
        held = self._held.get(line.record.id)
        if line.record.superseded_at is not None:
            return None if held is None else Difference(Kind.left_over, line, held)
        if held is not None:
            if line.matches(held):
                return None
            kind = Kind.times_differ if line.ours(held) else Kind.changed_by_hr
            return Difference(kind, line, held)
        was = line.confirmed
        confirmed = was.odoo_id is not None and was.state not in ("removed", "pending")
        return Difference(Kind.deleted_by_hr if confirmed else Kind.missing_in_odoo, line, None)

    def _look_again(self, foreign: Sequence[Held], start: datetime, end: datetime) -> tuple[list[Held], set[int]]:
        """Rows that are not ours and that are new here or have changed, and numbers of those that are gone. Both
        are read once more: a hint may have brought something newer since, and a deletion leaves no trace."""
        with self._store.read() as unit:
            known = unit.foreign.get_many([one.odoo_id for one in foreign], self._connection_id)
            here = {row.odoo_id: row for row in unit.foreign.between(start, end, self._connection_id)
                    if row.check_in >= start}
        news = {one.odoo_id for one in foreign if is_news(known.get(one.odoo_id), one)}
        missing = here.keys() - {one.odoo_id for one in self._foreign}
        now, hidden = attendances.read_seen(
            self._connector.client, sorted(news | missing), self._connector.page, alive=self._alive,
            refused=self._connector.require_attendance)
        fresh = [one for number, one in now.items() if is_news((known | here).get(number), one)]
        return fresh, (news | missing) - now.keys() - hidden.keys()

    # Mending -------------------------------------------------------------------------------

    def _mend(self, differences: Sequence[Difference]) -> None:
        ours = {one.line.record.id: one for one in differences if one.line is not None}
        told: Mapping[int, str] = {}
        if ours or self._doubtful:
            # Rows that only want confirming go along: an answer was lost, and all is well.
            result = self._push().some(sorted(ours.keys() | self._doubtful), verify=True)
            told = {row["attendance_id"]: row["error"] for row in result["rows"] if row["error"]}
        for one in ours.values():
            one.error = told.get(one.line.record.id) if one.line is not None else None
        self._compare_again([one for one in ours.values() if one.error is None])
        for one in differences:
            one.mended = one.error is None

    def _compare_again(self, differences: Sequence[Difference]) -> None:
        """Look whether Odoo holds now what it should: nothing is called mended because it was sent."""
        if not differences:
            return
        with self._store.read() as unit:
            records = unit.attendance.get_many([one.line.record.id for one in differences if one.line is not None])
            planned = {line.record.id: line for line in lines(
                unit, self._connection_id, records, push_assumed=self._push_assumed)}
        standing = {number: line.confirmed.odoo_id for number, line in planned.items()
                    if line.confirmed.odoo_id is not None and line.confirmed.state not in ("removed", "deleted")}
        held, hidden = attendances.read_seen(self._connector.client, standing.values(), self._connector.page,
                                             alive=self._alive, refused=self._connector.require_attendance)
        for one in differences:
            line = planned.get(one.line.record.id) if one.line is not None else None
            if line is None or standing.get(line.record.id) in hidden:
                continue
            now = held.get(standing.get(line.record.id, 0))
            gone = line.record.superseded_at is not None
            if not (now is None if gone else now is not None and line.matches(now)):
                one.error = "It differs again, because somebody changed it meanwhile. Compare once more"

    # Telling -------------------------------------------------------------------------------

    def _result(self, differences: Sequence[Difference], compared: int) -> dict[str, Any]:
        mended = sum(one.mended for one in differences)
        errors = [f"{self._name(one)}: {one.error}" for one in differences if one.error]
        failed = [one for one in differences if one.error and one.kind is not Kind.deleted_by_hr]
        hidden = len(self._hidden)
        return {"success": not failed,
                "message": _message(compared, len(differences), mended, hidden, self._dry_run),
                "compared": compared, "total": len(differences), "mended": mended, "hidden": hidden,
                "counts": dict(Counter(str(one.kind) for one in differences)),
                "differences": [self._told(one) for one in differences[:MOST_TOLD]],
                "errors": errors, "dry_run": self._dry_run}

    def _told(self, one: Difference) -> dict[str, Any]:
        line, held = one.line, one.odoo
        gone = line is None or line.record.superseded_at is not None
        return {"kind": str(one.kind), "attendance_id": line.record.id if line else None,
                "odoo_id": held.odoo_id if held else line.confirmed.odoo_id if line else None,
                "person_id": line.record.person_id if line else self._person_id(held),
                "person_name": line.record.person_name if line else held.employee_name if held else None,
                "here": None if gone or line is None else self._times(line.check_in, line.check_out),
                "odoo": self._times(held.check_in, held.check_out) if held else None,
                "mended": one.mended, "error": one.error}

    def _person_id(self, held: Held | None) -> str | None:
        if held is None:
            return None
        with self._store.read() as unit:
            person = unit.people.by_odoo(self._connection_id, held.employee_id)
        return person.person_id if person else None

    def _name(self, one: Difference) -> str:
        told = self._told(one)
        when = (told["here"] or told["odoo"] or {"check_in": ""})["check_in"][:16].replace("T", " ")
        return f"{told['person_name']} ({told['person_id'] or 'unknown'}), {when}"

    def _times(self, check_in: datetime, check_out: datetime | None) -> dict[str, str | None]:
        return {"check_in": check_in.astimezone(self._zone).isoformat(),
                "check_out": check_out.astimezone(self._zone).isoformat() if check_out else None}


def _message(compared: int, found: int, mended: int, hidden: int, dry_run: bool) -> str:
    text = f"Compared {_rows(compared)} with Odoo: "
    if not found:
        text += "no differences"
    else:
        text += f"{found:,} difference{'' if found == 1 else 's'}" + ("" if dry_run else f", {mended:,} mended")
    if hidden:
        text += f". {_rows(hidden)} that the bridge user may not see {'was' if hidden == 1 else 'were'} left out"
    return text


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
