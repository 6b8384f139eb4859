"""The protocols that Odoo speaks, and which one to take."""

from __future__ import annotations

from backend.odoo.errors import OdooUnsupported
from backend.odoo.protocol import Login, Transport, is_api_key
from backend.odoo.transports.auto import Auto
from backend.odoo.transports.http import Http, Limits
from backend.odoo.transports.json2 import Json2
from backend.odoo.transports.jsonrpc import JsonRpc
from backend.odoo.transports.xmlrpc import XmlRpc

__all__ = ["Auto", "Http", "Json2", "JsonRpc", "Limits", "XmlRpc", "choose", "is_api_key"]

_RPC: dict[str, type[XmlRpc] | type[JsonRpc]] = {"xmlrpc": XmlRpc, "jsonrpc": JsonRpc}


def choose(name: str, http: Http, login: Login) -> Transport:
    """The transport called `name`; nothing is sent.

    `auto` is XML-RPC for a password. With an API key it asks the server, and takes JSON-2 where
    that is Odoo 19 or newer. What a name names is taken whatever the secret looks like: Odoo
    says whether it will do. Raises OdooUnsupported for a name that is none.
    """
    if name in _RPC:
        return _RPC[name](http)
    if name == "auto":
        return Auto(http) if login.is_key else XmlRpc(http)
    if name == "json2":
        return Json2(http)
    raise OdooUnsupported(f"ODOO_TRANSPORT={name} is not known; use auto, xmlrpc, jsonrpc or json2")
