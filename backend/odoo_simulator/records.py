"""The simulated database: rows, transactions that see a snapshot, savepoints, sequences.

It behaves as PostgreSQL does under Odoo where a client can tell: a transaction does not see
what others commit meanwhile, two that change one row conflict, and a number drawn from a
sequence is gone even when the transaction fails.

A snapshot costs nothing to take: whoever commits hands the rows that it replaces to the
transactions that are still running, and they go on seeing those.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakSet

from .errors import SerializationFailure, UniqueViolation

Row = dict[str, Any]
Key = int | str

# Table of Odoo 18 that makes parallel punches of one person and day collide (ODOO 18 only).
OVERTIME = "hr.attendance.overtime"
OVERTIME_TAKEN = (
    'duplicate key value violates unique constraint "hr_attendance_overtime_unique_employee_per_day"\n'
)
# The columns that rows are looked up by often.
INDEXED = {"hr.attendance": ("employee_id",), "hr.employee": ("barcode",), "ir.model.data": ("res_id",)}


class Table(dict[Key, Row]):
    """The committed rows of one table. Rows are never changed in place, only replaced."""

    def __init__(self, name: str, database: Database) -> None:
        super().__init__()
        self.name = name
        self._database = database
        self._keys: list[Any] | None = None
        self._indexes: dict[str, defaultdict[Any, set[Key]]] = {
            column: defaultdict(set) for column in INDEXED.get(name, ())
        }

    def __setitem__(self, key: Key, row: Row) -> None:
        with self._database.lock:
            self._replace(key, row)
            super().__setitem__(key, row)

    def __delitem__(self, key: Key) -> None:
        with self._database.lock:
            self._replace(key, None)
            super().__delitem__(key)

    def _replace(self, key: Key, row: Row | None) -> None:
        """Keep snapshots, order and indexes right while the row of `key` becomes `row`."""
        old = self.get(key)
        for transaction in self._database.running:
            transaction.remember(self.name, key, old)
        if self._keys is not None and old is None and row is not None:
            insort(self._keys, key)
        elif self._keys is not None and old is not None and row is None:
            del self._keys[bisect_left(self._keys, key)]
        for column, index in self._indexes.items():
            if old is not None:
                index[old.get(column)].discard(key)
            if row is not None:
                index[row.get(column)].add(key)

    def keys_after(self, key: Key | None) -> list[Any]:
        """The keys in order, from the first one above `key`; all for None."""
        if self._keys is None:
            self._keys = sorted(self)
        return self._keys[bisect_right(self._keys, key) if key is not None else 0 :]

    def keys_with(self, column: str, value: Any) -> set[Key]:
        return self._indexes[column].get(value, set())


class Tables(dict[str, Table]):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def __missing__(self, name: str) -> Table:
        with self._database.lock:
            return self.setdefault(name, Table(name, self._database))


class Database:
    """What is committed, and which transactions are still running."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables = Tables(self)
        self.running: WeakSet[Transaction] = WeakSet()
        self._last: dict[str, int] = defaultdict(int)

    def next_id(self, table: str) -> int:
        """Draw the next number; a failed transaction does not give it back."""
        with self.lock:
            self._last[table] += 1
            return self._last[table]

    def advance(self, table: str, last: int) -> None:
        """Let the sequence go on after `last`."""
        with self.lock:
            self._last[table] = max(self._last[table], last)

    def begin(self, now: datetime) -> Transaction:
        """A transaction that sees what is committed by now; `now` is naive UTC."""
        with self.lock:
            transaction = Transaction(self, now)
            self.running.add(transaction)
            return transaction


class Change(NamedTuple):
    """What a transaction did to a row: `row` None is deleted; `merged` only those columns, unclaimed."""

    row: Row | None
    claimed: bool
    merged: Row


