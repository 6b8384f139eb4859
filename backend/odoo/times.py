"""Odoo's times: text without a zone, in UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backend.clock import whole_seconds

FORMAT = "%Y-%m-%d %H:%M:%S"


def to_odoo(moment: datetime) -> str:
    """`moment` (aware) as Odoo takes it."""
    return whole_seconds(moment).strftime(FORMAT)


def from_odoo(value: Any) -> datetime | None:
    """An aware datetime in UTC; None for Odoo's False."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None
