"""What would become of the rows of a push: told by the same looks at both sides, with nothing written.

What Odoo would refuse is foreseen from what it holds around each row; what its own automations, or
rules that somebody added, would say shows only when the rows go.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.odoo import employees
from backend.odoo.attendances import Held
from backend.odoo.bridge.order import Span, clashes
from backend.odoo.bridge.plan import Action, Line
from backend.odoo.bridge.push_around import around, key_of, ops_of, ours_among, spans_of, the_one_in_the_way
from backend.odoo.bridge.push_checking import find_employees, with_employees
from backend.odoo.bridge.push_context import Context
from backend.odoo.errors import OdooRefused


def rehearse(context: Context, removable: Sequence[Line], wanted: Sequence[Line]) -> None:
    """Tell of each row that would be removed, sent or taken over, and of each that would fail. Raises
    OdooMissingRights where Odoo would refuse everything."""
    wanted = [*wanted, *_merged(context)]
    if not removable and not wanted:
        return
    context.ask_rights()
    wanted = _of_somebody(context, wanted)
    gone = {line.confirmed.odoo_id for line in removable}
    held = [one for one in around(context, wanted) if one.odoo_id not in gone]
    refused = _without_room(wanted, held)
    ours = ours_among(context, held) if refused else set()
    for line in (*removable, *wanted):
        if line.record.id not in refused:
            context.tally.pushed += 1
            context.tally.tell(line)
            continue
        culprit = the_one_in_the_way(line, held, ours)
        reason = "Odoo would refuse it, because times overlap"
        if culprit is not None:
            reason = f"Odoo would refuse it. {context.tally.in_the_way(culprit, culprit.odoo_id in ours)}"
        context.fail(line, reason, OdooRefused.code)


def _merged(context: Context) -> list[Line]:
    """Rows that would be taken over and then differ from Odoo's still, on their way there; the others
    are told of at once."""
    taken = context.hand_over()
    merged = with_employees(context, [line for line in taken if line.action is not Action.keep])
    for line in taken:
        same = line.action is Action.keep
        line.action = Action.take_over
        if same:
            context.tally.skipped += 1
            context.tally.tell(line)
    return merged


def _of_somebody(context: Context, lines: Sequence[Line]) -> list[Line]:
    """Those whose employee Odoo has, by id or else by badge; the others are told of."""
    numbers = {line.wanted.employee for line in lines}
    existing, _ = employees.find(context.client, sorted(numbers), [], context.connector.page)
    context.sign()
    return find_employees(context, lines, [line for line in lines if line.wanted.employee not in existing])


def _without_room(lines: Sequence[Line], held: Sequence[Held]) -> set[int]:
    """The attendance ids of rows that would run into another one when it is their turn."""
    people: dict[UUID, list[Line]] = {}
    for line in lines:
        people.setdefault(line.record.person, []).append(line)
    return {number for some in people.values() for number in _refused(some, held)}


def _refused(lines: Sequence[Line], held: Sequence[Held]) -> set[int]:
    """The same for one person, whose rows go in their order."""
    numbers = {span.employee for line in lines for span in (line.wanted, line.standing) if span is not None}
    now: dict[object, Span] = spans_of(one for one in held if one.employee_id in numbers)
    now |= {key_of(line): line.standing for line in lines if line.standing is not None}
    refused: set[int] = set()
    for op in ops_of(lines, spans_of(held)):
        key = key_of(op.line)
        if any(clashes(op.span, other) for one, other in now.items() if one != key):
            refused.add(op.line.record.id)
        else:
            now[key] = op.span
            refused.discard(op.line.record.id)
    return refused
