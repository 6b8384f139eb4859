"""Which remembered job was done when, and who is at it: one process at a time, whoever that is.

A process takes a job by an UPDATE that touches one row, renews its lease while it works, and
notes the due time as done. Where it dies, its lease runs out and another one takes over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from backend.errors import FaceAttendanceError
from backend.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
RENEW_EVERY = 15.0
"""Seconds between two signs of life of a process that is at a job."""


class Memory:
    """One a process is enough; threads may share it."""

    def __init__(self, store: Store, owner: str | None = None) -> None:
        self._store = store
        self.owner = owner or uuid4().hex

    def last(self, name: str) -> datetime:
        """The newest due time that was acted upon; for a job never heard of, now."""
        with self._store.read() as unit:
            row = unit.scheduled_jobs.get(name)
        if row is not None and row.last_due is not None:
            return row.last_due
        with self._store.write() as unit:
            unit.scheduled_jobs.enlist(name)
            row = unit.scheduled_jobs.get(name)
        assert row is not None and row.last_due is not None
        return row.last_due

    def claim(self, name: str, seen: datetime) -> bool:
        """Take the job; False where somebody is at it, or it was done since `seen` was read."""
        with self._store.write() as unit:
            return unit.scheduled_jobs.claim(name, self.owner, seen, LEASE)

    @contextmanager
    def kept(self, name: str) -> Iterator[None]:
        """Renew the lease in the background for as long as the block takes."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(name, over), name=f"lease of {name}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _keep(self, name: str, over: threading.Event) -> None:
        while not over.wait(RENEW_EVERY):
            try:
                with self._store.write() as unit:
                    if not unit.scheduled_jobs.renew(name, self.owner, LEASE):
                        log.warning("job '%s' was taken over by another process", name)
                        return
            except FaceAttendanceError as error:
                log.warning("the lease of job '%s' could not be renewed: %s", name, error)

    def give_back(self, name: str) -> None:
        """Let go of the job; it is still to be done."""
        with self._store.write() as unit:
            unit.scheduled_jobs.give_back(name, self.owner)

    def finish(self, name: str, due: datetime, message: str | None, failed: bool = False) -> None:
        """All that was due up to `due` is done with."""
        with self._store.write() as unit:
            unit.scheduled_jobs.finish(name, self.owner, due, message, failed)
