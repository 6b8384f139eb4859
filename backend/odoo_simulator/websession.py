"""What Odoo's own web client calls: log in for a cookie, then call methods with it.

API keys are refused here. Ten wrong log-ins from one address close the door for a minute.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from . import jsonrpc
from .errors import AccessDenied, AccessError, OdooError, OperationalError
from .replies import Reply, Request, in_json
from .services import Services

MOST_FAILURES = 10
CLOSED_FOR = timedelta(seconds=60)
WEEK = 7 * 24 * 3600


class SessionExpired(OdooError):
    odoo_name = "odoo.http.SessionExpiredException"


class WebSessions:
    """The sessions of one server, and the failures to log in by address."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._users: dict[str, int] = {}
        self._failures: dict[str, list[datetime]] = defaultdict(list)
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Reply | None:
        """The answer to a request to one of the web client's addresses; None for any other address."""
        if request.path == "/web/session/authenticate":
            return self._log_in(request)
        if request.path == "/web/dataset/call_kw" or request.path.startswith("/web/dataset/call_kw/"):
            return self._call(request)
        if request.path == "/web/webclient/version_info":
            return jsonrpc.enveloped(self.services, request, lambda params: self.services.version_info())
        if request.path == "/web/database/list":
            return jsonrpc.enveloped(self.services, request, lambda params: [self.services.database_name])
        return None

    def _log_in(self, request: Request) -> Reply:
        opened: list[str] = []

        def log_in(params: dict[str, Any]) -> dict[str, Any]:
            uid = self._user(request.address, str(params["db"]), str(params["login"]), str(params["password"]))
            session = hashlib.sha1(f"session {next(self._numbers)}".encode()).hexdigest()
            self._users[session] = uid
            opened.append(session)
            return self._about(uid)

        reply = jsonrpc.enveloped(self.services, request, log_in)
        if not opened:
            return reply
        cookie = f"session_id={opened[0]}; Max-Age={WEEK}; HttpOnly; Path=/"
        return Reply(reply.status, reply.body, reply.content_type, {"Set-Cookie": cookie})

    def _user(self, address: str, database: str, login: str, password: str) -> int:
        services = self.services
        called = services.recorded("common", "authenticate", "web")
        services.hooks.run_before(called)
        try:
            services.check_database(database)
        except OperationalError as error:
            if services.database_up:
                raise AccessError("Database not found.") from error
            raise
        recent = [one for one in self._failures[address] if one + CLOSED_FOR > services.clock()]
        self._failures[address] = recent
        if len(recent) >= MOST_FAILURES:
            raise AccessDenied("Too many login failures, please wait a bit before trying again.")
        uid = services.user_named(login)
        if uid is None or not services.accounts.password_fits(uid, password):
            recent.append(services.clock())
            raise AccessDenied()
        self._failures.pop(address, None)
        return uid

    def _about(self, uid: int) -> dict[str, Any]:
        """What the web client is told on logging in, in short."""
        services = self.services
        user = services.database.tables["res.users"][uid]
        info = services.version_info()
        return {
            "uid": uid,
            "is_system": "base.group_system" in user["groups"],
            "user_context": {"lang": user["lang"], "tz": user["tz"] or False, "uid": uid},
            "db": services.database_name,
            "server_version": info["server_version"],
            "server_version_info": info["server_version_info"],
            "name": user["name"],
            "username": user["login"],
        }

    def _call(self, request: Request) -> Reply:
        cookie = re.search(r"\bsession_id=([0-9a-f]+)", request.headers.get("Cookie") or "")
        uid = self._users.get(cookie.group(1)) if cookie else None

        def call(params: dict[str, Any]) -> Any:
            return self.services.execute(
                uid, params["model"], params["method"], list(params["args"]), dict(params.get("kwargs") or {}), "web"
            )

        if uid is None and request.method == "POST" and request.mimetype in jsonrpc.MIMETYPES:
            return self._expired()
        return jsonrpc.enveloped(self.services, request, call)

    def _expired(self) -> Reply:
        described = jsonrpc.error_object(SessionExpired("Session expired"))
        error = {"code": 100, "message": "Odoo Session Expired", "data": described}
        return in_json({"jsonrpc": "2.0", "id": None, "error": error})
