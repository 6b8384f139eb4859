"""The clock, passed in wherever time matters, so that tests can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Now, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


def require_aware(moment: datetime) -> datetime:
    """`moment` in UTC; raises ValueError where it has no time zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment.astimezone(UTC)


def whole_seconds(moment: datetime) -> datetime:
    """`moment` in UTC without its fraction of a second, as punches and Odoo store it."""
    return require_aware(moment).replace(microsecond=0)
