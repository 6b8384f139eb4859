"""Answers that more than one transport reads: JSON, the version, the state of the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend.odoo.protocol import ServerVersion
from backend.odoo.transports.http import Answer, Http

JSON = "application/json; charset=utf-8"
PROTOCOL = 1
"""What every Odoo says of its protocol where it is asked over RPC; JSON-2 says nothing of it."""


class NotJson:
    """Stands for a body that is no JSON: None is an answer, this is not."""


def parsed(answer: Answer) -> Any:
    """The body's value; NotJson where it is none, is cut off, or is nested beyond reason."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return NotJson


def server_version(http: Http, told: Any) -> ServerVersion:
    """The answer of `common.version`. Raises OdooNotOdoo where it is not understood."""
    found = _version(told, "server_version", "server_version_info")
    if found is None:
        raise http.not_odoo(Answer(200, "an unknown server's version", b""))
    return found


def web_version(answer: Answer) -> ServerVersion | None:
    """The answer of GET /web/version, which is there from Odoo 19; None where it is something else."""
    if answer.status != 200 or answer.kind != "application/json":
        return None
    return _version(parsed(answer), "version", "version_info")


def database_up(http: Http) -> bool | None:
    """Whether Odoo reaches its PostgreSQL; None where the server does not tell."""
    told = parsed(http.send("GET", "/web/health?db_server_status=1"))
    if isinstance(told, dict) and "db_server_status" in told:
        return bool(told["db_server_status"])
    return None


def _version(told: Any, text: str, info: str) -> ServerVersion | None:
    if not isinstance(told, Mapping):
        return None
    try:
        # Odoo Online numbers its versions "saas~18.2".
        major = int(str(told[info][0]).rpartition("~")[2].split(".")[0])
        return ServerVersion(str(told[text]), major, int(told.get("protocol_version", PROTOCOL)))
    except (KeyError, IndexError, TypeError, ValueError):
        return None
