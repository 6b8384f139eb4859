"""The log for people: what happened, by category and level."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from backend.store.records import LogLine
from backend.store.repositories.base import Repository
from backend.store.schema import system_logs

CATEGORIES = ("odoo_sync", "attendance", "camera", "security", "system")
LEVELS = ("debug", "info", "warning", "error")


class Logs(Repository):
    def __init__(self, unit: Any) -> None:
        super().__init__(unit)
        self._gathered: list[dict[str, Any]] = []

    def append(self, category: str, level: str, message: str,
               details: dict[str, Any] | None = None, at: datetime | None = None) -> None:
        """Gather a line; it is written at the end of the unit. `details` is JSON-ready and
        holds no secret; ValueError for an unknown category or level."""
        if category not in CATEGORIES or level not in LEVELS:
            raise ValueError(f"no such category or level: {category}, {level}")
        self._gathered.append({"at": at or self.unit.now(), "category": category, "level": level,
                               "message": message, "details": details or {}})

    def flush(self) -> None:
        if self._gathered:
            self.execute(insert(system_logs), self._gathered)
            self._gathered = []

    def search(self, category: str | None = None, level: str | None = None,
               since: datetime | None = None, limit: int = 100) -> list[LogLine]:
        """Newest first; `level` is the least level wanted."""
        statement = select(system_logs).order_by(system_logs.c.id.desc()).limit(limit)
        if category is not None:
            statement = statement.where(system_logs.c.category == category)
        if level is not None:
            statement = statement.where(system_logs.c.level.in_(LEVELS[LEVELS.index(level):]))
        if since is not None:
            statement = statement.where(system_logs.c.at >= since)
        return [LogLine(**row) for row in self.rows(statement)]

    def prune(self, before: datetime) -> int:
        """Delete what is older; how many lines went."""
        return self.execute(system_logs.delete().where(system_logs.c.at < before)).rowcount
