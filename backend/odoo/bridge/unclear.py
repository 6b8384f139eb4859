"""What was sent to Odoo without a clear answer: it may be there, or turn up yet, and is ours.

Kept as JSON with the row that Odoo confirmed: `{employee, check_in, check_out, at}`, or
`{removed: true, at}` for a removal; times in ISO 8601, UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from backend.odoo.bridge.order import Span

Entry = dict[str, Any]
KEPT = timedelta(days=1)
"""How long a sending that was not answered is remembered."""


def of_span(span: Span, at: datetime) -> Entry:
    return {"employee": span.employee, "check_in": span.check_in.isoformat(),
            "check_out": span.check_out.isoformat() if span.check_out else None, "at": at.isoformat()}


def of_removal(at: datetime) -> Entry:
    return {"removed": True, "at": at.isoformat()}


def spans(entries: Iterable[Entry]) -> list[Span]:
    """What was sent; removals have none."""
    return [Span(one["employee"], datetime.fromisoformat(one["check_in"]),
                 datetime.fromisoformat(one["check_out"]) if one["check_out"] else None)
            for one in entries if not one.get("removed")]


def without(entries: Sequence[Entry], entry: Entry) -> tuple[Entry, ...]:
    """`entries` less one `entry`, whose answer was clear."""
    rest = list(entries)
    if entry in rest:
        rest.remove(entry)
    return tuple(rest)


def fresh(entries: Iterable[Entry], now: datetime) -> tuple[Entry, ...]:
    """Those that are young enough to be remembered."""
    return tuple(one for one in entries if now - datetime.fromisoformat(one["at"]) < KEPT)


def may_turn_up(entries: Iterable[Entry], now: datetime, wait: timedelta) -> bool:
    """Whether a request may still be on its way: one was sent less than `wait` ago."""
    return any(now - datetime.fromisoformat(one["at"]) < wait for one in entries)
