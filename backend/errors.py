"""The root of every error that a person or a program outside may see.

Each room defines its own small tree below `FaceAttendanceError`, with a machine-readable
`code` and the HTTP status that the web room answers with. The text is written once, here or
in the room, for the person who has to do something about it.
"""

from __future__ import annotations

from typing import Any


class FaceAttendanceError(Exception):
    """An expected failure: `str(error)` is one line for people, `code` is for programs."""

    code = "error"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None,
                 details: dict[str, Any] | None = None, retry_after: int | None = None) -> None:
        """`details` is JSON-ready and holds no secret; `retry_after` is in seconds."""
        super().__init__(message)
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.details = details or {}
        self.retry_after = retry_after


class BadInput(FaceAttendanceError):
    """What was sent cannot be used as it is; the text says how to mend it."""

    code = "bad_input"
    status = 422


class NotFound(FaceAttendanceError):
    code = "not_found"
    status = 404


class Conflict(FaceAttendanceError):
    """What is asked for contradicts what is there."""

    code = "conflict"
    status = 409


class Busy(FaceAttendanceError):
    """A bounded queue is full: try again after `retry_after` seconds."""

    code = "busy"
    status = 503


class SettingError(FaceAttendanceError):
    """A setting has a bad value, or the place where the program runs is not fit for it."""

    code = "bad_setting"
    status = 500
