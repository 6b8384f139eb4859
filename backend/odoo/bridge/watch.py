"""What has changed among Odoo's attendance rows since the last look: HR's edits, late requests, foreign rows.

Rows are read by write_date, with an overlap, because Odoo stamps a row when its transaction
begins and shows it when that ends. Our own pushes show up, too, and are known by their values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from backend.odoo import attendances
from backend.odoo.attendances import Held
from backend.odoo.bridge import pull_cursor
from backend.odoo.bridge.sorting import import_foreign, sort
from backend.odoo.connector import OdooConnector
from backend.store import Store
from backend.store.unit import Unit

_CLOCKS_APART = timedelta(seconds=20)
"""How far Odoo's clock may be behind ours before a mended row is not noticed as mended."""


@dataclass
class Watched:
    """`doubtful` are attendance ids whose row in Odoo is to be looked into; `foreign` and `gone`
    count foreign rows that were new or changed, and that are there no longer."""

    read: int = 0
    foreign: int = 0
    gone: int = 0
    doubtful: set[int] = field(default_factory=set)


class Watch:
    """One look. `horizon` bounds how far back the first one of a place reads; `alive` is called after each page."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, *, overlap: timedelta,
                 horizon: timedelta, alive: Callable[[], None] = lambda: None) -> None:
        self._connector = connector
        self._store = store
        self._connection_id = connection_id
        self._overlap = overlap
        self._horizon = horizon
        self._alive = alive
        self._found = Watched()

    def run(self) -> Watched:
        """Read what was written since the last look. Raises OdooError; then the next look reads
        the same again."""
        client, where = self._connector.client, pull_cursor.scope(self._connector)
        before = pull_cursor.load(self._store, self._connection_id, pull_cursor.ATTENDANCES, where)
        began, now = time.monotonic(), pull_cursor.odoo_time(client, before)
        with self._store.read() as unit:
            since = unit.now() - self._horizon if before is None else before.since(self._overlap)
        newest: datetime | None = None
        for page in _pages(attendances.written_since(client, since, self._connector.page), self._connector.page):
            self._settle(page)
            newest = max((moment for moment in (newest, *(one.write_date for one in page)) if moment), default=None)
            self._alive()
        after = pull_cursor.moved(before, where, now=now, newest=newest, began=began, read=self._found.read)
        if after != before:  # most looks see nothing new
            pull_cursor.save(self._store, self._connection_id, pull_cursor.ATTENDANCES, after, before)
        return self._found

    def only(self, odoo_ids: Sequence[int]) -> Watched:
        """Look at exactly these rows, as a hint named them; those that are gone, too. Of those that
        we may not see nothing is known."""
        held, hidden = attendances.read_seen(self._connector.client, odoo_ids, self._connector.page, alive=self._alive,
                                             refused=self._connector.require_attendance)
        self._settle(list(held.values()))
        missing = [number for number in odoo_ids if number not in held and number not in hidden]
        with self._store.write() as unit:
            self._found.gone += unit.foreign.remove(missing, self._connection_id)
            rows = unit.odoo.by_odoo_ids(missing, self._connection_id).values()
            self._doubt(unit, {row.attendance_id: None for row in rows if row.state not in ("removed", "deleted")})
        return self._found

    def _settle(self, page: Sequence[Held]) -> None:
        found = sort(self._connector, self._store, self._connection_id, page)
        self._found.read += len(page)
        with self._store.write() as unit:
            self._found.foreign += len(import_foreign(unit, self._connection_id, found.foreign))
            self._doubt(unit, {number: found.held[number].write_date for number in found.doubtful})

    def _doubt(self, unit: Unit, written: Mapping[int, datetime | None]) -> None:
        """Have these rows read by the next push: it knows what to do about each. A row that was
        set aside is tried again only if Odoo's has changed since."""
        queued = unit.outbox.get_many(sorted(written), self._connection_id)
        for record in unit.attendance.get_many(sorted(written)):
            waiting, moment = queued.get(record.id), written[record.id]
            if (waiting is not None and waiting.state == "parked" and moment is not None
                    and moment < waiting.not_before - _CLOCKS_APART):
                continue
            self._found.doubtful.add(record.id)
            unit.outbox.verify(record.person, record.id, record.version, unit.now(), self._connection_id)


def _pages(rows: Iterable[Held], size: int) -> Iterable[list[Held]]:
    waiting = iter(rows)
    while page := list(islice(waiting, size)):
        yield page
