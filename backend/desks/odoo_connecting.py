"""The configuration of Odoo in force, and the connector made from it.

Settings of the environment beat what was saved, credentials given for one call beat both and
are never saved.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from backend.desks.odoo_config import MASK, Config, merge, saved_over
from backend.errors import BadInput
from backend.odoo_connector import OdooConnector

if TYPE_CHECKING:
    from backend.desks.parts import Parts

CONNECTION = 1
"""The one connection that there is as yet."""


class Connecting:
    """Threads may share it. The connector for the configuration in force is kept, so that its
    login and its circuit breaker last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._connector: tuple[Config, OdooConnector] | None = None
        self._lock = threading.Lock()

    def config(self) -> dict[str, Any]:
        """`{success, configured, config: {url, db, username, password, transport}}`, the
        password as asterisks where there is one."""
        found = self.in_force()
        return {"success": True, "configured": found.complete, "config": {
            "url": found.url, "db": found.db, "username": found.username,
            "password": MASK if found.password else None, "transport": found.transport}}

    def save_config(self, url: str | None = None, db: str | None = None, username: str | None = None,
                    password: str | None = None, transport: str | None = None) -> dict[str, Any]:
        """Save the connection, the secret sealed; returns `config()`.

        What is not given stays as it is saved; so does the password where it is asterisks or
        nothing, unless the host is another one: then 422 `odoo_password_needed`. Testing it
        first is the caller's business.
        """
        with self._parts.store.write() as unit:
            saved = unit.connections.get(CONNECTION)
            found = merge(saved_over(self._parts.settings, saved, environment=False),
                          {"url": url, "db": db, "username": username, "password": password,
                           "transport": transport})
            missing = [name for name in ("url", "db", "username", "password") if not getattr(found, name)]
            if missing:
                raise BadInput(f"Odoo needs {', '.join(missing)}, too.", code="odoo_incomplete")
            unit.connections.save(url=found.url, db=found.db, username=found.username,
                                  transport=found.transport, secret=found.password,
                                  secret_kind=found.secret_kind, connection_id=CONNECTION)
            unit.logs.append("odoo_sync", "info", f"Odoo's configuration was saved: {found.url}, "
                             f"database {found.db}, user {found.username}")
        return self.config()

    def get_odoo_config(self) -> dict[str, Any]:
        """Exactly the keyword arguments of OdooConnector; None where nothing is configured."""
        return self.in_force().arguments(self._parts.settings)

    def connector(self, credentials: Mapping[str, Any] | None = None) -> OdooConnector:
        """A connector for the configuration in force, or for credentials given for once."""
        found = self.in_force()
        if credentials:
            return OdooConnector(**merge(found, credentials).arguments(self._parts.settings))
        with self._lock:
            if self._connector is None or self._connector[0] != found:
                if self._connector is not None:
                    self._connector[1].close()
                self._connector = (found, OdooConnector(**found.arguments(self._parts.settings)))
            return self._connector[1]

    def test(self, credentials: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Log in and check the rights: `{success, message, server_version, protocol_version,
        transport}`. Raises OdooError with what stands in the way."""
        connector = OdooConnector(**merge(self.in_force(), credentials or {}).arguments(
            self._parts.settings))
        try:
            result = connector.probe()
        finally:
            connector.close()
        if not credentials:
            self.connector()._circuit_breaker.reset()
        return result

    def circuit(self) -> str:
        """The state of the circuit breaker that this process keeps."""
        with self._lock:
            return self._connector[1]._circuit_breaker.state if self._connector else "closed"

    def in_force(self) -> Config:
        """What is saved, with what the environment names in its place."""
        with self._parts.store.read() as unit:
            return saved_over(self._parts.settings, unit.connections.get(CONNECTION))
