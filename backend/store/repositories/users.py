"""Page users: who may log in to the pages, in which role."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from backend.store.records import User
from backend.store.repositories.base import Repository
from backend.store.schema import page_sessions, users


class Users(Repository):
    def add(self, username: str, password_hash: str, role: str) -> User:
        """The caller has checked that the name, in lower case, is free."""
        self.execute(insert(users).values(username=username, password_hash=password_hash,
                                          role=role, created_at=self.unit.now()))
        stored = self.by_name(username)
        assert stored is not None
        return stored

    def by_name(self, username: str) -> User | None:
        row = self.row(select(users).where(users.c.username == username))
        return None if row is None else User(**row)

    def get(self, user_id: int) -> User | None:
        row = self.row(select(users).where(users.c.id == user_id))
        return None if row is None else User(**row)

    def list(self) -> list[User]:
        return [User(**row) for row in self.rows(select(users).order_by(users.c.username))]

    def count(self) -> int:
        return self.value(select(func.count()).select_from(users))

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Ends the user's page sessions as well."""
        self.execute(users.update().where(users.c.id == user_id).values(password_hash=password_hash))
        self._log_out(user_id)

    def renew_hash(self, user_id: int, password_hash: str) -> None:
        """The same password under stronger parameters."""
        self.execute(users.update().where(users.c.id == user_id).values(password_hash=password_hash))

    def set_role(self, user_id: int, role: str) -> None:
        self.execute(users.update().where(users.c.id == user_id).values(role=role))

    def disable(self, user_id: int) -> None:
        """Ends the user's page sessions as well."""
        self.execute(users.update().where(users.c.id == user_id).values(disabled_at=self.unit.now()))
        self._log_out(user_id)

    def _log_out(self, user_id: int) -> None:
        self.execute(page_sessions.delete().where(page_sessions.c.user_id == user_id))
