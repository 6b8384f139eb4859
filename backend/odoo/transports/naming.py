"""JSON-2 takes arguments by name only. Here are the names of those that RPC gives by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.odoo.errors import OdooUnsupported

_OF_MODELS: dict[str, tuple[str, ...]] = {
    "load": ("fields", "data"),
    "create": ("vals_list",),
    "search": ("domain", "offset", "limit", "order"),
    "search_count": ("domain", "limit"),
    "search_read": ("domain", "fields", "offset", "limit", "order"),
    "fields_get": ("allfields", "attributes"),
    "check_access_rights": ("operation", "raise_exception"),
    "check_object_reference": ("module", "xml_id", "raise_on_access_error"),
    "context_get": (),
}
"""Methods of a whole model: record ids do not belong there, and Odoo refuses them."""

_OF_RECORDS: dict[str, tuple[str, ...]] = {
    "read": ("fields", "load"),
    "write": ("vals",),
    "unlink": (),
    "has_access": ("operation",),
    "check_access": ("operation",),
    "get_metadata": (),
    "get_external_id": (),
    "action_archive": (),
    "action_unarchive": (),
}
"""Methods of records: the ids come first."""


def named(method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a JSON-2 call; `context` stays the key that it is.

    Raises OdooUnsupported for arguments by position of a method that is not known here.
    """
    if not args:
        return dict(kwargs)
    if method in _OF_RECORDS:
        names: tuple[str, ...] = ("ids", *_OF_RECORDS[method])
    elif method in _OF_MODELS:
        names = _OF_MODELS[method]
    else:
        raise OdooUnsupported(f"JSON-2 takes arguments by name only: give those of {method} so, or take "
                              "ODOO_TRANSPORT=xmlrpc")
    if len(args) > len(names) or set(names[:len(args)]) & set(kwargs):
        raise OdooUnsupported(f"{method} takes {', '.join(names) or 'no arguments'} over JSON-2")
    body = {**dict(zip(names, args, strict=False)), **kwargs}
    if isinstance(body.get("ids"), int):
        body["ids"] = [body["ids"]]
    return body


def unpacked(method: str, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> Any:
    """`result` as RPC gives it: one id where one record was created, not a list of it."""
    if method == "create" and isinstance(result, list) and len(result) == 1:
        given = args[0] if args else kwargs.get("vals_list")
        if isinstance(given, Mapping):
            return result[0]
    return result
