"""The JSON-RPC wire: /jsonrpc, and the envelope that the web client's addresses share.

Every answer is HTTP 200, errors too, with the class of the exception in `data.name`. A method
without a result gives an answer with neither `result` nor `error`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .errors import class_name, traceback_text
from .hooks import Answer, DropConnection
from .replies import HTML, Reply, Request, in_json, page
from .services import Services

MIMETYPES = ("application/json", "application/json-rpc")


def answer(services: Services, request: Request) -> Reply:
    """The answer to a request to /jsonrpc."""

    def call(params: dict[str, Any]) -> Any:
        return services.dispatch(params["service"], params["method"], list(params["args"]), "jsonrpc")

    return enveloped(services, request, call)


def enveloped(services: Services, request: Request, call: Callable[[dict[str, Any]], Any]) -> Reply:
    """Unpack `params`, run `call` on them, and pack what it returns or raises."""
    if request.method != "POST" or request.mimetype not in MIMETYPES:
        return _wrong_type(services.version)
    try:
        message = json.loads(request.body)
        number = message.get("id")
    except (ValueError, AttributeError):
        return Reply(400, b"Invalid JSON data", HTML)
    try:
        result = call(dict(message.get("params") or {}))
    except (DropConnection, Answer):
        raise
    except Exception as error:
        return failed(services.version, number, error)
    return succeeded(number, result)


def succeeded(number: Any, result: Any) -> Reply:
    envelope = {"jsonrpc": "2.0", "id": number}
    return in_json(envelope if result is None else {**envelope, "result": result})


def failed(version: int, number: Any, error: Exception) -> Reply:
    """The error object; 18 and 19 differ in the code and in the order of what is in `data`."""
    described = error_object(error)
    if version == 18:
        described = {"name": described["name"], "debug": described["debug"], **described}
    code = 200 if version == 18 else 0
    return in_json(
        {
            "jsonrpc": "2.0",
            "id": number,
            "error": {"code": code, "message": "Odoo Server Error", "data": described},
        }
    )


def error_object(error: Exception) -> dict[str, Any]:
    """What Odoo tells of an exception in JSON, without an envelope."""
    return {
        "name": class_name(error),
        "message": str(error),
        "arguments": [one if isinstance(one, int) else str(one) for one in error.args],
        "context": {},
        "debug": traceback_text(error),
    }


def _wrong_type(version: int) -> Reply:
    if version == 18:
        return page(400, "400 Bad Request", "This address is called with JSON.")
    return page(415, "415 Unsupported Media Type", "Request inferred type is not compatible with type='jsonrpc'.")
