"""A logged-in user of one Odoo database: authenticates once and carries calls to models."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from backend.odoo.breaker import CircuitBreaker
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooBusy,
    OdooDatabaseDown,
    OdooError,
    OdooRefused,
    OdooTransient,
    OdooWrongDatabase,
)
from backend.odoo.pacing import Pacer
from backend.odoo.protocol import Login, ServerVersion, Transport
from backend.odoo.retrying import Repeater, how_patient

T = TypeVar("T")
_RECHECK = 60.0
"""Seconds for which a login is believed whatever Odoo refuses."""


class OdooClient:
    """Calls go out through the pacer and the breaker, and again where that may help. Threads may share
    a client; a call of one waits for no other's answer, which may take a minute."""

    def __init__(self, transport: Transport, login: Login, breaker: CircuitBreaker, *,
                 pacer: Pacer | None = None, repeat: Repeater | None = None,
                 context: Mapping[str, Any] | None = None,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        """`context` goes with every call, under the call's own; there a None leaves a key out."""
        self.transport = transport
        self.login = login
        self._context = dict(context or {})
        self._breaker = breaker
        self.calls = 0
        self.failures = 0
        self._pacer = pacer or Pacer(0)
        self._repeat = repeat or Repeater()
        self._uid: int | None = None
        self._version: ServerVersion | None = None
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._asked = 0.0

    @property
    def known_version(self) -> ServerVersion | None:
        """What the server is, where it was asked already."""
        return self._version

    def version(self) -> ServerVersion:
        """What the server is; asked once."""
        version = self._version
        if version is None:
            version = self._version = self._call(self.transport.version)
        return version

    def uid(self) -> int:
        """Our id in Odoo. The first call logs in: OdooAccessDenied or OdooWrongDatabase."""
        uid = self._uid
        if uid is None:
            uid = self._uid = self._call(self._authenticate)
            self._asked = self._monotonic()
        return uid

    def execute(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a model, as one transaction of Odoo."""
        if given := {**self._context, **kwargs.pop("context", {})}:
            kwargs["context"] = {name: value for name, value in given.items() if value is not None}

        def call() -> Any:
            uid = self.uid()
            return self._call(lambda: self.transport.execute(self.login, uid, model, method, args, kwargs), method)

        try:
            return call()
        except OdooAccessDenied:
            self._uid = None
            raise
        except OdooRefused:
            # Nothing was done, so it may be said again by who we are now.
            if not self._are_somebody_else():
                raise
            return call()

    def probe(self) -> ServerVersion:
        """Ask the server for its version, once and whatever the breaker says: is it back?"""
        with self._breaker.guard(forced=True):
            version = self._version = self._send(self.transport.version)
        return version

    def close(self) -> None:
        self.transport.close()

    def _are_somebody_else(self) -> bool:
        """Whether our login has another id than we knew. Of an id that is gone, as where the user was
        deleted and made anew, Odoo says no more than of any record that is missing."""
        before = self._uid
        if self.transport.name == "json2" or before is None or self._monotonic() - self._asked < _RECHECK:
            return False
        self._uid = None
        try:
            return self.uid() != before
        except OdooTransient:
            self._uid = before
            return False

    def _call(self, work: Callable[[], T], method: str | None = None) -> T:
        def attempt() -> T:
            self._breaker.refuse_if_open()  # before a turn is waited for
            with self._breaker.guard(lambda: self._send(self.transport.version)):
                return self._send(work)

        return self._repeat(attempt, method)

    def _send(self, work: Callable[[], T]) -> T:
        """One request in its turn."""
        caller = how_patient()
        self._pacer.wait(caller.longest, caller.deadline)
        self._count(calls=1)
        try:
            result = work()
        except OdooBusy as error:
            self._count(failures=1)
            if error.too_much:
                self._pacer.complained(error.asked)
            raise
        except OdooTransient:
            self._count(failures=1)
            raise
        self._pacer.went_well()
        return result

    def _count(self, calls: int = 0, failures: int = 0) -> None:
        with self._lock:
            self.calls += calls
            self.failures += failures

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
