"""A logged-in user of one Odoo database: authenticates once and carries calls to models."""

from __future__ import annotations

import re
import threading
from typing import Any

from backend.odoo.breaker import CircuitBreaker
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooDatabaseDown,
    OdooError,
    OdooWrongDatabase,
)
from backend.odoo.protocol import Login, ServerVersion, Transport


class OdooClient:
    """Calls go out one after the other, through the breaker. Threads may share a client."""

    def __init__(self, transport: Transport, login: Login, breaker: CircuitBreaker) -> None:
        self.transport = transport
        self.login = login
        self._breaker = breaker
        self._uid: int | None = None
        self._version: ServerVersion | None = None
        self._lock = threading.RLock()

    def version(self) -> ServerVersion:
        """What the server is; asked once."""
        with self._lock:
            if self._version is None:
                with self._breaker.guard():
                    self._version = self.transport.version()
            return self._version

    def uid(self) -> int:
        """Our id in Odoo. The first call logs in: OdooAccessDenied or OdooWrongDatabase."""
        with self._lock:
            if self._uid is None:
                with self._breaker.guard():
                    self._uid = self._authenticate()
            return self._uid

    def execute(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a model, as one transaction of Odoo."""
        with self._lock:
            uid = self.uid()
            try:
                with self._breaker.guard():
                    return self.transport.execute(self.login, uid, model, method, args, kwargs)
            except OdooAccessDenied:
                self._uid = None
                raise

    def close(self) -> None:
        self.transport.close()

    def _authenticate(self) -> int:
        try:
            uid = self.transport.authenticate(self.login)
        except OdooDatabaseDown as error:
            raise self._wrong_or_down(error) from None
        if uid is None:
            raise OdooAccessDenied(
                f"Odoo refuses the user {self.login.username} or the password or API key in the "
                f"database {self.login.db}. Check them, and whether the key has expired.")
        return uid

    def _wrong_or_down(self, error: OdooDatabaseDown) -> OdooError:
        """Odoo says the same of a database that does not exist and of a PostgreSQL that is
        down, in the server's language. Its health tells them apart, and the quoted name."""
        try:
            up = self.transport.database_up()
        except OdooError:
            up = None
        # Any quotation marks: PostgreSQL's texts are translated, too.
        named = re.search(rf"[\W_]\W?{re.escape(self.login.db)}\s?[^\w\s.,:)]", error.words)
        if up is False or named is None:
            return error
        return OdooWrongDatabase(f"Odoo has no database called {self.login.db}. Check the name; it is "
                                 "shown at /web/database/selector or by whoever runs Odoo.")
