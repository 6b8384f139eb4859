"""A process of its own that punches; run by test_concurrency as `python -m tests.store.writer`.

Arguments: data folder, database URL or "-", the person's uuid, how many punches (0: without end).
Prints the uuid of each punch once it is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID, uuid4

from backend.attendance.model import Punch
from backend.clock import system_clock
from backend.config import load
from backend.store import open_store


def main(folder: str, url: str, person: str, count: str) -> None:
    given = {"data_dir": Path(folder), "database_url": None if url == "-" else url}
    store = open_store(load(given, {}, []))
    done = 0
    while int(count) == 0 or done < int(count):
        now = system_clock()
        punch = Punch(uuid=uuid4(), person=UUID(person), at=now, received_at=now)
        with store.write() as unit:
            unit.punches.last_of(punch.person)  # reads first, as a real unit of work does
            unit.punches.insert(punch)
            unit.events.append("attendance", {"punch": str(punch.uuid)})
        print(punch.uuid, flush=True)
        done += 1
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
