"""Before anything is changed in Odoo: whose rows they are, and what HR has done to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from backend.errors import FaceAttendanceError
from backend.odoo import attendances, employees
from backend.odoo.attendances import Held
from backend.odoo.bridge import unclear
from backend.odoo.bridge.place import PlaceMoved
from backend.odoo.bridge.plan import Action, Line, lines
from backend.odoo.bridge.push_context import ClaimLost, Context, TakeOver
from backend.store.records import OdooRow

_AROUND = timedelta(days=1)


def with_employees(context: Context, waiting: Sequence[Line]) -> list[Line]:
    """Look up by badge who is not linked to an employee; report who is not there. Who is linked
    is believed: Odoo refuses a row of an employee who is gone."""
    unknown = [line for line in waiting
               if line.action in (Action.create, Action.change) and line.employee_id is None]
    return find_employees(context, waiting, unknown)


def find_employees(context: Context, waiting: Sequence[Line], unknown: Sequence[Line]) -> list[Line]:
    """`waiting` without those of `unknown` whose badge no employee has."""
    if not unknown:
        return list(waiting)
    _, by_badge = employees.find(
        context.client, [], [badge for line in unknown for badge in _badges(line)], context.connector.page)
    context.sign()
    lost: set[int] = set()
    for line in unknown:
        line.employee_id = next((by_badge[badge] for badge in _badges(line) if badge in by_badge), None)
        if line.employee_id is None:
            lost.add(line.record.id)
            context.fail(line, f"Employee not found: {line.record.person_id}", "odoo_employee_not_found",
                         plain=True)
    return [line for line in waiting if line.record.id not in lost]


def find_unanswered(context: Context, waiting: Sequence[Line]) -> None:
    """Rows that were sent, never answered for, and whose number we do not know: Odoo may hold
    them or not. All are looked for at once, by employee and time. What Odoo has under the external
    id of a session that came back may be its earlier row, which is to be removed: not that one."""
    unknown = [line for line in waiting if line.action in (Action.create, Action.remove)
               and line.earlier is None and _number(line) is None and unclear.spans(line.confirmed.sent)]
    size = context.connector.batch
    for start in range(0, len(unknown), size):
        some = unknown[start:start + size]
        sent = [span for line in some for span in unclear.spans(line.confirmed.sent)]
        ends = [span.check_out or span.check_in for span in sent]
        held = attendances.of_employees(
            context.client, [span.employee for span in sent], min(span.check_in for span in sent) - _AROUND,
            max(ends) + _AROUND, context.connector.page)
        context.sign()
        names = attendances.external_names(context.client, [one.odoo_id for one in held], context.connector.page)
        context.sign()
        for line in some:
            number = names.get(attendances.external_name(line.record.uuid))
            if number is not None:
                line.confirmed = replace(line.confirmed, odoo_id=number, state="pending")
                if line.action is Action.create:
                    line.action = Action.change


def unless_edited(context: Context, waiting: Sequence[Line]) -> list[Line]:
    """Leave out rows that need no change after all, and those that HR edited or deleted in Odoo
    since they were confirmed."""
    read = [line for line in waiting if _is_read(line)]
    held, hidden = context.read(line.confirmed.odoo_id for line in read)
    free: list[Line] = []
    right: list[tuple[Line, Held]] = []
    absent: list[Line] = []
    for line in waiting:
        number = line.confirmed.odoo_id
        if line.action is Action.deleted and not line.verify:
            context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
        elif line.action is Action.remove and _number(line) is None:
            absent.append(line)
        elif not _is_read(line):
            free.append(line)
        elif number in hidden:
            context.fail(line, str(hidden[number]), "odoo_forbidden", explained=False)
        else:
            now = held.get(number or 0)
            if now is None and line.action is Action.remove:
                absent.append(line)
            elif now is None:
                _deleted(context, line, free)
            elif line.action is not Action.remove and line.matches(now):
                right.append((line, now))
            elif line.ours(now):
                _start_from(line, now)
                free.append(line)
            else:
                _edited(context, line, now)
    # What was sent without an answer, and turns out to have arrived, counts as pushed now.
    arrived = sum(line.confirmed.state == "pending" for line, _ in right)
    context.tally.pushed += arrived
    context.tally.skipped += len(right) - arrived + sum(
        line.confirmed.state not in ("removed", "deleted") for line in absent)
    free = _unless_gone_before(context, free, absent)
    context.confirm(right)
    context.removed(absent)
    context.flush()
    return free


def _unless_gone_before(context: Context, free: Sequence[Line], absent: Sequence[Line]) -> list[Line]:
    """Leave out sessions that vanished and came back while HR deleted their row in Odoo: nobody
    here had removed it yet, so it stays deleted."""
    by_hr = {line.record.id: line.confirmed.odoo_id for line in absent if line.confirmed.odoo_id is not None
             and line.confirmed.state not in ("removed", "deleted")
             and not any(one.get("removed") for one in line.confirmed.sent)}
    kept = []
    for line in free:
        if line.earlier in by_hr and line.action is Action.create:
            line.confirmed = replace(line.confirmed, odoo_id=by_hr[line.earlier])
            context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
        else:
            kept.append(line)
    return kept


def _is_read(line: Line) -> bool:
    if line.action in (Action.change, Action.remove):
        return _number(line) is not None
    return line.verify and line.action in (Action.keep, Action.deleted)


def _number(line: Line) -> int | None:
    """The row's number in Odoo, where it is one that may still be there."""
    if line.confirmed.state in ("removed", "deleted") and line.action is Action.remove:
        return None
    return line.confirmed.odoo_id


