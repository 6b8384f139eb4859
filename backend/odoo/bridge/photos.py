"""Photos of employees become faces, through the same gate as any upload.

Only active people without a face are looked at, and only those who have agreed, where consent
is required. Nothing that stands in the way is overridden; it is reported with the person.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from backend.errors import Busy, FaceAttendanceError
from backend.odoo import employees
from backend.odoo.connector import OdooConnector
from backend.odoo.photos import FIELD, TINY, photo
from backend.store import Store
from backend.store.records import Person

Enroll = Callable[[Person, bytes], None]
"""Takes a picture file as the person's face, or raises FaceAttendanceError with the reason."""
_PAGE = 200
_TRIES = 5
"""Of one picture, while whoever reads pictures is busy with others."""


class Photos:
    """One run. `alive` is called after each person, and may raise to end the run."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, enroll: Enroll, *,
                 require_consent: bool, dry_run: bool = False, alive: Callable[[], None] = lambda: None,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self._connector = connector
        self._store = store
        self._connection_id = connection_id
        self._enroll = enroll
        self._require_consent = require_consent
        self._dry_run = dry_run
        self._alive = alive
        self._sleep = sleep
        self._enrolled = 0
        self._skipped: list[dict[str, str]] = []

    def run(self) -> dict[str, Any]:
        """`{enrolled, skipped: [{person_id, name, reason}]}`; a reason is a code, as an upload's.
        A dry run looks at no photo. Raises OdooError, and Busy where nobody reads pictures."""
        above = 0
        shown = FIELD in self._connector.fields.of(employees.MODEL)
        while page := self._page(above):
            for person in page:
                reason = self._take(person) if shown else "no_photo"
                if reason is not None:
                    self._skipped.append({"person_id": person.person_id, "name": person.name, "reason": reason})
                self._alive()
            above = page[-1].odoo_id or 0
        return self.report()

    def report(self) -> dict[str, Any]:
        """As far as the run has come."""
        return {"enrolled": self._enrolled, "skipped": self._skipped}

    def _page(self, above: int) -> list[Person]:
        with self._store.read() as unit:
            return unit.people.without_face(self._connection_id, above, _PAGE)

    def _take(self, person: Person) -> str | None:
        """Why there is no face of the person now; None where there is one."""
        if self._require_consent and not person.consent:
            return "consent_required"
        if self._dry_run:
            return None
        data = photo(self._connector.client, person.odoo_id or 0)
        if data is None:
            return "no_photo"
        if len(data) < TINY:
            return "too_small"
        try:
            self._patiently(person, data)
        except Busy:
            raise
        except FaceAttendanceError as error:
            return error.code
        self._enrolled += 1
        return None

    def _patiently(self, person: Person, data: bytes) -> None:
        for left in range(_TRIES - 1, -1, -1):
            try:
                return self._enroll(person, data)
            except Busy as error:
                if not left:
                    raise
                self._sleep(1.0 if error.retry_after is None else error.retry_after)
                self._alive()
