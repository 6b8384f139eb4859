"""Page sessions: who is logged in, by the hash of their cookie."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from backend.store.records import PageSession, User
from backend.store.repositories.base import Repository
from backend.store.schema import page_sessions, users


class PageSessions(Repository):
    def add(self, digest: str, user_id: int, csrf: str, expires_at: datetime) -> None:
        """`digest` is the SHA-256 of the cookie's value, in hexadecimal."""
        self.execute(insert(page_sessions).values(
            hash=digest, user_id=user_id, csrf=csrf, created_at=self.unit.now(),
            expires_at=expires_at))

    def get(self, digest: str) -> PageSession | None:
        """None where it has expired or the user was disabled."""
        row = self.row(select(
            users, page_sessions.c.csrf, page_sessions.c.expires_at,
            page_sessions.c.created_at.label("since")
        ).join(users, users.c.id == page_sessions.c.user_id).where(
            page_sessions.c.hash == digest, page_sessions.c.expires_at > self.unit.now(),
            users.c.disabled_at.is_(None)))
        if row is None:
            return None
        user = User(**{column.name: row[column.name] for column in users.c})
        return PageSession(user=user, csrf=row["csrf"], created_at=row["since"],
                           expires_at=row["expires_at"])

    def delete(self, digest: str) -> None:
        self.execute(page_sessions.delete().where(page_sessions.c.hash == digest))

    def prune(self) -> int:
        """Delete the expired; how many."""
        return self.execute(page_sessions.delete().where(
            page_sessions.c.expires_at <= self.unit.now())).rowcount
