"""Connections to Odoo, with their sealed password or API key. The first migration makes one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from backend.store.records import OdooConnection
from backend.store.repositories.base import Repository
from backend.store.schema import connections

FIRST = 1
"""The connection that exists from the first migration."""
_PLACE = ("secrets", "connections", "sealed_secret")


class Connections(Repository):
    def get(self, connection_id: int = FIRST) -> OdooConnection:
        row = self.row(select(connections).where(connections.c.id == connection_id))
        if row is None:
            raise ValueError(f"there is no connection {connection_id}")
        values = dict(row)
        blob = values.pop("sealed_secret")
        secret = None if blob is None else self.sealer.open(blob, *_PLACE, connection_id).decode()
        return OdooConnection(**values, secret=secret)

    def save(self, *, url: str | None, db: str | None, username: str | None,
             transport: str | None = None, secret: str | None = None,
             secret_kind: str = "password", connection_id: int = FIRST) -> None:
        """Save where Odoo is; `secret` None keeps the one that is there."""
        values: dict[str, Any] = {"url": url, "db": db, "username": username,
                                  "transport": transport, "updated_at": self.unit.now()}
        if secret is not None:
            values["sealed_secret"] = self.sealer.seal(secret.encode(), *_PLACE, connection_id)
            values["secret_kind"] = secret_kind
        self.execute(connections.update().where(connections.c.id == connection_id).values(**values))

    def clear(self, connection_id: int = FIRST) -> None:
        """Forget address, login and secret."""
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            url=None, db=None, username=None, transport=None, sealed_secret=None,
            secret_kind=None, updated_at=self.unit.now()))

    def remember(self, connection_id: int = FIRST, **state: Any) -> None:
        """Merge JSON-ready values into the connection's state: cursors, what a server can."""
        held = self.value(select(connections.c.state).where(connections.c.id == connection_id))
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            state={**held, **state}))
