"""Up to where employees, or attendance rows, were read, and of what the answer was true.

A cursor is worth something only for the same database, user, companies and fields: with
others Odoo would show other records, or more of them, without their write_date moving.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.odoo import times
from backend.odoo.address import normalise
from backend.odoo.client import OdooClient
from backend.odoo.connector import OdooConnector
from backend.odoo.server_clock import server_now
from backend.store import Store
from backend.store.unit import Unit

EMPLOYEES, ATTENDANCES = "employees_cursor", "attendance_cursor"
"""Where they are kept, in the connection's state."""
READING = "employees_reading"
"""Where it is kept since when all employees are being read; nobody but a pull beside that one goes by it."""
MOST_PENDING = 500
"""Employees that wait for somebody to mend them are asked for by id each time; with more of them
everything is read instead."""
CROWDED = 50
"""Where a pull reads more than this, the next one asks for Odoo's time, so that those that were
changed last are not read over and over while nothing else changes."""


@dataclass(frozen=True)
class Cursor:
    """`at` is by Odoo's clock; `pending` are read again whatever their write_date."""

    at: datetime
    scope: dict[str, Any]
    pending: tuple[int, ...] = ()
    crowded: bool = False

    def since(self, overlap: timedelta) -> datetime:
        """A row's write_date is when its transaction began, and it shows up when that ends."""
        return self.at - overlap


def scope(connector: OdooConnector, fields: Sequence[str] = ()) -> dict[str, Any]:
    """What a cursor depends on, JSON-ready; `fields` where which are read may change."""
    return {"url": normalise(connector.url or ""), "db": connector.db, "user": connector.username,
            "companies": list(connector.companies), "fields": sorted(fields)}


def load(store: Store, connection_id: int, key: str, where: dict[str, Any]) -> Cursor | None:
    """The cursor for this scope; None where everything has to be read."""
    with store.read() as unit:
        return _load(unit, connection_id, key, where)


def save(store: Store, connection_id: int, key: str, cursor: Cursor | None, before: Cursor | None = None) -> None:
    """None: the next pull reads everything. A cursor that goes on from `before` is kept only where that is
    still the one in force: a pull of everybody that has ended meanwhile knows more."""
    held = None if cursor is None else {
        "at": times.to_odoo(cursor.at), "scope": cursor.scope, "pending": list(cursor.pending),
        "crowded": cursor.crowded}
    with store.write() as unit:
        if before is None or _load(unit, connection_id, key, before.scope) == before:
            unit.connections.remember(connection_id, **{key: held})


def odoo_time(client: OdooClient, before: Cursor | None) -> datetime | None:
    """Odoo's time at a run's start, where it is worth a call: at the first time, and after many were
    read. None also where Odoo does not say it."""
    return server_now(client) if before is None or before.crowded else None


def moved(before: Cursor | None, where: dict[str, Any], *, now: datetime | None, newest: datetime | None,
          began: float, read: int, pending: Sequence[int] = ()) -> Cursor | None:
    """The cursor after a run that `began` then by the monotonic clock: what was changed while it
    read may lie behind the page that it had reached. So it is Odoo's time at the run's start
    (`now`), or where Odoo did not say it, the newest write_date seen less the time that the run
    lasted; never before `before`."""
    lasted = timedelta(seconds=math.ceil(time.monotonic() - began) + 1)
    at = now if now is not None else None if newest is None else newest - lasted
    if before is not None:
        at = before.at if at is None else max(at, before.at)
    if at is None or len(pending) > MOST_PENDING:
        return None
    return Cursor(at.astimezone(UTC).replace(microsecond=0), where, tuple(sorted(pending)), read > CROWDED)


def _load(unit: Unit, connection_id: int, key: str, where: dict[str, Any]) -> Cursor | None:
    held = unit.connections.state(connection_id).get(key)
    if not isinstance(held, Mapping) or held.get("scope") != where:  # that of rows was a text without a scope once
        return None
    at = times.from_odoo(held["at"])
    return None if at is None else Cursor(at, where, tuple(held.get("pending", ())), bool(held.get("crowded")))
