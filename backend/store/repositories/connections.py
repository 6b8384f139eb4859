"""Connections to databases of Odoo, each with a name and its sealed password or API key.

The first migration makes one. One that was removed keeps its row, since sessions and runs name it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, insert, select

from backend.store.records import OdooConnection
from backend.store.repositories.base import Repository
from backend.store.schema import connections

FIRST = 1
"""The connection that exists from the first migration."""
DEFAULT = "default"
"""Its name."""
_PLACE = ("secrets", "connections", "sealed_secret")
_HOOK = ("hooks", "connections", "sealed_hook_secret")


class Connections(Repository):
    def add(self, name: str) -> int:
        """A new connection that leads nowhere yet; its id. The caller has seen to it that the name is free."""
        return self.execute(insert(connections).values(
            name=name, state={}, updated_at=self.unit.now())).inserted_primary_key[0]

    def names(self) -> dict[int, str]:
        """Names by id, the first one first; not of those that were removed."""
        return {row["id"]: row["name"] for row in self.rows(
            select(connections.c.id, connections.c.name).where(connections.c.removed_at.is_(None))
            .order_by(connections.c.id))}

    def all_names(self) -> dict[int, str]:
        """Names by id, of those that were removed, too."""
        return {row["id"]: row["name"] for row in self.rows(select(connections.c.id, connections.c.name))}

    def find(self, name: str) -> int | None:
        """The id of the connection with this name, in any case of letters; None where there is none."""
        return self.value(select(connections.c.id).where(
            func.lower(connections.c.name) == name.lower(), connections.c.removed_at.is_(None)))

    def remove(self, connection_id: int) -> None:
        """Forget address, login and secrets, and free the name."""
        self.clear(connection_id)
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            sealed_hook_secret=None, removed_at=self.unit.now()))

    def get(self, connection_id: int = FIRST) -> OdooConnection:
        row = self.row(select(connections).where(connections.c.id == connection_id))
        if row is None:
            raise ValueError(f"there is no connection {connection_id}")
        values = dict(row)
        blob = values.pop("sealed_secret")
        secret = None if blob is None else self.sealer.open(blob, *_PLACE, connection_id).decode()
        hook = values.pop("sealed_hook_secret")
        hook_secret = None if hook is None else self.sealer.open(hook, *_HOOK, connection_id).decode()
        return OdooConnection(**values, secret=secret, hook_secret=hook_secret)

    def state(self, connection_id: int = FIRST) -> dict[str, Any]:
        """What `remember` has kept."""
        return dict(self.value(select(connections.c.state).where(connections.c.id == connection_id)) or {})

    def save(self, *, url: str | None, db: str | None, username: str | None,
             transport: str | None = None, secret: str | None = None,
             secret_kind: str = "password", secret_expires_on: date | None = None,
             connection_id: int = FIRST) -> None:
        """Save where Odoo is; `secret` None keeps the one that is there, with its end."""
        values: dict[str, Any] = {"url": url, "db": db, "username": username,
                                  "transport": transport, "updated_at": self.unit.now()}
        if secret is not None:
            values["sealed_secret"] = self.sealer.seal(secret.encode(), *_PLACE, connection_id)
            values["secret_kind"] = secret_kind
            values["secret_saved_at"] = self.unit.now()
            values["secret_expires_on"] = secret_expires_on
        self.execute(connections.update().where(connections.c.id == connection_id).values(**values))

    def save_key_end(self, day: date | None, connection_id: int = FIRST) -> None:
        """Note the last day of the secret that is saved; None where nobody knows."""
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            secret_expires_on=day))

    def clear(self, connection_id: int = FIRST) -> None:
        """Forget address, login and secret."""
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            url=None, db=None, username=None, transport=None, sealed_secret=None,
            secret_kind=None, secret_saved_at=None, secret_expires_on=None,
            updated_at=self.unit.now()))

    def save_hook_secret(self, secret: str, connection_id: int = FIRST) -> None:
        """Save, or replace, the secret that an automation of Odoo has to bring."""
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            sealed_hook_secret=self.sealer.seal(secret.encode(), *_HOOK, connection_id)))

    def pause(self, paused: bool, connection_id: int = FIRST) -> None:
        """Stop what goes to Odoo by itself, or let it go on."""
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            paused_at=self.unit.now() if paused else None))

    def remember(self, connection_id: int = FIRST, **state: Any) -> None:
        """Merge JSON-ready values into the connection's state: cursors, what a server can."""
        held = self.value(select(connections.c.state).where(connections.c.id == connection_id))
        self.execute(connections.update().where(connections.c.id == connection_id).values(
            state={**held, **state}))
