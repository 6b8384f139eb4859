"""One trip to Odoo with the rows of some people who are claimed: check, change, read back, note.

The rows of a person change in an order in which none runs into another. What Odoo refuses gets
a second chance after all others, by what Odoo holds by then, and is set aside if that fails,
with the row that is in its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from backend.odoo import employees
from backend.odoo.attendances import Held
from backend.odoo.bridge.order import Span
from backend.odoo.bridge.plan import Action, Line
from backend.odoo.bridge.push_around import around, ops_of, ours_among, spans_of, the_one_in_the_way
from backend.odoo.bridge.push_checking import (
    find_employees,
    find_unanswered,
    remove_again,
    take_over,
    unless_edited,
    with_employees,
)
from backend.odoo.bridge.push_context import Context
from backend.odoo.bridge.push_rehearsal import rehearse
from backend.odoo.bridge.push_sending import Op, Sender, kind_of
from backend.odoo.errors import OdooError, OdooRefused, OdooServerFault, OdooTransient

Refusals = list[tuple[Line, str, str]]
"""Rows with Odoo's words and the code of its refusal."""


class Trip:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._sender = Sender(context)
        self._aside: dict[int, tuple[Line, Span]] = {}
        """Rows that are put aside, and where they stood, by attendance id."""
        self._over: set[int] = set()
        """Rows that no more is to be done about."""

    def go(self, lines: Sequence[Line]) -> None:
        """Bring these to Odoo; what fails is reported. Raises OdooError where a call broke off, and
        what was confirmed before stays."""
        context = self._context
        try:
            waiting = self._unless_right(lines)
            waiting = with_employees(context, waiting)
            find_unanswered(context, waiting)
            waiting = unless_edited(context, waiting)
            removable = [line for line in waiting if line.action is Action.remove]
            wanted = [line for line in waiting if line.action is not Action.remove]
            gone = self._remove(removable)
            wanted = self._unless_standing(wanted, gone)
            if context.dry_run:
                rehearse(context, removable, wanted)
                return
            self._load(wanted)
        except OdooError as error:
            if error.kind == "permanent" or type(error) is OdooTransient:
                # Odoo is there, only these rows do not get through: others first.
                context.postpone(lines, error)
            raise
        finally:
            context.flush()

    def _unless_right(self, lines: Sequence[Line]) -> list[Line]:
        """Leave out what Odoo holds already, and what it never had."""
        right = [line for line in lines if line.action in (Action.keep, Action.gone) and not line.verify]
        right += [line for line in lines if line.action is Action.gone and line.verify]
        self._context.done(right)
        self._context.tally.skipped += sum(line.action is Action.keep for line in right)
        settled = {line.record.id for line in right}
        return [line for line in lines if line.record.id not in settled]

    def _remove(self, lines: Sequence[Line]) -> set[int]:
        """Delete rows in Odoo; returns the attendance ids of those that are gone."""
        if self._context.dry_run or not lines:
            return {line.record.id for line in lines}
        gone, refused = self._sender.remove(lines)
        self._context.tally.pushed += len(gone)
        for line, error in refused:
            # Nothing explains it: Odoo may have collided with itself, as over the overtime of that day.
            self._context.fail(line, str(error), error.code, explained=False)
        return {line.record.id for line in gone}

    def _unless_standing(self, waiting: Sequence[Line], gone: set[int]) -> list[Line]:
        """Leave out new rows of sessions that vanished and came back while Odoo's old row stands:
        it has the same external id, so that loading would overwrite what HR wrote there."""
        free = []
        for line in waiting:
            if line.earlier is not None and line.earlier not in gone and not self._is_removed(line.earlier):
                why, code, parked = self._context.why_standing(line)
                text = "Odoo still holds an earlier row of this session, which has to be removed first"
                self._context.fail(line, f"{text}: {why}" if why else text, code or OdooRefused.code,
                                   "conflict" if code == "odoo_edited_by_hr" else "failed",
                                   explained=parked, waits=not parked)
            else:
                free.append(line)
        return free

    def _is_removed(self, attendance_id: int) -> bool:
        """Whether this push has found that HR removed the row already."""
        if attendance_id in self._context.gone:
            return True
        with self._context.store.read() as unit:
            row = unit.odoo.get(attendance_id, self._context.connection_id)
        return row is not None and row.state in ("removed", "deleted")

    # Loading -------------------------------------------------------------------------------

    def _load(self, lines: Sequence[Line]) -> None:
        arrived: dict[int, Line] = {}
        refused = self._perform(self._planned(lines), arrived)
        self._confirm(arrived.values())
        if not refused:
            return
        arrived.clear()
        again, held = self._worth_another_try(refused)
        self._sender.archived_too = True
        refused = self._perform(self._planned(again, spans_of(held)), arrived)
        self._put_back()
        self._confirm(arrived.values())
        self._give_up(refused)

    def _planned(self, lines: Sequence[Line], held: Mapping[object, Span] | None = None) -> list[list[Op]]:
        """Person by person, in which order the rows become as they should be."""
        people: dict[UUID, list[Line]] = {}
        for line in lines:
            people.setdefault(line.record.person, []).append(line)
        plans = {person: ops_of(some, held) for person, some in people.items()}
        circles = [line for person, plan in plans.items() if not all(op.final for op in plan)
                   for line in people[person]]
        if circles and held is None:
            # Before a row is put aside: whose rows are there besides, and is there room at all?
            there = spans_of(around(self._context, circles))
            plans |= {person: ops_of(people[person], there) for person in {line.record.person for line in circles}}
        return list(plans.values())

    def _perform(self, plans: Iterable[Sequence[Op]], arrived: dict[int, Line]) -> Refusals:
        """Send what is planned, everybody's first rows together, then everybody's next; fills
        `arrived` with what has its final times, returns what was refused."""
        refused: dict[int, tuple[Line, str, str]] = {}
        for wave in _waves(plans):
            ops = [op for op in wave if op.line.record.id not in self._over]
            for op in ops:
                if not op.final and op.line.standing is not None:
                    self._aside.setdefault(op.line.record.id, (op.line, op.line.standing))
            outcome = self._sender.send(ops)
            for op in outcome.kept:
                if op.final:
                    arrived[op.line.record.id] = op.line
                    self._aside.pop(op.line.record.id, None)
            for op in outcome.resurrected:
                self._resurrected(op.line)
            for op, text, code in outcome.refused:
                refused[op.line.record.id] = op.line, text, code
        return [one for number, one in refused.items() if number not in arrived and number not in self._over]

    def _resurrected(self, line: Line) -> None:
        """HR deleted the row after we had read it, and loading made it anew: take it away again."""
        number = line.confirmed.odoo_id
        assert number is not None
        self._over.add(line.record.id)
        remove_again(self._context, line, number)
        self._context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")

    def _confirm(self, lines: Iterable[Line]) -> None:
        """Read back what Odoo holds now and note it."""
        lines = list(lines)
        held, hidden = self._context.read(line.confirmed.odoo_id for line in lines)
        right: list[tuple[Line, Held]] = []
        for line in lines:
            number = line.confirmed.odoo_id or 0
            now = held.get(number)
            if number in hidden:
                self._context.fail(line, str(hidden[number]), "odoo_forbidden", explained=False)
            elif now is None:
                self._context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
            elif line.matches(now):
                right.append((line, now))
            elif line.ours(now):
                self._context.again(line, now)
            else:
                take_over(self._context, line, now, "Odoo holds other times than were sent "
                          f"({self._context.tally.times(now)})", "odoo_changed_values", "failed")
        self._context.tally.pushed += len(right)
        self._context.confirm(right)
        self._context.flush()

    # Refused -------------------------------------------------------------------------------

    def _worth_another_try(self, refused: Refusals) -> tuple[list[Line], list[Held]]:
        """Refused rows that may do now, with what Odoo holds around them; the others are told."""
        context = self._context
        lines = [line for line, *_ in refused]
        existing, _ = employees.find(
            context.client, [line.wanted.employee for line in lines], [], context.connector.page)
        context.sign()
        lines = find_employees(context, lines, [line for line in lines if line.wanted.employee not in existing])
        numbered, _ = context.read(line.confirmed.odoo_id for line in lines)
        there: list[Line] = []
        for line in lines:
            number = line.confirmed.odoo_id
            now = numbered.get(number) if number is not None else None
            if number is not None and line.confirmed.state != "removed" and now is None:
                context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
                continue
            if now is not None:
                line.confirmed = replace(line.confirmed, odoo_employee_id=now.employee_id,
                                         check_in=now.check_in, check_out=now.check_out)
            there.append(line)
        context.flush()
        return there, around(context, there)

    def _put_back(self) -> None:
        """Rows that were put aside and got no place after all go where they stood."""
        for line, stood in self._aside.values():
            if line.standing != stood and line.record.id not in self._over:
                self._sender.send([Op(line, stood, kind_of(line.standing, stood))])

    def _give_up(self, refused: Refusals) -> None:
        """Set aside what was refused twice, and say what is in its way. Where Odoo itself failed at it,
        that says nothing of the row."""
        if not refused:
            return
        held = around(self._context, [line for line, *_ in refused])
        ours = ours_among(self._context, held)
        for line, text, code in refused:
            if code == OdooServerFault.code:
                self._context.fail(line, text, code, explained=False)
                continue
            culprit = the_one_in_the_way(line, held, ours)
            reason = text
            if culprit is not None:
                reason = (f"{text.rstrip('. ')}. "
                          f"{self._context.tally.in_the_way(culprit, culprit.odoo_id in ours)}")
            self._context.fail(line, reason, code, explained=culprit is not None)


def _waves(plans: Iterable[Sequence[Op]]) -> list[list[Op]]:
    """Ops that may go together, in order: of one kind, each row once, everybody's order kept."""
    waves: dict[tuple[int, int], list[Op]] = {}
    for plan in plans:
        number, kind = 0, 0
        used: set[int] = set()
        for op in plan:
            if op.kind < kind or op.line.record.id in used:
                number += 1
                used = set()
            kind = op.kind
            used.add(op.line.record.id)
            waves.setdefault((number, kind), []).append(op)
    return [waves[key] for key in sorted(waves)]
