"""What a pull does here, beside people: their photos and PINs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from backend.desks.connection import Connection
from backend.desks.faces import FacesDesk
from backend.desks.odoo_runs import Turn, within_time
from backend.desks.pins import Pins
from backend.errors import Busy
from backend.odoo.bridge.photos import Photos
from backend.odoo.bridge.pull import Pull
from backend.odoo.errors import OdooOutOfTime

if TYPE_CHECKING:
    from backend.store.records import Person
    from backend.vision.results import PictureReading

BY = "Odoo"
"""Who enrols a photo, for the log."""


class Pictures(Protocol):
    """Reads pictures: the vision service, or this process."""

    def read(self, data: bytes) -> PictureReading: ...


class Pulling:
    """The pull of one run, with the settings in force."""

    def __init__(self, turn: Turn, connection: Connection) -> None:
        self._turn = turn
        self._parts = turn.parts
        self._which = connection

    def run(self, *, limit: int | None, full: bool, force: bool, dry_run: bool, with_photos: bool,
            pictures: Pictures | None) -> dict[str, Any]:
        pull = self._pull(dry_run)
        if self._turn.beside == "pull":
            return within_time(pull.beside_another, pull.so_far)
        result = within_time(lambda: pull.run(limit, full, force), pull.so_far)
        if with_photos and not result.get("unfinished"):
            result |= self._photos(dry_run, pictures, result)
        return result

    def only(self, odoo_ids: Sequence[int]) -> dict[str, Any]:
        return self._pull(dry_run=False).only(odoo_ids)

    def _pull(self, dry_run: bool) -> Pull:
        settings = self._parts.settings
        return Pull(self._turn.odoo, self._parts.store, self._which.id, dry_run=dry_run, alive=self._turn.alive,
                    overlap=settings.odoo_pull_overlap, sweep_limit=settings.odoo_sweep_limit,
                    pins=Pins(self._parts) if settings.odoo_pull_pins else None)

    def _photos(self, dry_run: bool, pictures: Pictures | None, result: dict[str, Any]) -> dict[str, Any]:
        desk, reader = FacesDesk(self._parts), pictures or self._own_pictures(dry_run)

        def enroll(person: Person, data: bytes) -> None:
            desk.enroll(person.person_id, [reader.read(data)], by=BY, source="odoo")

        photos = Photos(self._turn.odoo, self._parts.store, self._which.id, enroll, alive=self._turn.alive,
                        dry_run=dry_run, require_consent=self._parts.settings.require_consent)
        try:
            report = photos.run()
        except (Busy, OdooOutOfTime) as error:
            return {"success": False, "errors": [*result["errors"], f"The photos were not read to the end: {error}"],
                    "message": f"{result['message']}. The photos were not read to the end", "photos": photos.report()}
        said = f"{report['enrolled']} faces from photos, {len(report['skipped'])} people without"
        return {"message": result["message"] if dry_run else f"{result['message']}. {said}", "photos": report}

    def _own_pictures(self, dry_run: bool) -> Any:
        if dry_run:
            return None
        from backend.vision.pictures import LocalPictures  # seconds of loading that other pulls do without

        return LocalPictures(self._parts.settings, self._parts.store)
