"""JSON-2: `/json/2/<model>/<method>`, which Odoo speaks from version 19, with API keys only.

There is no login: the key says who we are, and a header names the database. Odoo's own errors
are JSON under the right status; an HTML page with status 404 means that Odoo did not get as far
as the database: it does not exist, or PostgreSQL is down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from backend.odoo.errors import (
    OdooAccessDenied,
    OdooDatabaseDown,
    OdooError,
    OdooNotOdoo,
    OdooUnsupported,
    OdooWrongDatabase,
)
from backend.odoo.protocol import Login, ServerVersion, is_api_key
from backend.odoo.transports.http import Answer, Http
from backend.odoo.transports.meaning import meaning
from backend.odoo.transports.naming import named, unpacked
from backend.odoo.transports.reading import JSON, NotJson, database_up, parsed, web_version
from backend.odoo.transports.xmlrpc import XmlRpc

SINCE = 19
"""The first version of Odoo that speaks it."""
_KEYS_ONLY = ("JSON-2 takes an API key (mostly 40 hexadecimal characters), not a password. Make one in Odoo under "
              "Preferences, Account Security, or set ODOO_TRANSPORT to auto or xmlrpc.")
_SHAPES: dict[str, type | tuple[type, ...]] = {
    "read": list, "search_read": list, "search": list, "search_count": int, "load": dict,
    "write": bool, "unlink": bool, "create": (int, list), "fields_get": dict, "check_object_reference": (list, tuple),
    "get_metadata": list, "default_get": dict, "context_get": dict, "has_access": bool, "check_access_rights": bool}
"""What the methods that the bridge calls answer with, whatever the question."""
_OF_A_USER = frozenset({"uid", "lang", "tz"})
"""A user's context holds at least one of these; other JSON does not."""


class Json2:
    """A transport (see `backend.odoo.protocol.Transport`)."""

    name = "json2"

    def __init__(self, http: Http) -> None:
        self.http = http

    def version(self) -> ServerVersion:
        """Raises OdooUnsupported where the server is too old for JSON-2."""
        answer = self.http.get("/web/version")
        if found := web_version(answer):
            return found
        raise self._too_old(self.http.not_odoo(answer))

    def authenticate(self, login: Login) -> int | None:
        """Whose key it is, 0 where the server does not say. JSON-2 needs no login and no id of
        the user; this proves key and database, and, where the user may be read, that the key is
        that user's, as the other transports do."""
        try:
            told = self.execute(login, 0, "res.users", "context_get", (), {})
        except OdooAccessDenied:
            if is_api_key(login.secret):
                return None
            raise OdooAccessDenied(f"Odoo refuses the key. {_KEYS_ONLY}") from None
        except (OdooNotOdoo, OdooWrongDatabase) as error:
            raise self._too_old(error) from None
        except OdooError as error:
            if error.kind != "permanent":
                raise
            return 0  # refused by Odoo itself, which asks for the key first: that one is good
        if not isinstance(told, Mapping) or not _OF_A_USER & told.keys():
            raise self.http.not_odoo(Answer(200, "something else than the user of the key", b""))
        uid = told.get("uid")
        if not isinstance(uid, int) or isinstance(uid, bool) or uid <= 0:
            return 0
        self._require_own(login, uid)
        return uid

    def execute(self, login: Login, uid: int, model: str, method: str,
                args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        body = json.dumps(named(method, args, kwargs)).encode()
        answer = self._post(login, model, method, body)
        if _no_database(answer):
            self._require_database(answer)
            # It was up again, or is wrong. The call was not carried out, so once more is safe.
            answer = self._post(login, model, method, body)
            if _no_database(answer):
                raise OdooWrongDatabase(
                    f"Odoo has no database called {login.db} for JSON-2 at {self.http.url}. Check the name "
                    "with whoever runs Odoo, and whether a proxy lets /json/2 through.", by_page=True)
        result = self._result(answer)
        if not _fits(method, result):
            raise self.http.not_odoo(answer)
        return unpacked(method, args, kwargs, result)

    def database_up(self) -> bool | None:
        return database_up(self.http)

    def close(self) -> None:
        self.http.close()

    def _post(self, login: Login, model: str, method: str, body: bytes) -> Answer:
        if login.db != login.db.strip() or not login.db.isprintable():
            raise OdooWrongDatabase(f"{login.db!r} cannot be the name of a database. Check it.")
        if not login.secret.isprintable():
            raise OdooAccessDenied(f"What is given as the key holds a line's end or the like. {_KEYS_ONLY}")
        return self.http.post(f"/json/2/{quote(model, safe='')}/{quote(method, safe='')}", body, JSON, {
            "Authorization": f"bearer {login.secret}".encode(), "X-Odoo-Database": login.db.encode()})

    def _result(self, answer: Answer) -> Any:
        told = parsed(answer) if answer.kind == "application/json" else NotJson
        if told is not NotJson and answer.status == 200:
            return told
        if isinstance(told, Mapping) and isinstance(told.get("name"), str) and "message" in told:
            raise meaning(told["name"], str(told["message"]))
        raise self.http.not_odoo(answer)

    def _require_database(self, answer: Answer) -> None:
        """Raise OdooDatabaseDown where that is why, OdooNotOdoo where nothing tells."""
        up = self.database_up()
        if up is None:
            raise self.http.not_odoo(answer)
        if not up:
            raise OdooDatabaseDown("")

    def _require_own(self, login: Login, uid: int) -> None:
        try:
            rows = self.execute(login, uid, "res.users", "read", ([uid], ["login"]), {})
        except OdooError as error:
            if error.kind != "permanent":
                raise
            return  # a user who may not read so much as himself; the key is good all the same
        owner = rows[0].get("login") if rows and isinstance(rows[0], Mapping) else None
        if owner and owner != login.username:
            raise OdooAccessDenied(f"The API key belongs to the user {owner}, not to "
                                   f"{login.username}. Give the login that the key was made with.")

    def _too_old(self, error: OdooError) -> OdooError:
        """What to say of a server that does not know JSON-2: its version, where it tells it."""
        try:
            if web_version(self.http.get("/web/version")) is not None:
                return error
            found = XmlRpc(self.http).version()
        except OdooNotOdoo:
            return error
        if found.major >= SINCE:
            return error
        return OdooUnsupported(f"This is Odoo {found.text}, and JSON-2 comes with Odoo {SINCE}. Set "
                               "ODOO_TRANSPORT to auto or xmlrpc.")


def _no_database(answer: Answer) -> bool:
    return answer.status == 404 and answer.kind != "application/json"


def _fits(method: str, result: Any) -> bool:
    """Whether it can be that method's result: there is no envelope that would tell Odoo's words
    from anything else that comes as JSON."""
    if not isinstance(result, _SHAPES.get(method, object)):
        return False
    if method == "load":
        return {"ids", "messages"} <= result.keys()
    return method != "fields_get" or all(isinstance(one, dict) for one in result.values())
