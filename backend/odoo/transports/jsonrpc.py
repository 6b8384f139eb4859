"""JSON-RPC: `/jsonrpc`, the same services as XML-RPC, with the class of each error in its answer.

A method that returns nothing is answered with neither a result nor an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backend.odoo.protocol import Login, ServerVersion
from backend.odoo.transports.http import Http
from backend.odoo.transports.meaning import meaning
from backend.odoo.transports.reading import JSON, database_up, parsed, server_version

_KINDS = ("application/json",)


class JsonRpc:
    """A transport (see `backend.odoo.protocol.Transport`)."""

    name = "jsonrpc"

    def __init__(self, http: Http) -> None:
        self.http = http

    def version(self) -> ServerVersion:
        return server_version(self.http, self._call("common", "version", ()))

    def authenticate(self, login: Login) -> int | None:
        uid = self._call("common", "authenticate", (login.db, login.username, login.secret, {}))
        return uid if isinstance(uid, int) and uid else None

    def execute(self, login: Login, uid: int, model: str, method: str,
                args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self._call("object", "execute_kw",
                          (login.db, uid, login.secret, model, method, list(args), dict(kwargs)))

    def database_up(self) -> bool | None:
        return database_up(self.http)

    def close(self) -> None:
        self.http.close()

    def _call(self, service: str, method: str, params: tuple[Any, ...]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "id": 1,
                "params": {"service": service, "method": method, "args": params}}
        answer = self.http.post("/jsonrpc", json.dumps(body).encode(), JSON)
        told = parsed(answer) if answer.status == 200 and answer.kind in _KINDS else None
        if not isinstance(told, dict) or "jsonrpc" not in told:
            raise self.http.not_odoo(answer)
        error = told.get("error")
        if error is None:
            return told.get("result")
        data = error.get("data") if isinstance(error, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise self.http.not_odoo(answer)
        raise meaning(data["name"], str(data.get("message") or ""))
