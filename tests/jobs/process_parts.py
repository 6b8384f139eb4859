"""A jobs process of its own: `python -m tests.jobs.process_parts FOLDER URL FILE TIMES`.

A job due at every full second appends the time to FILE; ends when that has TIMES lines. URL "-"
is SQLite in FOLDER.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import load
from backend.jobs.job import Job
from backend.jobs.runner import Runner
from backend.jobs.times import Cron


def main(folder: str, url: str, file: str, times: str) -> None:
    settings = load({"data_dir": Path(folder), "database_url": None if url == "-" else url, "timezone": "UTC"}, {}, [])
    system = AttendanceSystem(parts=build(settings))
    runs = Path(file)

    def work(_: AttendanceSystem) -> None:
        with runs.open("a") as out:
            out.write(f"{system.clock().isoformat()}\n")

    runner = Runner(system, [Job("each second", Cron("* * * * * *", settings.site_zone), work, remembered=True)])
    while not runs.exists() or len(runs.read_text().split()) < int(times):
        runner.run_due()
        time.sleep(0.02)
    system.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
