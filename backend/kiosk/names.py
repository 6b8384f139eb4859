"""Who is called what: looked up once a person, and again when the gallery has changed."""

from __future__ import annotations

import logging
from uuid import UUID

from backend.errors import FaceAttendanceError
from backend.store import Store

log = logging.getLogger(__name__)


class Names:
    """For one thread. A name that cannot be read now is asked for again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version: int | None = None
        self._names: dict[UUID, str] = {}

    def at_version(self, version: int) -> None:
        """Forget the names of another gallery version: people are renamed and erased."""
        if version != self._version:
            self._version = version
            self._names.clear()

    def of(self, person: UUID) -> str:
        """The person's name; empty for somebody who is not there any more."""
        if person not in self._names:
            try:
                with self._store.read() as unit:
                    found = unit.people.get(person)
            except FaceAttendanceError as error:
                log.debug("a name cannot be read: %s", error)
                return ""
            self._names[person] = found.name if found else ""
        return self._names[person]
