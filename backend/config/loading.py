"""Reads settings: command line, environment, file, default, in that order.

A bad value stops with the setting's name, what is wrong with it and an example.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from backend.config.parsing import Unshown
from backend.config.row import Row
from backend.config.table import Settings, rows
from backend.errors import SettingError

log = logging.getLogger(__name__)

FILE_NAME = "face-attendance.yaml"


def usual_files() -> list[Path]:
    """Where a settings file is looked for; the first one found is read."""
    return [Path(FILE_NAME), Path.home() / ".config" / "face-attendance" / FILE_NAME,
            Path("/etc/face-attendance") / FILE_NAME]


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None,
         files: list[Path] | None = None) -> Settings:
    """The settings in force.

    `overrides` maps lower-case names to values from the command line; None means not given.
    Raises SettingError with one line for people.
    """
    environ = os.environ if environ is None else environ
    from_file = _read_first(usual_files() if files is None else files)
    overrides = {name: value for name, value in (overrides or {}).items() if value is not None}
    values: dict[str, Any] = {}
    known = {row.name for row in rows()}
    for row in rows():
        found = _find(row, overrides, environ, from_file)
        if found is not None:
            values[row.name.lower()] = _check(row, *found)
    _refuse_unknown(known, set(from_file), "the settings file")
    prefix = "FACE_ATTENDANCE_"
    ours = {name.removeprefix(prefix).removesuffix("_FILE") if name.removeprefix(prefix) not in known
            else name.removeprefix(prefix) for name in environ if name.startswith(prefix)}
    for name in sorted(ours - known):
        # A warning only: the same machine may run another version that knows the name.
        log.warning("%s%s is set but is not a setting%s", prefix, name, _meant(name, known))
    settings = Settings(**values)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingError("TLS_CERT and TLS_KEY go together: give both or neither")
    return settings


def _read_first(files: list[Path]) -> dict[str, Any]:
    for path in files:
        if not path.is_file():
            continue
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise SettingError(f"{path} cannot be read as YAML: {reason}") from None
        if not isinstance(content, dict):
            raise SettingError(f"{path} must hold lines such as `PORT: 5000`")
        return {str(name).upper().removeprefix("FACE_ATTENDANCE_"): value
                for name, value in content.items()}
    return {}


def _find(row: Row, overrides: Mapping[str, Any], environ: Mapping[str, str],
          from_file: Mapping[str, Any]) -> tuple[Any, str] | None:
    """The value and where it came from; None where nothing is said."""
    if row.name.lower() in overrides:
        return overrides[row.name.lower()], "the command line"
    if row.variable in environ:
        return environ[row.variable], row.variable
    if (pointer := environ.get(row.variable + "_FILE")) and row.secret:
        try:
            return Path(pointer).read_text(encoding="utf-8").strip(), row.variable + "_FILE"
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"{row.variable}_FILE cannot be read: {error}") from None
    if row.name in from_file:
        return from_file[row.name], "the settings file"
    return None


def _check(row: Row, raw: Any, source: str) -> Any:
    if row.nullable and (raw is None or raw == ""):
        return None
    try:
        value = row.parse(raw)
        if row.minimum is not None and value < row.minimum:
            raise ValueError(f"must be at least {row.minimum}")
        if row.maximum is not None and value > row.maximum:
            raise ValueError(f"must be at most {row.maximum}")
    except ValueError as error:
        shown = "" if row.secret or isinstance(error, Unshown) else f", not {str(raw)!r}"
        raise SettingError(
            f"{row.name} {error}{shown} (from {source}). Example: {row.variable}={row.example}",
            details={"setting": row.name}) from None
    return value


def _refuse_unknown(known: set[str], given: set[str], where: str) -> None:
    for name in sorted(given - known):
        raise SettingError(f"{name} in {where} is not a setting{_meant(name, known)}")


def _meant(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else "; `python -m backend settings` lists them all"
