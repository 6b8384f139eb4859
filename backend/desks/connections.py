"""The desk for connections: which databases of Odoo there are, one more, one less.

What a connection does is its own desk's (`odoo`); the first one is there always.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from backend.desks.connection import Connection, checked_name, find_connection
from backend.desks.odoo_config import Config, merge
from backend.desks.odoo_connecting import Connecting
from backend.errors import Conflict
from backend.odoo_connector import OdooConnector

if TYPE_CHECKING:
    from backend.desks.parts import Parts

NOWHERE = Config(None, None, None, None, "auto")


class ConnectionExists(Conflict):
    code = "connection_exists"


class ConnectionInUse(Conflict):
    code = "connection_in_use"


class ConnectionsDesk:
    """Threads may share it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def all(self) -> list[Connection]:
        """The first one first, then as they were added."""
        with self._parts.store.read() as unit:
            return [Connection(number, name) for number, name in unit.connections.names().items()]

    def get(self, name: str) -> Connection:
        """Raises 404 connection_not_found."""
        with self._parts.store.read() as unit:
            return find_connection(unit, name)

    def by_id(self) -> dict[int, str]:
        """Names by number, of removed connections, too."""
        with self._parts.store.read() as unit:
            return unit.connections.all_names()

    def people(self, connection: Connection) -> int:
        """How many active people belong to a connection that is not the first."""
        with self._parts.store.read() as unit:
            return unit.people.count_of(connection.id)

    def add(self, name: str, *, by: str, key_expires: date | str | None = None, **given: Any) -> Connection:
        """A connection under a new name, with url, db, username, password, transport and companies. Testing
        it first is the caller's business. Raises 409 connection_exists and odoo_database_taken,
        422 bad_connection_name and odoo_incomplete; then nothing was written."""
        name = checked_name(name)
        with self._parts.store.write() as unit:
            if unit.connections.find(name) is not None:
                raise ConnectionExists(f"There is a connection called {name} already.")
            made = Connection(unit.connections.add(name), name)
            Connecting(self._parts, made).save_in(unit, given, key_expires)
            unit.logs.append("odoo_sync", "info", f"The connection {name} was added", {"by": by})
        return made

    def remove(self, name: str, *, by: str) -> None:
        """Forget a connection's address and secrets, and whose employees people were there. What its
        database holds stays and is not touched any more, what waits for it stays here. Raises 404,
        and 409 connection_in_use for the first one, while a run is in force, and while active
        people belong to it."""
        with self._parts.store.write() as unit:
            found = find_connection(unit, name)
            if found.is_first:
                raise ConnectionInUse("The first connection stays; give it another address instead.")
            if (run := unit.sync_runs.running(found.id)) is not None and run.lease_until > unit.now():
                raise ConnectionInUse(f"A {run.kind} of {found.name} is running; wait for it.")
            if (people := unit.people.count_of(found.id)) > 0:
                raise ConnectionInUse(
                    f"{people} active {'person belongs' if people == 1 else 'people belong'} to {found.name}. Move "
                    "them to another connection, or deactivate them.", details={"people": people})
            unit.people.unlink(found.id)
            unit.connections.remove(found.id)
            unit.logs.append("odoo_sync", "info", f"The connection {found.name} was removed", {"by": by})


class NewConnection:
    """A connection that is not there yet, with what set-up needs of its desk: nothing is saved
    before it has worked. Raises 422 bad_connection_name."""

    def __init__(self, parts: Parts, name: str, *, by: str) -> None:
        self._parts = parts
        self._name = checked_name(name)
        self._by = by

    def config(self) -> dict[str, Any]:
        """As `Connecting.config`, of nothing."""
        return {"success": True, "configured": False, "config": {
            "url": None, "db": None, "username": None, "password": None, "transport": "auto"}}

    def test(self, credentials: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """As `Connecting.test`."""
        odoo = OdooConnector(**merge(NOWHERE, credentials or {}).arguments(self._parts.settings))
        try:
            return odoo.probe()
        finally:
            odoo.close()

    def save_config(self, **given: Any) -> dict[str, Any]:
        """Add it; returns its `config()`."""
        made = ConnectionsDesk(self._parts).add(self._name, by=self._by, **given)
        return Connecting(self._parts, made).config()
