"""What stands around the rows of a push in Odoo, in which order they have room, and what is in their way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from backend.odoo import attendances
from backend.odoo.attendances import Held
from backend.odoo.bridge import unclear
from backend.odoo.bridge.order import Span, clashes, steps
from backend.odoo.bridge.plan import Line, span_held
from backend.odoo.bridge.push_context import Context
from backend.odoo.bridge.push_sending import Op, kind_of

_AROUND = timedelta(days=1)


def around(context: Context, lines: Sequence[Line]) -> list[Held]:
    """Everything that Odoo holds of these employees around the times of these rows."""
    if not lines:
        return []
    spans = [span for line in lines for span in (line.wanted, line.standing) if span is not None]
    ends = [span.check_out or span.check_in for span in spans]
    held = attendances.of_employees(
        context.client, [span.employee for span in spans], min(span.check_in for span in spans) - _AROUND,
        max(ends) + _AROUND, context.connector.page)
    context.sign()
    return held


def ours_among(context: Context, held: Sequence[Held]) -> set[int]:
    """The ids of those of these rows that come from here."""
    with context.store.read() as unit:
        return unit.odoo.ours([one.odoo_id for one in held], context.connection_id)


def the_one_in_the_way(line: Line, held: Iterable[Held], ours: Collection[int]) -> Held | None:
    """The row for which Odoo has no room for this one: somebody else's rather than one of ours. One of
    unknown number as this very row was sent, and not answered for, is this row."""
    sent = unclear.spans(line.confirmed.sent)
    in_the_way = [one for one in held if one.odoo_id != line.confirmed.odoo_id
                  and (one.odoo_id in ours or span_held(one) not in sent)
                  and clashes(line.wanted, span_held(one))]
    return min(in_the_way, key=lambda one: one.odoo_id in ours, default=None)


def spans_of(held: Iterable[Held]) -> dict[object, Span]:
    return {one.odoo_id: span_held(one) for one in held}


def key_of(line: Line) -> object:
    """Rows are known by Odoo's number, new ones by their session."""
    return line.confirmed.odoo_id if line.standing is not None else line.record.uuid


def ops_of(lines: Sequence[Line], held: Mapping[object, Span] | None) -> list[Op]:
    """One person's rows in an order in which each has room, beside what Odoo holds."""
    by_key = {key_of(line): line for line in lines}
    standing_now = dict(held or {})
    employees_here = {line.wanted.employee for line in lines} | {
        line.standing.employee for line in lines if line.standing is not None}
    standing_now = {key: span for key, span in standing_now.items() if span.employee in employees_here}
    for key, line in by_key.items():
        if line.standing is not None:
            standing_now[key] = line.standing
    found: list[Op] = []
    for step in steps(standing_now, {key: line.wanted for key, line in by_key.items()}):
        line = by_key[step.key]
        before = next((op.span for op in reversed(found) if op.line is line), line.standing)
        found.append(Op(line, step.span, kind_of(before, step.span), step.final))
    # What Odoo holds as it should be already is still to be confirmed.
    moved = {op.line.record.id for op in found}
    return found + [Op(line, line.wanted, kind_of(line.standing, line.wanted))
                    for line in lines if line.record.id not in moved]
