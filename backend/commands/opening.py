"""What every command starts with: the settings in force and the system they describe."""

from __future__ import annotations

import getpass
from typing import Any

from backend.attendance_system import AttendanceSystem
from backend.config import Settings, load


def settings_in_force(**overrides: Any) -> Settings:
    return load(overrides)


def open_system(**overrides: Any) -> AttendanceSystem:
    """The system on the database that the settings name; raises SettingError."""
    from backend.app import build

    return AttendanceSystem(parts=build(settings_in_force(**overrides)))


def operator() -> str:
    """Who is at the keyboard, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run a user id without a name
        return "cli"
