"""The protocols that Odoo speaks, and which one to take."""

from __future__ import annotations

import re

from backend.odoo.errors import OdooUnsupported
from backend.odoo.protocol import Login, Transport
from backend.odoo.transports.auto import Auto
from backend.odoo.transports.http import Http, Limits
from backend.odoo.transports.json2 import Json2
from backend.odoo.transports.jsonrpc import JsonRpc
from backend.odoo.transports.xmlrpc import XmlRpc

__all__ = ["Auto", "Http", "Json2", "JsonRpc", "Limits", "XmlRpc", "choose", "is_api_key"]

_API_KEY = re.compile(r"[0-9a-f]{40}")
_RPC: dict[str, type[XmlRpc] | type[JsonRpc]] = {"xmlrpc": XmlRpc, "jsonrpc": JsonRpc}


def is_api_key(secret: str) -> bool:
    """Odoo's API keys are 40 hexadecimal characters."""
    return _API_KEY.fullmatch(secret) is not None


def choose(name: str, http: Http, login: Login) -> Transport:
    """The transport called `name`; nothing is sent.

    `auto` is XML-RPC for a password. With an API key it asks the server, and takes JSON-2 where
    that is Odoo 19 or newer. Raises OdooUnsupported for JSON-2 with a password, and for a name
    that is none.
    """
    if name in _RPC:
        return _RPC[name](http)
    if name == "auto":
        return Auto(http) if is_api_key(login.secret) else XmlRpc(http)
    if name == "json2":
        if not is_api_key(login.secret):
            raise OdooUnsupported(
                "JSON-2 takes an API key (40 hexadecimal characters), not a password. Make one in Odoo under "
                "Preferences, Account Security, or set ODOO_TRANSPORT to auto or xmlrpc.")
        return Json2(http)
    raise OdooUnsupported(f"ODOO_TRANSPORT={name} is not known; use auto, xmlrpc, jsonrpc or json2")
