"""Photos in Odoo become faces here, where the person has agreed and the picture is good enough."""

from __future__ import annotations

import base64

import pytest

from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.odoo_simulator.people import AVATAR
from backend.store import open_store
from backend.vision.client import VisionBusy
from backend.vision.errors import UnreadableImage
from tests.odoo.stories import credentials

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def parts(settings, clock):
    """SQLite is enough: what is stored is what an upload stores."""
    store = open_store(settings, clock)
    yield Parts(settings, clock, store, store.sealer)
    store.close()


@pytest.fixture
def lfw(test_data):
    def read(name: str, number: int = 1) -> bytes:
        return (test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg").read_bytes()

    return read


@pytest.fixture(scope="module")
def pictures():
    """Reads pictures as `enroll` does; made once, for loading takes seconds."""
    from backend.config import load
    from backend.vision.pictures import LocalPictures

    class NoGallery:
        def version(self) -> int:
            return 0

        def load(self):
            import numpy as np

            from backend.store.records import GalleryRows
            return GalleryRows(0, (), (), np.empty((0, 128), np.float32))

    return LocalPictures(load({}, {}, []), NoGallery())


@pytest.fixture
def agreed(desk, store):
    """`agreed("EMP001", …)`: these people are here and have agreed."""
    desk.pull()

    def make(*person_ids: str) -> None:
        with store.write() as unit:
            for person_id in person_ids:
                unit.consents.give(unit.people.by_person_id(person_id).uuid, "1", "hr")

    return make


def put(odoo, employee: int, picture: bytes | str) -> None:
    """As somebody at Odoo's screen would."""
    text = picture if isinstance(picture, str) else base64.b64encode(picture).decode()
    odoo.change("hr.employee", employee, image_1920=text)


def faces(store) -> dict[str, int]:
    with store.read() as unit:
        return {person.person_id: person.faces for person in unit.people.search()[0] if person.faces}


def reasons(result) -> dict[str, str]:
    """Of those who were left without a face, but for the many who have not agreed."""
    return {one["person_id"]: one["reason"] for one in result["photos"]["skipped"]
            if one["reason"] != "consent_required"}


def photos_read(odoo) -> list[int]:
    return [call.args[0][0] for call in odoo.calls if call.model_method == "read" and "image_1920" in str(call.args)]


@pytest.mark.testdata
def test_good_photos_of_people_who_agreed_become_faces_once(desk, odoo, store, agreed, lfw, pictures):
    agreed("EMP001", "EMP002")
    put(odoo, 2, lfw("Ariel_Sharon", 1))
    put(odoo, 3, lfw("Abdel_Madi_Shabneh", 1))
    put(odoo, 4, lfw("Aaron_Guiel", 1))
    result = desk.pull(with_photos=True, pictures=pictures)
    assert (result["success"], result["photos"]["enrolled"], reasons(result)) == (True, 2, {})
    assert faces(store) == {"EMP001": 1, "EMP002": 1}
    assert {"person_id": "EMP003", "name": "Chloé Martin", "reason": "consent_required"} in result["photos"]["skipped"]
    assert photos_read(odoo) == [2, 3], "nobody's photo is fetched who has not agreed"
    again = desk.pull(with_photos=True, pictures=pictures)
    assert again["photos"]["enrolled"] == 0 and photos_read(odoo) == [2, 3]


@pytest.mark.testdata
def test_a_photo_of_somebody_elses_face_is_reported_and_not_taken(desk, odoo, store, agreed, lfw, pictures):
    agreed("EMP001", "EMP002")
    put(odoo, 2, lfw("Ariel_Sharon", 1))
    put(odoo, 3, lfw("Ariel_Sharon", 2))
    result = desk.pull(with_photos=True, pictures=pictures)
    assert reasons(result) == {"EMP002": "belongs_to_another_person"}
    assert faces(store) == {"EMP001": 1}


def test_drawn_avatars_tiny_and_broken_pictures_are_told(desk, odoo, store, agreed, pictures):
    agreed("EMP001", "EMP002", "EMP003", "EMP004")
    put(odoo, 2, AVATAR)
    put(odoo, 3, PIXEL)
    put(odoo, 4, b"no picture at all " * 200)
    result = desk.pull(with_photos=True, pictures=pictures)
    assert result["photos"]["enrolled"] == 0 and faces(store) == {}
    assert reasons(result) == {"EMP001": "no_photo", "EMP002": "too_small", "EMP003": UnreadableImage.code,
                               "EMP004": "no_photo"}


def test_archived_people_and_those_with_a_face_are_not_looked_at(desk, odoo, store, agreed, pictures):
    agreed("EMP900", "EMP001")
    desk.pull(with_photos=True, pictures=pictures)
    assert photos_read(odoo) == [2]


def test_without_consent_required_everybody_is_looked_at(parts, odoo, pictures):
    desk = OdooDesk(Parts(parts.settings.but(require_consent=False), parts.clock, parts.store, parts.sealer))
    desk.save_config(**credentials(odoo))
    result = desk.pull(with_photos=True, pictures=pictures)
    assert len(photos_read(odoo)) == 28
    assert {one["reason"] for one in result["photos"]["skipped"]} == {"no_photo"}


def test_a_dry_run_looks_at_no_photo(desk, odoo, agreed, pictures):
    agreed("EMP001")
    result = desk.pull(with_photos=True, dry_run=True, pictures=pictures)
    assert photos_read(odoo) == [] and result["photos"]["enrolled"] == 0


def test_where_nobody_reads_pictures_the_people_are_here_all_the_same(desk, odoo, store, agreed):
    agreed("EMP001")
    put(odoo, 2, b"\xff\xd8\xff" + bytes(5_000))
    odoo.change("hr.employee", 3, name="Bruno Keller-Roth")

    class Busy:
        def read(self, data: bytes):
            raise VisionBusy("Too many pictures wait.", retry_after=0)

    result = desk.pull(with_photos=True, pictures=Busy())
    assert not result["success"] and "Too many pictures wait" in result["errors"][0]
    assert result["updated"] == 1 and result["photos"]["enrolled"] == 0
    with store.read() as unit:
        assert unit.people.by_person_id("EMP002").name == "Bruno Keller-Roth"
