"""The transport that asks the server which one to take: JSON-2 where it is spoken, else XML-RPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.odoo.errors import OdooAccessDenied, OdooNotOdoo, OdooUnsupported, OdooWrongDatabase
from backend.odoo.protocol import Login, ServerVersion, Transport, is_api_key
from backend.odoo.transports.http import Http
from backend.odoo.transports.json2 import SINCE, Json2
from backend.odoo.transports.reading import web_version
from backend.odoo.transports.xmlrpc import XmlRpc


class Auto:
    """For an API key; with a password it would always be XML-RPC. One GET before the first
    call, and the answer is kept; `name` is the choice, "auto" before it is made."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self._chosen: Transport | None = None

    @property
    def name(self) -> str:
        return "auto" if self._chosen is None else self._chosen.name

    def version(self) -> ServerVersion:
        if self._chosen is None and (found := self._choose()) is not None:
            return found
        return self._transport().version()

    def authenticate(self, login: Login) -> int | None:
        """As the transport taken does. Where JSON-2 is spoken but does not come through, as
        behind a proxy that lets only known addresses pass, or what was given as a key does not
        look like one and is the password, XML-RPC is taken."""
        chosen = self._transport()
        if not isinstance(chosen, Json2):
            return chosen.authenticate(login)
        try:
            return chosen.authenticate(login)
        except (OdooNotOdoo, OdooWrongDatabase, OdooUnsupported, OdooAccessDenied) as error:
            if isinstance(error, OdooAccessDenied) and is_api_key(login.secret):
                raise  # a key that is somebody else's is no password
            other = XmlRpc(self.http)
            uid = other.authenticate(login)
        if uid is not None:
            self._chosen = other
        return uid

    def execute(self, login: Login, uid: int, model: str, method: str,
                args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self._transport().execute(login, uid, model, method, args, kwargs)

    def database_up(self) -> bool | None:
        return self._transport().database_up()

    def close(self) -> None:
        self.http.close()

    def _transport(self) -> Transport:
        if self._chosen is None:
            self._choose()
        return self._chosen or XmlRpc(self.http)

    def _choose(self) -> ServerVersion | None:
        """Ask what the server is, and choose; None below Odoo 19, which has no such page."""
        try:
            answer = self.http.send("GET", "/web/version")
            # Odoo before 19 may fail at showing its page for what is not found.
            found = None if answer.status == 500 else web_version(self.http.unless_busy(answer))
        except OdooNotOdoo:  # a redirect, which the next call will name
            found = None
        self._chosen = Json2(self.http) if found and found.major >= SINCE else XmlRpc(self.http)
        return found
