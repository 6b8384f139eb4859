"""The services behind every wire: common, object and db. Transport-neutral.

A wire calls `Services.dispatch`; what is raised keeps its class, and each wire words it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import attendances, loading, organisation, people
from .accounts import Accounts
from .automations import Automations
from .costs import Costs, loaded_names
from .errors import AccessDenied, DatabaseError, OperationalError, SerializationFailure, UserError, ValidationError
from .hooks import Call, DropConnection, Hooks
from .languages import in_the_language_of
from .model import Environment, Model, call
from .records import Database, Row

MODELS: tuple[type[Model], ...] = (
    people.Employees,
    people.PublicEmployees,
    organisation.Departments,
    organisation.Jobs,
    organisation.Versions,
    organisation.Companies,
    organisation.Users,
    organisation.ExternalIds,
    organisation.Moves,
    organisation.Payments,
    attendances.Attendances,
)
# How often Odoo runs a call again that lost against another transaction.
MOST_TRIES = 5


class Services:
    """One server with one database: who may log in, and what a call does."""

    def __init__(self, version: int, database_name: str, database: Database, clock: Callable[[], datetime]) -> None:
        self.version = version
        self.database_name = database_name
        self.database = database
        self.clock = clock
        self.registry = {model.name: model for model in MODELS if version in model.versions}
        self.accounts = Accounts(lambda: self.clock())
        self.database_up = True
        # Which run of the server this is: what an earlier one had begun is not finished.
        self.epoch = 0
        self.automations = Automations(version)
        self.costs: Costs | None = None
        self.hooks = Hooks()
        self.calls: list[Call] = []
        self._numbers = itertools.count(1)

    def end(self) -> None:
        """The server's process ends: calls under way come to nothing, and what it remembered is gone."""
        self.epoch += 1
        self.accounts.forget()

    def now(self) -> datetime:
        """The clock's time as the database keeps it: naive UTC."""
        return self.clock().astimezone(UTC).replace(tzinfo=None)

    def dispatch(self, service: str, method: str, params: list[Any], wire: str = "xmlrpc") -> Any:
        """Run one call of a service; raises what Odoo would raise."""
        called = self.recorded(service, method, wire, **self._details(service, method, params))
        self.hooks.run_before(called)
        handlers = {"common": self._common, "object": self._object, "db": self._db}
        result = handlers[service](called, method, params)
        self.hooks.run_after(called)
        return result

    def recorded(self, service: str, method: str, wire: str, **details: Any) -> Call:
        """Put a call on the list; `details` are the further columns of `Call`."""
        called = Call(next(self._numbers), self.clock(), service, method, wire=wire, **details)
        self.calls.append(called)
        return called

    def _details(self, service: str, method: str, params: list[Any]) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if service == "object" and len(params) >= 5:
            details = {
                "uid": params[1],
                "model": params[3],
                "model_method": params[4],
                "args": list(params[5]) if method == "execute_kw" and len(params) > 5 else list(params[5:]),
                "kwargs": dict(params[6]) if method == "execute_kw" and len(params) > 6 else {},
            }
        return details

    # common ----------------------------------------------------------------------------

    def _common(self, called: Call, method: str, params: list[Any]) -> Any:
        if method == "version":
            return self.version_info()
        if method in ("authenticate", "login"):
            return self.authenticate(*params[:3])
        if method == "about":
            return "See http://openerp.com"
        raise Exception(f"Method not found: {method}")

    def version_info(self) -> dict[str, Any]:
        serie = f"{self.version}.0"
        return {
            "server_version": "18.0-20250421" if self.version == 18 else serie,
            "server_version_info": [self.version, 0, 0, "final", 0, ""],
            "server_serie": serie,
            "protocol_version": 1,
        }

    def authenticate(self, database: str, login: str, secret: str) -> int | bool:
        """The uid, or False for anything wrong but the database."""
        self.check_database(database)
        if not secret and self.version == 18:
            raise AssertionError("scope and key required")
        uid = self.user_named(login)
        fits = uid is not None and bool(secret) and self.accounts.fits(uid, secret)
        self._charge(self.costs.authenticate if self.costs else 0.0)
        return uid if fits and uid is not None else False

    def _charge(self, seconds: float) -> None:
        if self.costs is not None:
            self.costs.charged(lambda: None, lambda _: seconds)

    def user_named(self, login: str) -> int | None:
        """The id of the active user with that login."""
        users = self.database.tables["res.users"].values()
        return next((int(row["id"]) for row in users if row["login"] == login and row["active"]), None)

    def check_database(self, name: str) -> None:
        """Raise what psycopg2 says of a database that is not there or cannot be reached."""
        where = 'connection to server at "127.0.0.1", port 5432 failed: '
        if not self.database_up:
            raise OperationalError(
                f"{where}Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n"
            )
        if name != self.database_name:
            raise OperationalError(f'{where}FATAL:  database "{name}" does not exist\n')

    # object ----------------------------------------------------------------------------

    def _object(self, called: Call, method: str, params: list[Any]) -> Any:
        if method not in ("execute_kw", "execute"):
            raise Exception(f"Method not found: {method}")
        database, uid, secret = params[:3]
        self.check_database(database)
        self._check_user(uid, secret)
        kwargs = dict(called.kwargs)
        context = kwargs.pop("context", None) or {}
        return self.run(called, uid, context, list(called.args), kwargs)

    def _check_user(self, uid: Any, secret: str) -> None:
        if not uid or not secret:
            raise AccessDenied()
        if uid not in self.database.tables["res.users"]:
            nobody: Row = {"id": uid, "groups": frozenset(), "tz": None, "company_ids": []}
            env = self._environment(nobody, {})
            env.transaction.close()
            raise organisation.Users(env).missing(uid)
        if not self.database.tables["res.users"][uid]["active"]:
            raise AccessDenied()
        if self.costs is not None and not self.accounts.known(uid, secret):
            self._charge(self.costs.first_call)
        if not self.accounts.fits_a_call(uid, secret):
            raise AccessDenied()

    def execute(
        self, uid: int | None, model: str, method: str, args: list[Any], kwargs: dict[str, Any], wire: str
    ) -> Any:
        """A call by somebody who is known already, hooks and all."""
        details = {"uid": uid, "model": model, "model_method": method, "args": args, "kwargs": kwargs}
        called = self.recorded("object", "execute_kw", wire, **details)
        self.hooks.run_before(called)
        self.check_database(self.database_name)
        kwargs = dict(kwargs)
        result = self.run(called, int(uid or 0), kwargs.pop("context", None) or {}, list(args), kwargs)
        self.hooks.run_after(called)
        return result

    def _environment(self, user: Row, context: dict[str, Any]) -> Environment:
        transaction = self.database.begin(self.now())
        return Environment(self.version, transaction, user, context, self.registry, self.automations)

    def run(self, called: Call, uid: int, context: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """One call, one transaction, run again where it lost against another; it takes time where that is asked."""
        costs = self.costs
        if costs is None or called.wire == "none":
            return self._run(called, uid, context, args, kwargs)
        names = self.database.tables["ir.model.data"]
        known = sum(name in names for name in loaded_names(called)) if called.model_method == "load" else 0
        return costs.charged(
            lambda: self._run(called, uid, context, args, kwargs), lambda result: costs.of(called, result, known)
        )

    def _run(self, called: Call, uid: int, context: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        epoch = self.epoch
        for attempt in range(1, MOST_TRIES + 1):
            env = self._environment(self.database.tables["res.users"][uid], context)
            transaction = env.transaction
            try:
                result = call(env, str(called.model), str(called.model_method), list(args), dict(kwargs))
                self.hooks.run_before_commit(called)
                if epoch != self.epoch:
                    raise DropConnection
                transaction.commit()
                return in_the_language_of(env, result)
            except DatabaseError as error:
                # load() meets the conflict while it runs and reports it, as it reports all else.
                if called.model_method == "load":
                    return in_the_language_of(env, loading.conflicted(error))
                if not isinstance(error, SerializationFailure):
                    raise in_the_language_of(env, ValidationError(error.for_client)) from error
                if attempt == MOST_TRIES:
                    raise
            except UserError as error:
                raise in_the_language_of(env, error) from None
            finally:
                transaction.close()
        raise AssertionError("unreachable")

    # db --------------------------------------------------------------------------------

    def _db(self, called: Call, method: str, params: list[Any]) -> Any:
        if method == "list":
            return [self.database_name]
        if method == "server_version":
            return self.version_info()["server_version"]
        if method == "db_exist":
            return params[0] == self.database_name
        raise Exception(f"Method not found: {method}")
