"""One shape for every failure: `{"success": false, "error", "code", "details"?}`.

Expected failures are FaceAttendanceError and bring their own status, code and text. What
Flask and Werkzeug raise gets a text that says what to do. Anything else is our fault: it goes
to the log with its trace, and the caller is told nothing but that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Flask, Response, current_app, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend.errors import BadInput, FaceAttendanceError

log = logging.getLogger(__name__)

_KNOWN: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address. The API is described at /api/v1/docs."),
    405: ("method_not_allowed", "This address does not take that method."),
    406: ("not_acceptable", "This address answers in another format."),
    408: ("timeout", "The request took too long to arrive. Send it again."),
    411: ("length_required", "Say how long the body is, with Content-Length."),
    413: ("too_large", "The request is too large."),
    414: ("too_large", "The address is too long."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    431: ("too_large", "The headers are too large."),
}

MOST_FIELDS = 20
"""Faults of a body that are told at once; a hostile one may have thousands."""


class InvalidFields(BadInput):
    """A body, query or path that does not fit its schema."""

    def __init__(self, problem: ValidationError) -> None:
        # include_input and include_context stay out: an input may hold a password.
        faults = problem.errors(include_url=False, include_input=False, include_context=False)
        fields = [{"field": _place(fault["loc"]), "problem": _wording(fault["msg"])}
                  for fault in faults[:MOST_FIELDS]]
        first = fields[0]
        where = f"{first['field']}: " if first["field"] else ""
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{where}{first['problem']}{more}", details={"fields": fields})


def refuse_invalid(problem: ValidationError) -> NoReturn:
    """What flask-openapi3 calls with the faults of a request."""
    raise InvalidFields(problem)


def _place(location: tuple[int | str, ...]) -> str:
    # The names of a union's branches and of validators are Pydantic's, not the caller's.
    parts = [str(part) for part in location if not str(part).startswith(("function-", "constrained-"))]
    return ".".join(parts)[:200]


def _wording(text: str) -> str:
    return text.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def failure(text: str, code: str, status: int, details: Mapping[str, Any] | None = None,
            headers: Mapping[str, str] | None = None) -> Response:
    """An answer of the one error shape."""
    body: dict[str, Any] = {"success": False, "error": text, "code": code}
    if details:
        body["details"] = dict(details)
    response = current_app.json.response(body)
    response.status_code = status
    response.headers.update(headers or {})
    return response


def expected(error: FaceAttendanceError) -> Response:
    """The answer to an expected failure."""
    if error.status >= 500:
        log.warning("%s %s: %s (%s)", request.method, _address(), error, error.code)
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    elif error.status in (429, 503):
        headers["Retry-After"] = "5"
    return failure(str(error), error.code, error.status, error.details, headers)


def from_http(error: HTTPException) -> Response:
    """The answer to what Flask or Werkzeug refused, headers such as Allow kept."""
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    status = error.code or 500
    code, text = _KNOWN.get(status, ("bad_request" if status < 500 else "internal_error",
                                     "The request cannot be answered."))
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
        text = f"This address takes {headers['Allow']}, not {request.method}."
    if status == 413:
        text = f"The request is too large: at most {request.max_content_length} bytes are taken here."
    return failure(text, code, status, headers=headers)


def unexpected(error: Exception) -> Response:
    """Our own fault: the trace goes to the log, the caller learns nothing of our insides."""
    log.exception("%s %s failed", request.method, _address(), exc_info=error)
    return failure("Something went wrong inside the server; its log says what.", "internal_error", 500)


def _address() -> str:
    """The path for the log: without a secret that stands in it."""
    if request.url_rule is not None and "secret" in (request.view_args or {}):
        return str(request.url_rule)
    return request.path


def install(app: Flask) -> None:
    """Give `app` these three handlers."""
    app.register_error_handler(FaceAttendanceError, expected)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, unexpected)
