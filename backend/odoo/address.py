"""Where Odoo is: the address that people paste, made into one that calls can be sent to."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from backend.config.parsing import web_address
from backend.odoo.errors import OdooBadAddress

_PAGES = ("/web", "/odoo", "/xmlrpc", "/jsonrpc", "/json")
"""What browsers and scripts append; the address of the server ends before it."""


def normalise(url: str) -> str:
    """`url` as scheme, host, port and path, without a slash at the end.

    Query, fragment and Odoo's own pages are cut off. Raises OdooBadAddress for anything that
    is not http or https, and for an address with a password in it, which would end up in logs.
    """
    try:
        parts = urlsplit(web_address(url))
    except ValueError as fault:
        raise OdooBadAddress(f"Odoo's address {fault}. Example: https://odoo.example.com") from None
    name, port = parts.hostname or "", parts.port
    host = f"[{name}]" if ":" in name else name
    path = parts.path.rstrip("/")
    for page in _PAGES:
        if path == page or path.startswith(page + "/"):
            path = ""
    return urlunsplit((parts.scheme, host if port is None else f"{host}:{port}", path, "", ""))


def host_of(url: str | None) -> str | None:
    """The host's name alone, in lower case; None where there is none."""
    if not url:
        return None
    try:
        return urlsplit(url.strip()).hostname
    except ValueError:
        return None
