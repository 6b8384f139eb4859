"""Calls that change Odoo. What is sent is noted before, and struck out after a clear answer.

So whatever happens in between, a kill, a lost answer, a request that turns up late, the next
push knows what may be in Odoo by our own doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.odoo import attendances
from backend.odoo.attendances import Wanted
from backend.odoo.bridge import unclear
from backend.odoo.bridge.order import Span
from backend.odoo.bridge.plan import Line
from backend.odoo.bridge.push_context import Context, timed_out
from backend.odoo.errors import OdooError, OdooForbidden
from backend.odoo.retrying import is_unclear, unclear_calls


@dataclass
class Op:
    """One row's next times; `final` False where it is only put aside for a moment. `kind`: 0 to be
    closed, 1 to be opened again, 2 open: three different calls."""

    line: Line
    span: Span
    kind: int
    final: bool = True


def kind_of(before: Span | None, after: Span) -> int:
    if after.check_out is not None:
        return 0
    return 1 if before is not None and before.check_out is not None else 2


@dataclass
class Outcome:
    """`kept`: Odoo has these now. `refused`: not these; text and code say why. `resurrected`: rows that
    HR had deleted at the last moment, and that the call made anew."""

    kept: list[Op]
    refused: list[tuple[Op, str, str]]
    resurrected: list[Op]


class Sender:
    def __init__(self, context: Context) -> None:
        self._context = context
        self.archived_too = False
        """Whether rows of archived employees go, too."""

    def send(self, ops: Sequence[Op]) -> Outcome:
        """Ops of one kind, in order, each row once; as few calls as Odoo allows. Raises OdooError
        where a call broke off; what was done before is noted."""
        outcome = Outcome([], [], [])
        for some in _batches(ops, self._context.connector.batch):
            self._reopen(some, outcome) if some[0].kind == 1 else self._load(some, outcome)
        return outcome

    def remove(self, lines: Sequence[Line]) -> tuple[list[Line], list[tuple[Line, OdooError]]]:
        """Delete the lines' rows; returns those that are gone, and those that Odoo would not delete."""
        gone: list[Line] = []
        refused: list[tuple[Line, OdooError]] = []
        size = self._context.connector.batch
        waiting = [list(lines[start:start + size]) for start in range(0, len(lines), size)]
        while waiting:
            some = waiting.pop(0)
            error = self._unlink(some)
            if error is None:
                gone += some
            elif len(some) > 1:
                waiting[:0] = [some[:len(some) // 2], some[len(some) // 2:]]
            else:
                refused.append((some[0], error))
        return gone, refused

    def _load(self, ops: Sequence[Op], outcome: Outcome) -> None:
        context = self._context
        known = {op.line.record.id: _row_in_odoo(op.line) for op in ops}
        entries = self._note(ops, lambda op, at: unclear.of_span(op.span, at))
        sending = attendances.send_rows(context.client, [_wanted(op) for op in ops], context.ask_rights,
                                        context=attendances.ARCHIVED_TOO if self.archived_too
                                        else attendances.LOAD_CONTEXT)
        with context.store.write() as unit:
            mine = {line.record.id for line in context.mine(unit, [op.line for op in ops])}
            for place, op in enumerate(ops):
                line, result = op.line, sending.results.get(place)
                if place not in sending.unclear:
                    self._strike(line, entries[place])
                if result is not None and result.odoo_id is not None:
                    _hold(line, result.odoo_id, op.span)
            unit.odoo.save(*(op.line.confirmed for op in ops if op.line.record.id in mine))
        if sending.error is not None:
            tried = [op.line for place, op in enumerate(ops) if place in sending.unclear]
            context.postpone(tried, sending.error)
            raise sending.error
        for place, op in enumerate(ops):
            result = sending.results[place]
            before = known[op.line.record.id]
            if result.odoo_id is None:
                outcome.refused.append((op, result.error or "Odoo gave no reason", result.code))
            elif before is not None and before != result.odoo_id:
                outcome.resurrected.append(op)
            else:
                outcome.kept.append(op)
        context.sign()

    def _reopen(self, ops: Sequence[Op], outcome: Outcome) -> None:
        """Rows are closed in Odoo and have to be open again, which load() must never do by itself."""
        for op in ops:
            number = op.line.confirmed.odoo_id
            assert number is not None
            (entry,) = self._note([op], lambda op, at: unclear.of_span(op.span, at))

            def keep(op: Op = op, number: int = number) -> None:
                _hold(op.line, number, op.span)
                self._save([op.line])

            error = self._clear([op.line], [entry], lambda number=number, op=op: attendances.reopen(
                self._context.client, number, _wanted(op)), keep)
            if error is not None:
                outcome.refused.append((op, str(error), error.code))
                continue
            outcome.kept.append(op)
            self._context.sign()

    def _unlink(self, lines: Sequence[Line]) -> OdooError | None:
        ops = [Op(line, Span(0, line.check_in, None), 2) for line in lines]
        entries = self._note(ops, lambda op, at: unclear.of_removal(at))
        numbers = [line.confirmed.odoo_id for line in lines if line.confirmed.odoo_id is not None]
        error = self._clear(lines, entries, lambda: attendances.remove(self._context.client, *numbers),
                            lambda: self._context.removed(lines))
        self._context.sign()
        return error

    def _clear(self, lines: Sequence[Line], entries: Sequence[unclear.Entry],
               call: Callable[[], Any], keep: Callable[[], None]) -> OdooError | None:
        """Make a call about these rows and strike out what it had noted, if nothing of it can turn
        up later; `keep` notes in the same unit what has come of it. A refusal is returned, everything
        else raised."""
        refusal: OdooError | None = None
        with unclear_calls() as lost:
            try:
                call()
            except OdooError as error:
                refusal = error
        clear = not lost and not (refusal is not None and is_unclear(refusal))
        if clear:
            for line, entry in zip(lines, entries, strict=True):
                self._strike(line, entry)
        if refusal is None:
            keep()
            return None
        if clear:
            self._save(lines)
        if refusal.kind != "permanent":
            self._context.postpone([] if clear else lines, refusal)
            raise refusal
        if isinstance(refusal, OdooForbidden):
            self._context.ask_rights()
        return refusal

    def _note(self, ops: Sequence[Op], make: Callable[[Op, Any], unclear.Entry]) -> list[unclear.Entry]:
        """Write down what is about to be sent. Raises where the rows are not ours to send any more."""
        now = self._context.store.clock()
        entries = [make(op, now) for op in ops]
        for op, entry in zip(ops, entries, strict=True):
            sent = (*unclear.fresh(op.line.confirmed.sent, now), entry)
            op.line.confirmed = replace(op.line.confirmed, sent=sent)
            op.line.sent_now = True
        self._save([op.line for op in ops], strict=True)
        return entries

    def _strike(self, line: Line, entry: unclear.Entry) -> None:
        line.confirmed = replace(line.confirmed, sent=unclear.without(line.confirmed.sent, entry))

    def _save(self, lines: Iterable[Line], *, strict: bool = False) -> None:
        lines = list(lines)
        with self._context.store.write() as unit:
            mine = self._context.mine(unit, lines)
            if strict and len(mine) < len(lines):
                self._context.lost()
            unit.odoo.save(*(line.confirmed for line in mine))


def _batches(ops: Sequence[Op], size: int) -> list[list[Op]]:
    """At most `size` together; rows of calls that took too long go in ever smaller company."""
    found: list[list[Op]] = []
    room = 0
    for op in ops:
        limit = max(1, size >> timed_out(op.line))
        if found and len(found[-1]) < min(room, limit):
            found[-1].append(op)
            room = min(room, limit)
        else:
            found.append([op])
            room = limit
    return found


def _row_in_odoo(line: Line) -> int | None:
    return None if line.confirmed.state == "removed" else line.confirmed.odoo_id


def _hold(line: Line, odoo_id: int, span: Span) -> None:
    """Odoo said that it keeps this; reading it back is still to come."""
    line.confirmed = replace(line.confirmed, odoo_id=odoo_id, odoo_employee_id=span.employee,
                             check_in=span.check_in, check_out=span.check_out, state="pending",
                             error=None, error_code=None)


def _wanted(op: Op) -> Wanted:
    return Wanted(op.line.record.uuid, op.span.employee, op.span.check_in, op.span.check_out)
