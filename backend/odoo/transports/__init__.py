"""The protocols that Odoo speaks, and which one to take."""

from __future__ import annotations

from backend.odoo.errors import OdooUnsupported
from backend.odoo.protocol import Transport
from backend.odoo.transports.http import Http, Limits
from backend.odoo.transports.xmlrpc import XmlRpc

__all__ = ["Http", "Limits", "XmlRpc", "choose"]


def choose(name: str, http: Http) -> Transport:
    """The transport called `name`; `auto` is XML-RPC, which Odoo 18 and 19 both speak."""
    if name in ("auto", "xmlrpc"):
        return XmlRpc(http)
    raise OdooUnsupported(f"ODOO_TRANSPORT={name} is not available in this version; use auto or xmlrpc")
