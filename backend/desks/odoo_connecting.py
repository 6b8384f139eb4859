"""The configuration of Odoo in force, and the connector made from it.

Settings of the environment beat what was saved, credentials given for one call beat both and
are never saved.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any

from backend.attendance.time import parse_day
from backend.desks.connection import THE_FIRST, Connection
from backend.desks.odoo_config import COMPANIES, MASK, WITHHELD, Config, merge, saved_over
from backend.desks.odoo_keys import key_end, note_use
from backend.desks.reachability import Reachability, mended
from backend.errors import BadInput, Conflict
from backend.odoo.address import normalise
from backend.odoo.errors import OdooNotConfigured
from backend.odoo_connector import OdooConnector

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.store.unit import Unit


class OdooDatabaseTaken(Conflict):
    """Each database is one connection's, so that each employee there is one person's."""

    code = "odoo_database_taken"


def site_day(parts: Parts) -> date:
    return parts.clock().astimezone(parts.zone).date()


def checked_key_end(parts: Parts, key_expires: date | str | None) -> date | None:
    """The last day of a key, None where none is given. Raises 422 `odoo_key_expired` where it is over."""
    if key_expires in (None, ""):
        return None
    day = parse_day(key_expires, "key_expires")
    if day < site_day(parts):
        raise BadInput(f"key_expires, {day}, lies in the past: make a new key in Odoo first.",
                       code="odoo_key_expired")
    return day


class Connecting:
    """Threads may share it. The connector for the configuration in force is kept, so that its
    login and its circuit breaker last."""

    def __init__(self, parts: Parts, connection: Connection = THE_FIRST) -> None:
        self._parts = parts
        self.connection = connection
        self._connector: tuple[Config, OdooConnector] | None = None
        self._lock = threading.Lock()
        self.reachability = Reachability(parts, connection=connection)
        self.stopping = threading.Event()
        """Set when the process is about to end: work in hand breaks off between two calls to Odoo."""

    def is_time(self) -> bool:
        """Whether `may_try` would say yes; takes no turn, so that it may be asked at any time."""
        return self.in_force().complete and self.reachability.is_time()

    def may_try(self) -> bool:
        """Whether automatic work may call Odoo now: configured, not paused, not known to be
        away. Where it is away and the next look is due, a yes takes the turn."""
        return self.in_force().complete and self.reachability.may_try()

    def pause(self) -> None:
        """Stop what goes to Odoo, and comes from it, by itself; work by hand still goes."""
        self._set_paused(True, "The bridge to Odoo was paused; attendance is recorded and waits")

    def resume(self) -> None:
        """Let automatic work go on, at once."""
        self._set_paused(False, "The bridge to Odoo goes on")

    def config(self) -> dict[str, Any]:
        """`{success, configured, config: {url, db, username, password, transport}}`, the password as
        asterisks where there is one. Also `companies` where some are named; and where an end of the
        key is known or assumed `key_expires_on` (a date), `key_expires_assumed` and `key_warning`."""
        with self._parts.store.read() as unit:
            saved = unit.connections.get(self.connection.id)
        found = saved_over(self._parts.settings, saved)
        shown: dict[str, Any] = {
            "url": found.url, "db": found.db, "username": found.username,
            "password": MASK if found.password else None, "transport": found.transport}
        if found.companies:
            shown["companies"] = list(found.companies)
        end = key_end(self._parts.settings, saved, found, site_day(self._parts))
        if end is not None:
            shown |= {"key_expires_on": end.day, "key_expires_assumed": end.assumed,
                      "key_warning": end.warning(self._parts.settings.odoo_key_warning)}
        return {"success": True, "configured": found.complete, "config": shown}

    def save_config(self, url: str | None = None, db: str | None = None, username: str | None = None,
                    password: str | None = None, transport: str | None = None,
                    key_expires: date | str | None = None,
                    companies: Sequence[int] | None = None) -> dict[str, Any]:
        """Save the connection, the secret sealed; returns `config()`. `key_expires` is the last
        day of the API key; it stays for as long as the key does. `companies` are Odoo's ids of
        those that this is about, none of them for all that the user sees.

        What is not given stays as it is saved; so does the password where it is asterisks or
        nothing, unless the host is another one: then 422 `odoo_password_needed`. Testing it
        first is the caller's business.
        """
        with self._parts.store.write() as unit:
            self.save_in(unit, {"url": url, "db": db, "username": username, "password": password,
                                "transport": transport, "companies": companies}, key_expires)
        return self.config()

    def save_in(self, unit: Unit, given: Mapping[str, Any], key_expires: date | str | None = None) -> None:
        """The same in a unit of the caller's. Raises BadInput, and OdooDatabaseTaken."""
        last_day = checked_key_end(self._parts, key_expires)
        saved = unit.connections.get(self.connection.id)
        found = merge(saved_over(self._parts.settings, saved, environment=False), given)
        missing = [name for name in ("url", "db", "username", "password") if not getattr(found, name)]
        if missing:
            raise BadInput(f"Odoo needs {', '.join(missing)}, too.", code="odoo_incomplete")
        self._require_free(unit, found)
        unit.connections.save(url=found.url, db=found.db, username=found.username,
                              transport=found.transport, secret_kind=found.secret_kind,
                              secret=None if found.password == saved.secret else found.password,
                              connection_id=self.connection.id)
        if given.get("companies") is not None:
            unit.connections.remember(self.connection.id, **{COMPANIES: list(found.companies)})
        if last_day is not None:
            unit.connections.save_key_end(last_day, self.connection.id)
        mended(unit, self.connection)
        unit.logs.append("odoo_sync", "info", self.connection.say(
            f"Odoo's configuration was saved: {found.url}, database {found.db}, user {found.username}"))

    def _require_free(self, unit: Unit, found: Config) -> None:
        assert found.url is not None
        for number, name in unit.connections.names().items():
            other = saved_over(self._parts.settings, unit.connections.get(number))
            if number != self.connection.id and other.db == found.db and other.url in (
                    found.url, normalise(found.url)):
                raise OdooDatabaseTaken(f"The database {found.db} at {found.url} is the connection {name} already.")

    def get_odoo_config(self) -> dict[str, Any]:
        """Exactly the keyword arguments of OdooConnector; None where nothing is configured."""
        return self.in_force().arguments(self._parts.settings)

    def connector(self, credentials: Mapping[str, Any] | None = None) -> OdooConnector:
        """A connector for the configuration in force, or for credentials given for once. Raises
        OdooNotConfigured where the saved password is not for the server that the settings name."""
        found = self.in_force()
        if credentials:
            return self._made_from(merge(found, credentials))
        with self._lock:
            if self._connector is None or self._connector[0] != found:
                made = self._made_from(found)
                note_use(self._parts, self.connection.id, found)
                if self._connector is not None:
                    self._connector[1].close()
                self._connector = (found, made)
            return self._connector[1]

    def _made_from(self, found: Config) -> OdooConnector:
        if found.withheld:
            raise OdooNotConfigured(WITHHELD)
        return OdooConnector(**found.arguments(self._parts.settings))

    def test(self, credentials: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Log in and check the rights: `{success, message, server_version, protocol_version,
        transport}`. Raises OdooError with what stands in the way."""
        connector = self._made_from(merge(self.in_force(), credentials or {}))
        in_force = self.is_in_force(connector)
        try:
            with self.reachability.watching(connector) if in_force else nullcontext():
                result = connector.probe()
        finally:
            connector.close()
        if in_force:
            self.connector()._circuit_breaker.reset()
        return result

    def is_in_force(self, connector: OdooConnector) -> bool:
        """Whether `connector` is made of the configuration in force."""
        return connector.same_as(**self.in_force().arguments(self._parts.settings))

    def circuit(self) -> str:
        """The state of the circuit breaker that this process keeps."""
        with self._lock:
            return self._connector[1]._circuit_breaker.state if self._connector else "closed"

    def _set_paused(self, paused: bool, message: str) -> None:
        message = self.connection.say(message)
        with self._parts.store.write() as unit:
            if (unit.connections.get(self.connection.id).paused_at is not None) == paused:
                return
            unit.connections.pause(paused, self.connection.id)
            if not paused:
                mended(unit, self.connection)
            unit.logs.append("odoo_sync", "info", message)
            unit.events.append("sync", {"kind": "pause" if paused else "resume", "success": True,
                                        "message": message})

    def in_force(self) -> Config:
        """What is saved, with what the environment names in its place."""
        with self._parts.store.read() as unit:
            return saved_over(self._parts.settings, unit.connections.get(self.connection.id))
