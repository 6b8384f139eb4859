"""Turns what a person writes ("5 min", "0.1 %", "true") into typed values, or says why not.

Every parser takes text or an already typed value and raises ValueError with a phrase that
completes the sentence "NAME … ".
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `backend/`; relative paths are taken from here."""

_UNITS = {
    "ms": 0.001, "s": 1, "sec": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?[^/?#]*", re.IGNORECASE)


class Unshown(ValueError):
    """The fault of a value that may hold a password, so that it must not be repeated."""


def text(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise ValueError("must be text")
    return str(value).strip()


def integer(value: object) -> int:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    try:
        return int(str(value).strip().replace("_", ""))
    except ValueError:
        raise ValueError("must be a whole number") from None


def number(value: object) -> float:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    try:
        parsed = float(str(value).strip())
    except ValueError:
        raise ValueError("must be a number") from None
    if parsed != parsed or parsed in (float("inf"), float("-inf")):
        raise ValueError("must be a finite number")
    return parsed


def share(value: object) -> float:
    """A share of one: "0.1 %" and "0.001" are the same."""
    raw = str(value).strip()
    try:
        return number(raw[:-1]) / 100 if raw.endswith("%") else number(raw)
    except ValueError:
        raise ValueError("must be a share such as 0.1 % or 0.001") from None


def metres(value: object) -> float:
    """A distance in metres: "3 m", "250 cm" or "2.5"."""
    raw = str(value).strip().lower()
    try:
        if raw.endswith("cm"):
            return number(raw[:-2]) / 100
        return number(raw.removesuffix("m"))
    except ValueError:
        raise ValueError("must be a distance such as 3 m or 250 cm") from None


def degrees(value: object) -> float:
    """An angle in degrees: "60" or "60°"."""
    try:
        return number(str(value).strip().removesuffix("°"))
    except ValueError:
        raise ValueError("must be an angle in degrees, such as 60") from None


def boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ValueError("must be true or false")


def duration(value: object) -> timedelta:
    """A length of time: a number and a unit (ms, s, min, h, d); a bare number is seconds."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(str(value).strip())
    unit = (match[2].lower() or "s") if match else ""
    if match is None or unit not in _UNITS:
        raise ValueError("must be a length of time with a unit (ms, s, min, h or d)")
    return timedelta(seconds=float(match[1]) * _UNITS[unit])


def day(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("must be a day written YYYY-MM-DD") from None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # which looks into some hundred files


def zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    name = str(value).strip()
    if name not in _zones():
        raise ValueError(f"is not a known time zone: {name!r}")
    return ZoneInfo(name)


def path(value: object) -> Path:
    raw = str(value).strip()
    if not raw:
        raise ValueError("must be a path")
    return Path(raw).expanduser()


def certificates(value: object) -> Path:
    """The path of a file of PEM certificates."""
    file = path(value)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=PROJECT_ROOT / file)
    except ssl.SSLError:
        raise ValueError("must be a file of PEM certificates") from None
    except OSError as error:
        raise ValueError(f"must be a file of PEM certificates that can be read ({error.strerror})") from None
    return file


def web_address(value: object) -> str:
    """An address of http or https as it is written, without user or password, which would end up in logs."""
    raw = text(value)
    fault = Unshown if "@" in raw else ValueError
    authority = _AUTHORITY.match(raw)
    if authority and "@" in authority[0]:
        raise fault("must not hold a user or password; give them by themselves")
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError:
        raise fault("must be an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise fault("must begin with http:// or https://")
    return raw


def words(value: object) -> tuple[str, ...]:
    """A list: YAML's own, or text with commas between."""
    if isinstance(value, list | tuple):
        return tuple(text(item) for item in value)
    return tuple(part.strip() for part in str(value).split(",") if part.strip())


def integers(value: object) -> tuple[int, ...]:
    """A list of whole numbers, written as `words` are."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return tuple(integer(word) for word in words(value))


def one_of(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        # YAML reads a bare `off` or `on` as a boolean.
        word = {"False": "off", "True": "on"}.get(str(value), str(value)).strip().lower()
        if word not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return word

    return parse


def cron(value: object) -> str:
    """A cron line of five fields, or of six with seconds first; or "off"."""
    # YAML reads a bare `off` as a boolean.
    line = "off" if value is False else " ".join(str(value).split())
    if line.lower() == "off":
        return "off"
    try:
        next(CronSim(line[:200], datetime(2026, 1, 1, tzinfo=UTC)))
    except StopIteration:
        raise ValueError("must be a time that comes") from None
    except CronSimError as error:
        fault = str(error)
        raise ValueError("must be a cron line (minute, hour, day of month, month, day of week; seconds may "
                         f"stand first) or off: {fault[:1].lower()}{fault[1:]}") from None
    return line


def as_written(value: object) -> str:
    """A typed value as a person would write it, the other way round: "5 min", "true", "0,rtsp://…"."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
            if seconds >= size and seconds % size == 0:
                return f"{seconds / size:.0f} {unit}"
        return f"{seconds * 1000:.0f} ms"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
