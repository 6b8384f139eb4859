"""Settings of the whole: where things lie, who we are, which clock the site has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class GeneralSettings:
    data_dir: Path = setting(
        Path("data"), parsing.path,
        "Folder for the database, the key file, backups and models; relative to the project's root.",
        "/var/lib/face-attendance")
    database_url: str | None = setting(
        None, parsing.text,
        "Database; unset means SQLite at <DATA_DIR>/attendance.db.",
        "postgresql+psycopg://attendance@localhost/attendance", secret=True)
    database_timeout: timedelta = setting(
        timedelta(seconds=15), parsing.duration,
        "Longest wait for another process that is writing to the database.", "30 s",
        minimum=timedelta(seconds=1), maximum=timedelta(minutes=5))
    timezone: ZoneInfo | None = setting(
        None, parsing.zone, "The site's time zone; unset means the machine's.", "Europe/Brussels")
    secret_key: str | None = setting(
        None, parsing.text,
        "Master key, 64 hexadecimal characters; unset means the file <DATA_DIR>/secret.key.",
        "output of: openssl rand -hex 32", secret=True)
    secret_key_previous: str | None = setting(
        None, parsing.text, "The master key before the present one, still read.",
        "output of: openssl rand -hex 32", secret=True)
    threads: int = setting(
        0, parsing.integer, "Threads that vision may use; 0 means one for each core.", "1",
        minimum=0, maximum=256)
    log_level: str = setting(
        "info", parsing.one_of("debug", "info", "warning", "error"),
        "How much the console says.", "warning")
    log_retention_days: int = setting(
        90, parsing.integer, "Days that rows of the log are kept.", "30", minimum=1, maximum=3650)
    events_kept: int = setting(
        10_000, parsing.integer, "Newest events kept for the pages.", "50000",
        minimum=100, maximum=1_000_000)
