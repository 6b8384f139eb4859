"""Reads JSON bodies strictly: what is odd is refused before any code of ours sees it."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from backend.errors import FaceAttendanceError

MAX_DEPTH = 16
"""Levels of nesting that a body may have; ours have four."""

MAX_VALUES = 50_000
"""Values that a body may hold: a long list of empty ones takes fifty times its size in memory."""

LARGEST_INTEGER = 2**53 - 1
"""What JSON can carry between all programs without losing a digit."""


class BadJson(FaceAttendanceError):
    """The body is not JSON that we take."""

    code = "bad_json"
    status = 400


class WrongMediaType(FaceAttendanceError):
    code = "unsupported_media_type"
    status = 415


class StrictRequest(Request):
    """Flask's request with a JSON reader that knows no silence, no NaN and no depth without end."""

    max_form_parts = 64
    max_form_memory_size = None  # MAX_CONTENT_LENGTH bounds it; a base64 picture is long

    def get_data(self, *how: Any, **more: Any) -> Any:
        """The body; raises RequestEntityTooLarge for one without a length that goes on too long."""
        data = super().get_data(*how, **more)
        most = self.max_content_length
        # Werkzeug cuts such a body off at the limit and says nothing.
        if self.content_length is None and most is not None and len(data) >= most:
            raise RequestEntityTooLarge
        return data

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON; an empty body is `{}`. Raises BadJson or WrongMediaType."""
        if not hasattr(self, "_strict_json"):
            self._strict_json = self._read_json()
        return self._strict_json

    def _read_json(self) -> Any:
        if not self.is_json and self.mimetype:
            raise WrongMediaType(f"Send the body as application/json, not {self.mimetype[:60]}.")
        data = self.get_data(cache=True)
        if not data.strip():
            return {}
        if not self.is_json:
            raise WrongMediaType("Say that the body is JSON: Content-Type: application/json.")
        return parse(data)


def parse(data: bytes) -> Any:
    """`data` as JSON; raises BadJson with what is wrong and where."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise BadJson(f"The body holds more than {MAX_VALUES} values.")
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant,
                             object_pairs_hook=_refuse_twins)
    except UnicodeDecodeError:
        raise BadJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"The body is not JSON: {error.msg} at line {error.lineno}, "
                      f"column {error.colno}.") from None
    except RecursionError:
        raise BadJson(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:  # Python's own limit on the digits of an integer
        raise BadJson("The body holds a number that is too long.") from None
    _look_through(content)
    if not isinstance(content, dict | list):
        raise BadJson("The body must be a JSON object.")
    return content


def _refuse_constant(name: str) -> None:
    raise BadJson(f"The body holds {name}, which is not JSON.")


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        # Other programs may take the other one of the two: nobody knows which was meant.
        raise BadJson("The body names a field twice.")
    return content


def _look_through(content: Any) -> None:
    """Refuse depth, numbers and texts that other parts of the program could stumble over."""
    waiting = [(content, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise BadJson(f"The body is nested deeper than {MAX_DEPTH} levels.")
            inside = value if isinstance(value, list) else [*value.keys(), *value.values()]
            waiting.extend((item, depth + 1) for item in inside)
        elif isinstance(value, str):
            _refuse_odd_text(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            _refuse_odd_number(value)


def _refuse_odd_text(text: str) -> None:
    if "\x00" in text:
        raise BadJson("The body holds a zero character in a text.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise BadJson("The body holds half a character (a lone surrogate) in a text.") from None


def _refuse_odd_number(number: int | float) -> None:
    if isinstance(number, float) and not isfinite(number):
        raise BadJson("The body holds a number that is too large.")
    if isinstance(number, int) and abs(number) > LARGEST_INTEGER:
        raise BadJson("The body holds an integer that is too large.")
