"""Employees of Odoo become people, page by page: all of them, those changed since the last
time, or those that a hint named.

An incremental pull goes by write_date, which Odoo does not move when a department is renamed,
an employee's version is written or an employee is deleted; a full pull sees that, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from backend.odoo import employees, progress
from backend.odoo.bridge import pull_cursor
from backend.odoo.bridge.pull_badges import settle_badges
from backend.odoo.bridge.pull_settling import Settler
from backend.odoo.bridge.pull_sweep import Sweep
from backend.odoo.bridge.pull_tally import Tally
from backend.odoo.connector import OdooConnector
from backend.odoo.employees import Changed, Employee
from backend.store import Store
from backend.store.unit import Unit

_READ_AGAIN = 3
"""Times that people are read again who have changed here in the meantime; whoever changed them then
has just read them."""


class PinKeeper(Protocol):
    """Takes PINs over. None is no PIN; nothing of one may be logged."""

    def changed(self, told: Mapping[UUID, str | None]) -> list[UUID]:
        """Whose PIN in Odoo is another than when it was last taken over."""
        ...

    def follow(self, person: UUID, pin: str | None) -> bool:
        """Take it over; False where it cannot be used."""
        ...


class Pull:
    """One run. `alive` is called after each page, and may raise to end the run; `overlap` is how
    far an incremental pull reaches back, `sweep_limit` the largest share of people that may be
    gone at once. PINs are read only where there are `pins` to keep them."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, *,
                 dry_run: bool = False, alive: Callable[[], None] = lambda: None,
                 overlap: timedelta = timedelta(minutes=10), sweep_limit: float = 0.1,
                 pins: PinKeeper | None = None) -> None:
        self._connector = connector
        self._store = store
        self._connection_id = connection_id
        self._dry_run = dry_run
        self._alive = alive
        self._overlap = overlap
        self._sweep_limit = sweep_limit
        self._pins = pins
        self._newest: datetime | None = None
        self._tally: Tally | None = None

    def run(self, limit: int | None = None, full: bool = False, force: bool = False) -> dict[str, Any]:
        """Read what has changed, or all (`full`, and where nothing is known of the last time),
        or the first `limit`, and settle each. `force` lets a sweep deactivate however many.

        Raises OdooError; pages that were settled before it stay, and the next run reads from
        where the last complete one began.
        """
        client, names = self._connector.client, self._connector.fields
        if full:
            names.forget()
        where = self._scope()
        known = self._cursor(pull_cursor.EMPLOYEES, where)
        before = None if full or limit is not None else known
        full = before is None and limit is None
        moves = limit is None and not self._dry_run
        began = time.monotonic()
        now = pull_cursor.odoo_time(client, before) if moves else None
        if full and now is not None:
            pull_cursor.save(self._store, self._connection_id, pull_cursor.READING, pull_cursor.Cursor(now, where))
        settler = self._settler(frozenset(known.pending if known else ()))
        sweep = Sweep(self._connector, self._store, settler, self._sweep_limit) if full else None
        self._read(settler, limit, before, sweep)
        if sweep is not None:
            sweep.finish(force)
        self._settle_later(settler)
        tally = settler.tally
        if moves and where == self._scope():
            pull_cursor.save(self._store, self._connection_id, pull_cursor.EMPLOYEES, pull_cursor.moved(
                before, where, now=now, newest=self._newest, began=began, pending=tally.pending, read=tally.read),
                before)
        return tally.result(dry_run=self._dry_run, full=full, partial=limit is not None)

    def beside_another(self) -> dict[str, Any]:
        """Read what has changed since the last run, or where nothing is known of it, since another one
        began to read everybody, which is under way. The cursor is left to that one. Raises OdooError."""
        where = self._scope()
        known = self._cursor(pull_cursor.EMPLOYEES, where) or self._cursor(pull_cursor.READING, where)
        settler = self._settler(frozenset(known.pending if known else ()))
        if known is not None:
            self._read(settler, None, known, None)
            self._settle_later(settler)
        return settler.tally.result(dry_run=self._dry_run, full=False)

    def so_far(self) -> dict[str, Any]:
        """What a run that was ended early has done: only what was read counts."""
        tally = self._tally or Tally()
        return tally.result(dry_run=self._dry_run, full=False, partial=True)

    def only(self, odoo_ids: Sequence[int]) -> dict[str, Any]:
        """Read exactly these employees. Those that Odoo does not have are deactivated here, unless
        they are suspiciously many; ids that nobody has, there or here, are nothing. Raises OdooError."""
        settler = self._settler(frozenset())
        missing = set(odoo_ids)
        for page in self._some(settler, odoo_ids):
            missing.difference_update(one.odoo_id for one in page)
        self._settle_later(settler)
        Sweep(self._connector, self._store, settler, self._sweep_limit).finish_hinted(sorted(missing))
        return settler.tally.result(dry_run=self._dry_run, full=False, partial=True)

    def _read(self, settler: Settler, limit: int | None, before: pull_cursor.Cursor | None,
              sweep: Sweep | None) -> None:
        """Page by page; `sweep` notes who is gone."""
        self._tally = settler.tally
        changed = None if before is None else Changed(since=before.since(self._overlap), besides=before.pending)
        last = 0
        pages = employees.pages(self._connector.client, self._connector.fields, self._connector.page, limit,
                                changed=changed, pins=self._pins is not None)
        for asked, page in settler.asked(pages, self._store.clock):
            with self._unit() as unit:
                if sweep is not None:
                    sweep.look(unit, last, page[-1].odoo_id, [one.odoo_id for one in page])
                settler.settle(unit, page, asked)
            last = page[-1].odoo_id
            self._take_pins(settler, page)
            self._note_newest(page)
            progress.tell(settler.tally.read)
            self._alive()
        if sweep is not None:
            with self._store.read() as unit:
                sweep.look(unit, last, None, [])

    def _some(self, settler: Settler, odoo_ids: Sequence[int]) -> Iterator[list[Employee]]:
        pages = employees.some(self._connector.client, self._connector.fields, odoo_ids, self._connector.page,
                               pins=self._pins is not None)
        for asked, page in settler.asked(pages, self._store.clock):
            with self._unit() as unit:
                settler.settle(unit, page, asked)
            self._take_pins(settler, page)
            self._alive()
            yield page

    def _settle_later(self, settler: Settler) -> None:
        for _ in range(_READ_AGAIN):
            again, settler.newer = settler.newer, []
            for _ in self._some(settler, again):
                pass
        settle_badges(self._connector, self._store, settler)
        self._take_pins(settler, settler.later)

    def _cursor(self, key: str, where: dict[str, Any]) -> pull_cursor.Cursor | None:
        return pull_cursor.load(self._store, self._connection_id, key, where)

    def _scope(self) -> dict[str, Any]:
        return pull_cursor.scope(self._connector, employees.readable(self._connector.fields, self._pins is not None))

    def _take_pins(self, settler: Settler, page: Sequence[Employee]) -> None:
        """Outside of the unit that wrote the page: hashing a PIN takes a tenth of a second."""
        if self._pins is None or self._dry_run or not page:
            return
        if employees.PIN not in employees.readable(self._connector.fields, pins=True):
            return  # hidden from the bridge user, which is not the same as removed
        told = {settler.people[one.odoo_id]: one for one in page if one.odoo_id in settler.people}
        for person in self._pins.changed({uuid: one.pin for uuid, one in told.items()}):
            if not self._pins.follow(person, told[person].pin):
                settler.tally.warn(f"The PIN that {told[person].name} has in Odoo cannot be used here: it needs 4 to "
                                   "12 digits")
            self._alive()

    def _settler(self, pending: frozenset[int]) -> Settler:
        with self._store.read() as unit:
            in_step = unit.people.count_linked(self._connection_id, self._connector.companies)
            names = unit.connections.names()
        return Settler(self._connection_id, Tally(in_step=in_step), dry_run=self._dry_run, pending=pending,
                       names=names)

    def _unit(self) -> AbstractContextManager[Unit]:
        return self._store.read() if self._dry_run else self._store.write()

    def _note_newest(self, page: list[Employee]) -> None:
        seen = [one.write_date for one in page if one.write_date is not None]
        self._newest = max([*seen, *([self._newest] if self._newest else [])], default=None)
