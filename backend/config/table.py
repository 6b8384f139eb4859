"""The whole table: one frozen object with an attribute a setting, and its rows for the docs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backend.config.attendance import AttendanceSettings
from backend.config.general import GeneralSettings
from backend.config.learning import LearningSettings
from backend.config.odoo import OdooSettings
from backend.config.parsing import PROJECT_ROOT
from backend.config.row import Row
from backend.config.vision import VisionSettings
from backend.config.web import WebSettings


@dataclass(frozen=True, kw_only=True)
class Settings(GeneralSettings, AttendanceSettings, VisionSettings, LearningSettings, WebSettings, OdooSettings):
    """Every setting, typed. Build it with `backend.config.load`; change a copy with `but`."""

    def but(self, **changes: Any) -> Settings:
        """A copy with other values, as the command line and tests need."""
        return replace(self, **changes)

    @property
    def data_path(self) -> Path:
        """`DATA_DIR` as an absolute path."""
        return (PROJECT_ROOT / self.data_dir).resolve()

    @property
    def database(self) -> str:
        """The database's URL with an absolute path where it is SQLite."""
        if self.database_url is None:
            return f"sqlite:///{self.data_path / 'attendance.db'}"
        prefix = "sqlite:///"
        if self.database_url.startswith(prefix):
            return prefix + str((PROJECT_ROOT / self.database_url[len(prefix):]).resolve())
        return self.database_url

    @property
    def site_zone(self) -> ZoneInfo:
        """The site's zone: the setting, else the machine's, else UTC."""
        if self.timezone is not None:
            return self.timezone
        import tzlocal

        try:
            return ZoneInfo(tzlocal.get_localzone_name())
        except Exception:  # a machine with an odd /etc/localtime still has to run
            return ZoneInfo("UTC")


def rows() -> Iterator[Row]:
    """Each setting's row, in the order of the table."""
    for item in fields(Settings):
        yield item.metadata["row"](item.name)
