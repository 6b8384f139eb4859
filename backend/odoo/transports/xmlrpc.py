"""XML-RPC: `/xmlrpc/2/common` and `/xmlrpc/2/object`, which every Odoo up to 21 speaks.

A fault's code is the only part that programs may read; texts are in the user's language.
"""

from __future__ import annotations

import re
import xmlrpc.client
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers.expat import ExpatError

from backend.odoo.errors import OdooAccessDenied, OdooError, OdooForbidden, OdooRefused
from backend.odoo.protocol import Login, ServerVersion
from backend.odoo.transports.http import Http
from backend.odoo.transports.meaning import DENIED, meaning
from backend.odoo.transports.reading import database_up, server_version

_RAN_AND_RETURNED_NONE = "cannot marshal None"
_STACK = "Traceback (most recent call last):"
_RAISED = re.compile(r"((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?::\s?(.*))?")
_KINDS = ("text/xml", "application/xml")


class XmlRpc:
    """A transport (see `backend.odoo.protocol.Transport`)."""

    name = "xmlrpc"

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
        try:
            body = xmlrpc.client.dumps(params, method, allow_none=True).encode("utf-8", "xmlcharrefreplace")
        except OverflowError:
            raise OdooRefused("A number of more than 32 bits cannot be sent over XML-RPC, and Odoo has no id so "
                              "large.") from None
        answer = self.http.post(f"/xmlrpc/2/{service}", body, "text/xml")
        if answer.status != 200 or answer.kind not in _KINDS or b"<!DOCTYPE" in answer.body[:512]:
            raise self.http.not_odoo(answer)
        try:
            (result,), _ = xmlrpc.client.loads(answer.body, use_builtin_types=True)
            return result
        except xmlrpc.client.Fault as fault:
            return _judge(fault)
        except (ExpatError, xmlrpc.client.Error, ValueError, TypeError, KeyError, IndexError,
                UnicodeDecodeError, AttributeError):
            raise self.http.not_odoo(answer) from None


def _judge(fault: xmlrpc.client.Fault) -> None:
    """Raise what the fault means; return None where the method ran and had nothing to say."""
    text = str(fault.faultString)
    if fault.faultCode == 1 and _RAN_AND_RETURNED_NONE in text:
        return  # it ran and was committed, only the answer could not be written
    raise _meaning(fault.faultCode, text)


def _meaning(code: object, text: str) -> OdooError:
    if code == 2:
        return OdooRefused(text)
    if code == 3:
        return OdooAccessDenied(DENIED)
    if code == 4:
        return OdooForbidden(text)
    return meaning(*_last_raised(text))


def _last_raised(traceback: str) -> tuple[str, str]:
    """Class and words of the exception at the end of a traceback, whose stack is dropped: the
    first line after the last stack that is not indented. Words may go on over more lines."""
    lines = [line.rstrip() for line in traceback.strip().splitlines() if line.strip()]
    stacks = [place for place, line in enumerate(lines) if line == _STACK]
    after = lines[stacks[-1] + 1:] if stacks else lines[-1:]
    raised = next((place for place, line in enumerate(after) if not line[0].isspace()), len(after))
    if raised == len(after):
        return "", lines[-1] if lines else ""
    found = _RAISED.fullmatch(after[raised])
    if found is None:
        return "", " ".join(after[raised:])
    return found[1], " ".join([found[2] or "", *after[raised + 1:]]).strip()
