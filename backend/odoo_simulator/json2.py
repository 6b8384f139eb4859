"""The JSON-2 wire of version 19: POST /json/2/<model>/<method> with an API key as bearer token.

The body's keys are the method's arguments by name; `ids` are the records and `context` the
context. The answer is the bare result, an error object with a telling HTTP status, or an HTML
page where the request never got as far as a database.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from . import model
from .errors import AccessError, MissingError, OperationalError, UserError
from .hooks import Answer, Call, DropConnection
from .jsonrpc import error_object
from .replies import Reply, Request, in_json, page
from .services import Services

NO_DATABASE = b"""<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
"""
STATUSES: tuple[tuple[type[Exception], int], ...] = ((AccessError, 403), (MissingError, 404), (UserError, 422))


class HttpError(Exception):
    """A refusal with a status of its own, under werkzeug's class names."""

    TITLES = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity"}

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, status)
        self.status = status
        self.message = message

    @property
    def odoo_name(self) -> str:
        return f"werkzeug.exceptions.{self.TITLES[self.status].replace(' ', '')}"

    def __str__(self) -> str:
        return f"{self.status} {self.TITLES[self.status]}: {self.message}"


def answer(services: Services, request: Request) -> Reply:
    """The answer to a request below /json/2/."""
    try:
        return in_json(_called(services, request))
    except (DropConnection, Answer):
        raise
    except NoDatabase:
        return Reply(404, NO_DATABASE)
    except HttpError as error:
        described = {**error_object(error), "message": error.message}
        headers = {"WWW-Authenticate": "Bearer "} if error.status == 401 else {}
        return in_json(described, error.status, headers=headers)
    except WrongType:
        return page(415, "415 Unsupported Media Type", "Request inferred type is not compatible with type='json2'.")
    except Exception as error:
        status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
        return in_json(error_object(error), status)


class WrongType(Exception):
    """The body is of another content type."""


class NoDatabase(Exception):
    """The request got no database: there is none of that name, or PostgreSQL cannot be reached."""


def _called(services: Services, request: Request) -> Any:
    parts = request.path.strip("/").split("/")
    if request.method != "POST" or len(parts) != 4:
        raise HttpError(404, "The requested URL was not found on the server.")
    body, arguments = _unpacked(request.body)
    key = _bearer(request)
    called = services.recorded("object", "execute_kw", "json2", **_details(services, parts[2:], key, arguments))
    services.hooks.run_before(called)
    try:
        services.check_database(request.headers.get("X-Odoo-Database") or services.database_name)
    except OperationalError as error:
        raise NoDatabase from error
    if request.mimetype != "application/json":
        raise WrongType
    if key is None:
        raise HttpError(401, "User not authenticated, use an API Key with a Bearer Authorization header.")
    uid = services.accounts.owner(key)
    if uid is None or not services.database.tables["res.users"][uid]["active"]:
        raise HttpError(401, "Invalid apikey")
    if isinstance(body, ValueError):
        raise HttpError(400, f"could not parse the body as json: {body}")
    result = _run(services, called, uid, arguments)
    services.hooks.run_after(called)
    return result


def _unpacked(body: bytes) -> tuple[Any, dict[str, Any]]:
    """The body, or why it is none, and its arguments: none where it is not an object."""
    try:
        content = json.loads(body) if body else {}
    except ValueError as error:
        return error, {}
    return content, content if isinstance(content, dict) else {}


def _bearer(request: Request) -> str | None:
    matched = re.match(r"bearer\s+(.+)$", request.headers.get("Authorization") or "", re.IGNORECASE)
    return matched.group(1) if matched else None


def _details(services: Services, where: list[str], key: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a test wants to see of the call: its positional arguments as other wires would carry them."""
    model_name, method = where
    kwargs = dict(arguments)
    args = [_ids(kwargs.pop("ids"))] if "ids" in kwargs else []
    function = model.public_method(services.registry.get(model_name), method)
    for name in model.required_arguments(function) if function else ():
        if name not in kwargs:
            break
        args.append(kwargs.pop(name))
    return {
        "uid": services.accounts.owner(key) if key else None,
        "model": model_name,
        "model_method": method,
        "args": args,
        "kwargs": kwargs,
    }


def _ids(given: Any) -> list[Any]:
    return [given] if isinstance(given, int) else list(given or [])


def _run(services: Services, called: Call, uid: int, arguments: dict[str, Any]) -> Any:
    arguments = dict(arguments)
    ids = _ids(arguments.pop("ids", ()))
    context = arguments.pop("context", None) or {}
    kind = services.registry.get(str(called.model))
    if kind is None:
        raise HttpError(404, f"the model {called.model!r} does not exist")
    method = str(called.model_method)
    if method.startswith("_"):
        raise model.private(str(called.model), method)
    function = model.public_method(kind, method)
    if function is None:
        raise HttpError(404, f"The method '{called.model}.{method}' does not exist")
    of_records = function.rpc == "records"
    if ids and not of_records:
        raise HttpError(422, f"cannot call {called.model}.{method} with ids")
    _check_arguments(function, method, [ids] if of_records else [], arguments)
    result = services.run(called, uid, context, [ids] if of_records else [], arguments)
    # A single record that was created is a set of records all the same.
    return [result] if method == "create" and isinstance(result, int) else result


def _check_arguments(function: Any, method: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Refuse what the method cannot be called with; search_read hands unknown names on to read."""
    signature = inspect.signature(function)
    if method == "search_read":
        unknown = sorted(set(kwargs) - set(signature.parameters))
        if unknown:
            raise TypeError(f"BaseModel.read() got an unexpected keyword argument '{unknown[0]}'")
    try:
        signature.bind(None, *args, **kwargs)
    except TypeError as error:
        raise HttpError(422, str(error)) from None