def _start_from(line: Line, now: Held) -> None:
    """What Odoo holds is ours, though maybe not what it last confirmed."""
    line.confirmed = replace(line.confirmed, odoo_employee_id=now.employee_id, check_in=now.check_in,
                             check_out=now.check_out)
    if line.action is Action.keep:
        line.action = Action.change


def _deleted(context: Context, line: Line, free: list[Line]) -> None:
    """HR deleted the row. A late request of ours may have made it anew under another number:
    that one goes, too."""
    if line.verify and unclear.spans(line.confirmed.sent):
        number = attendances.find_external(context.client, line.record.uuid)
        context.sign()
        if number is not None:
            remove_again(context, line, number)
    context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")


def remove_again(context: Context, line: Line, number: int) -> None:
    """Take away what we have brought back although HR had deleted it."""
    if not context.dry_run:
        attendances.remove(context.client, number)
        context.sign()


def _edited(context: Context, line: Line, now: Held) -> None:
    if line.action is Action.remove:
        context.fail(line, f"The session is gone here, but HR changed its row in Odoo "
                     f"({context.tally.times(now)}). If that is wrong, delete it in Odoo",
                     "odoo_edited_by_hr", "conflict")
    elif line.action is Action.deleted:
        context.fail(line, "HR deleted this row in Odoo", "odoo_deleted_by_hr", "deleted")
    else:
        take_over(context, line, now, f"HR changed this row in Odoo ({context.tally.times(now)}), "
                  "it was left as it is", "odoo_edited_by_hr", "conflict")


def take_over(context: Context, line: Line, now: Held, text: str, code: str, state: str) -> None:
    """Make what HR wrote a correction here; where that cannot be, report it with the reason. Whether
    Odoo holds the row as it is then is for whoever hands over `context.taken`."""
    if context.take_over is None:
        context.fail(line, text, code, state)
        return
    try:
        if context.dry_run:
            line = _rehearsed(context, context.take_over, line, now)
        else:
            with context.store.write() as unit:
                if not context.mine(unit, [line]):
                    context.lost()
                context.take_over(unit, line.record.id, now)
                unit.odoo.save(_as_hr_left_it(line.confirmed, now))
    except (ClaimLost, PlaceMoved):
        raise
    except FaceAttendanceError as error:
        context.fail(line, f"{text}: {error}", code, state)
        return
    context.tally.taken_over += 1
    context.taken.append(line)


class _NotKept(Exception):
    """Ends a unit whose changes are not to be kept."""


def _rehearsed(context: Context, taking_over: TakeOver, line: Line, now: Held) -> Line:
    """The line as it would be planned after the edit was taken over; nothing of that is kept."""
    planned: list[Line] = []
    with suppress(_NotKept), context.store.write() as unit:
        taking_over(unit, line.record.id, now)
        unit.odoo.save(_as_hr_left_it(line.confirmed, now))
        planned = lines(unit, context.connection_id, unit.attendance.get_many([line.record.id]),
                        push_assumed=context.push_assumed, now=unit.now())
        raise _NotKept
    return planned[0]


def _as_hr_left_it(confirmed: OdooRow, now: Held) -> OdooRow:
    return replace(confirmed, odoo_id=now.odoo_id, odoo_employee_id=now.employee_id, check_in=now.check_in,
                   check_out=now.check_out, write_date=now.write_date, state="synced", error=None, error_code=None)


def _badges(line: Line) -> list[str]:
    person = line.person
    badges = [person.badge, person.person_id] if person is not None else [line.record.person_id]
    return [badge for badge in badges if badge]
