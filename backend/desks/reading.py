"""What outsiders wrote, made into typed values, or refused with a line that says how to mend it."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

from backend.attendance import Direction, Source
from backend.errors import BadInput


def read_direction(text: str) -> Direction:
    """Raises 422 bad_direction."""
    try:
        return Direction(text)
    except ValueError:
        raise BadInput("direction must be auto, in or out", code="bad_direction") from None


def read_source(text: str) -> Source:
    """Raises 422 bad_source; corrections have a way of their own."""
    if text not in ("face", "pin", "badge", "manual", "import"):
        raise BadInput("source must be face, pin, badge, manual or import", code="bad_source")
    return Source(text)


def read_uuid(text: UUID | str) -> UUID:
    """Raises 422 bad_uuid."""
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise BadInput("uuid must be a UUID such as 0b8e6f6a-3c1d-4a57-9d0e-5a1f7c2b9e10",
                       code="bad_uuid") from None


def new_uuid() -> UUID:
    """A UUID that sorts by the time of its making (version 7, RFC 9562), finer than a millisecond.

    Punches of one second are read in the order of their uuids: made in the transaction that
    keeps the punch, they are read in the order in which they came.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(secrets.token_bytes(8)) & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)


def read_text(value: object, name: str, most: int, *, required: bool = False) -> str | None:
    """Trimmed text of at most `most` characters; None for None and for nothing.

    Raises 422 `bad_<name>`; control characters are refused, they only serve to deceive.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        if required:
            raise BadInput(f"{name} is missing", code=f"bad_{name}")
        return None
    if not isinstance(value, str):
        raise BadInput(f"{name} must be text", code=f"bad_{name}")
    text = value.strip()
    if len(text) > most:
        raise BadInput(f"{name} is longer than {most} characters", code=f"bad_{name}")
    if any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in text):
        raise BadInput(f"{name} holds control characters", code=f"bad_{name}")
    return text
