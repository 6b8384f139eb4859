"""The simulated database: rows, transactions that see a snapshot, savepoints, sequences.

It behaves as PostgreSQL does under Odoo where a client can tell: a transaction does not see
what others commit meanwhile, two that change one row conflict, and a number drawn from a
sequence is gone even when the transaction fails.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime
from typing import Any

from .errors import SerializationFailure, UniqueViolation

Row = dict[str, Any]
Key = int | str
Tables = dict[str, dict[Key, Row]]

# Table of Odoo 18 that makes parallel punches of one person and day collide (ODOO 18 only).
OVERTIME = "hr.attendance.overtime"


class Database:
    """What is committed. Rows are never changed in place, only replaced."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables: Tables = defaultdict(dict)
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
        return Transaction(self, now)


class Transaction:
    """One call's view of the database, and what it changed."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        with database.lock:
            self._seen: Tables = {name: dict(rows) for name, rows in database.tables.items()}
        self._tables: Tables = defaultdict(dict, {name: dict(rows) for name, rows in self._seen.items()})
        self._touched: dict[str, set[Key]] = defaultdict(set)
        self._merged: dict[str, dict[Key, Row]] = defaultdict(dict)

    def rows(self, table: str) -> list[Row]:
        return list(self._tables[table].values())

    def get(self, table: str, key: Key) -> Row | None:
        return self._tables[table].get(key)

    def put(self, table: str, key: Key, row: Row) -> None:
        self._tables[table][key] = row
        self._touched[table].add(key)

    def merge(self, table: str, key: Key, values: Row) -> None:
        """Set single columns of a row without claiming it: never a conflict with others."""
        self._tables[table][key] = {**self._tables[table][key], **values}
        self._merged[table].setdefault(key, {}).update(values)

    def delete(self, table: str, key: Key) -> None:
        self._tables[table].pop(key, None)
        self._touched[table].add(key)

    def savepoint(self) -> tuple[Tables, dict[str, set[Key]], dict[str, dict[Key, Row]]]:
        return (
            {name: dict(rows) for name, rows in self._tables.items()},
            {name: set(keys) for name, keys in self._touched.items()},
            {name: dict(rows) for name, rows in self._merged.items()},
        )

    def rollback_to(self, state: tuple[Tables, dict[str, set[Key]], dict[str, dict[Key, Row]]]) -> None:
        tables, touched, merged = state
        self._tables = defaultdict(dict, {name: dict(rows) for name, rows in tables.items()})
        self._touched = defaultdict(set, {name: set(keys) for name, keys in touched.items()})
        self._merged = defaultdict(dict, {name: dict(rows) for name, rows in merged.items()})

    def commit(self) -> None:
        """Make it visible to all, or raise `SerializationFailure` / `UniqueViolation`."""
        with self.database.lock:
            committed = self.database.tables
            for table, keys in self._touched.items():
                for key in keys:
                    self._check_unclaimed(table, key)
            for table, keys in self._touched.items():
                for key in keys:
                    row = self._tables[table].get(key)
                    if row is None:
                        committed[table].pop(key, None)
                    else:
                        committed[table][key] = row
            for table, merged in self._merged.items():
                for key, values in merged.items():
                    if key in committed[table] and key not in self._touched.get(table, ()):
                        committed[table][key] = {**committed[table][key], **values}

    def _check_unclaimed(self, table: str, key: Key) -> None:
        before = self._seen.get(table, {}).get(key)
        current = self.database.tables[table].get(key)
        if current is before:
            return
        if before is None and table == OVERTIME:
            raise UniqueViolation(
                "duplicate key value violates unique constraint "
                '"hr_attendance_overtime_unique_employee_per_day"\n'
                f"DETAIL:  Key (employee_id, date)=({str(key).replace('|', ', ')}) already exists.\n"
            )
        raise SerializationFailure()