class Transaction:
    """One call's view of the database, and what it changed. Close it when the call is over."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        # Rows as they were when the transaction began, where others have replaced them since.
        self._before: dict[str, dict[Key, Row | None]] = defaultdict(dict)
        self._changes: dict[str, dict[Key, Change]] = defaultdict(dict)
        self._journal: list[tuple[str, Key, Change | None]] = []
        self._afterwards: list[tuple[int, Callable[[], None]]] = []
        # Keys of changed rows by indexed value; may hold too many, never too few.
        self._indexed: dict[tuple[str, str, Any], set[Key]] = defaultdict(set)

    # Seeing -----------------------------------------------------------------------------

    def remember(self, table: str, key: Key, row: Row | None) -> None:
        """Somebody else is about to replace `row`: go on seeing it."""
        self._before[table].setdefault(key, row)

    def get(self, table: str, key: Key) -> Row | None:
        if table in self._changes and key in self._changes[table]:
            return self._changes[table][key].row
        # In this order: a commit hands over the old row before it puts the new one in place.
        row = self.database.tables[table].get(key)
        seen = self._before.get(table)
        return row if seen is None else seen.get(key, row)

    def rows(self, table: str, after: Key | None = None) -> Iterator[Row]:
        """The rows in the order of their keys, from the first one above `after`."""
        with self.database.lock:
            committed = self.database.tables[table]
            keys = committed.keys_after(after)
            own = {key for seen in (self._before, self._changes) for key in seen[table]}
        more = [key for key in own if key not in committed and (after is None or key > after)]  # type: ignore[operator]
        if more:
            keys = sorted({*keys, *more})
        for key in keys:
            row = self.get(table, key)
            if row is not None:
                yield row

    def where(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows whose indexed `column` is `value`, in the order of their keys."""
        with self.database.lock:
            keys = set(self.database.tables[table].keys_with(column, value))
            keys |= {key for key, row in self._before[table].items() if row is not None and row.get(column) == value}
        keys |= self._indexed.get((table, column, value), set())
        found = [self.get(table, key) for key in sorted(keys)]  # type: ignore[type-var]
        return [row for row in found if row is not None and row.get(column) == value]

    # Changing ---------------------------------------------------------------------------

    def put(self, table: str, key: Key, row: Row) -> None:
        self._change(table, key, Change(row, True, {}))

    def merge(self, table: str, key: Key, values: Row) -> None:
        """Set single columns of a row without claiming it: never a conflict with others."""
        before = self._changes[table].get(key)
        row = {**(self.get(table, key) or {}), **values}
        merged = {**(before.merged if before else {}), **values}
        self._change(table, key, Change(row, bool(before and before.claimed), merged))

    def delete(self, table: str, key: Key) -> None:
        self._change(table, key, Change(None, True, {}))

    def _change(self, table: str, key: Key, change: Change) -> None:
        self._journal.append((table, key, self._changes[table].get(key)))
        self._changes[table][key] = change
        for column in INDEXED.get(table, ()):
            if change.row is not None:
                self._indexed[table, column, change.row.get(column)].add(key)

    def savepoint(self) -> int:
        return len(self._journal)

    def rollback_to(self, savepoint: int) -> None:
        while len(self._journal) > savepoint:
            table, key, change = self._journal.pop()
            if change is None:
                del self._changes[table][key]
            else:
                self._changes[table][key] = change
        self._afterwards = [(at, act) for at, act in self._afterwards if at <= savepoint]

    # Ending -----------------------------------------------------------------------------

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something once all this is committed, and never if it is rolled back."""
        self._afterwards.append((len(self._journal), act))

    def commit(self) -> None:
        """Make it visible to all, or raise `SerializationFailure` / `UniqueViolation`."""
        with self.database.lock:
            claimed = [(table, key) for table, changes in self._changes.items() for key in changes]
            for table, key in claimed:
                if self._changes[table][key].claimed:
                    self._check_unclaimed(table, key)
            self.close()
            for table, key in claimed:
                self._apply(table, key, self._changes[table][key])
        for _, act in self._afterwards:
            act()

    def _apply(self, table: str, key: Key, change: Change) -> None:
        committed = self.database.tables[table]
        if not change.claimed:
            if key in committed:
                committed[key] = {**committed[key], **change.merged}
        elif change.row is not None:
            committed[key] = change.row
        else:
            with suppress(KeyError):
                del committed[key]

    def _check_unclaimed(self, table: str, key: Key) -> None:
        current = self.database.tables[table].get(key)
        before = self._before[table].get(key, current)
        if current is before:
            return
        if before is None and table == OVERTIME:
            raise UniqueViolation(
                f"{OVERTIME_TAKEN}DETAIL:  Key (employee_id, date)=({str(key).replace('|', ', ')}) already exists.\n"
            )
        raise SerializationFailure()

    def close(self) -> None:
        """The snapshot is needed no more."""
        self.database.running.discard(self)
