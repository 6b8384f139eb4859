"""Templates learnt at the door: anchored to those enrolled, few, and easily got rid of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest

from backend.attendance_system import AttendanceSystem
from backend.jobs.schedule import take_up_learnt
from backend.vision.gallery import StoreSource
from backend.vision.results import Lesson, Quality, Sighting
from tests.desks.conftest import vector

ENGINE = "dlib-resnet-v1"
QUALITY = Quality(ok=True, reasons=(), width_px=120, sharpness=150.0, brightness=120.0, yaw_degrees=4.0)


@pytest.fixture
def system(start) -> AttendanceSystem:
    return start(migrate=True, adaptive_templates=True)


@pytest.fixture
def enrolled(system, alice, bob, picture):
    """Alice by three pictures, Bob by two, both with their consent."""
    system.faces.enroll("1001", [picture(1), picture(1, noise=0.1), picture(1, noise=-0.1)], consent=True, by="test")
    system.faces.enroll("1002", [picture(2, noise=0.1), picture(2, noise=-0.1)], consent=True, by="test")
    return alice


def near(seed: int, distance: float, towards: int = 500) -> np.ndarray:
    """A unit vector at `distance` from the face `seed`, in the direction of another."""
    face, other = vector(seed), vector(towards)
    aside = other - face * float(face @ other)
    angle = 2 * np.arcsin(distance / 2)
    return (np.cos(angle) * face + np.sin(angle) * aside / np.linalg.norm(aside)).astype(np.float32)


@pytest.fixture
def see(system, clock, enrolled):
    """Has the camera see Alice very surely, some time later; the id of what was learnt."""
    def see(face: np.ndarray, after: timedelta = timedelta(days=1, minutes=1), person: UUID | None = None):
        clock.now += after
        who = person or enrolled.uuid
        with system.store.read() as unit:
            ids = tuple(one.uuid for one in unit.templates.of(who) if not one.learnt)
        sighting = Sighting(who, ids, clock.now, "camera-1", 0.12, 0.98, None, 1,
                            Lesson(face, ENGINE, 3, 0.1, 0.27, QUALITY))
        marked = system.attendance.record_sighting(sighting)
        return system.learning.learn(sighting, marked)

    return see


def learnt(system, person_id: str = "1001") -> list:
    return [face for face in system.faces.list(person_id) if face.source == "adaptive"]


def test_a_very_sure_sighting_is_kept_with_where_it_came_from(system, see, alice):
    made = see(near(1, 0.1))
    (face,) = learnt(system)
    assert face.id == made
    with system.store.read() as unit:
        (punch,) = unit.punches.of(alice.uuid)
    assert face.punch == punch.uuid
    assert (face.quality["device"], face.quality["frames"]) == ("camera-1", 3)
    assert system.journal.logs("security")[0].message == "A face of Alice Ämter was learnt at the door"
    (one,) = system.learning.learnt()
    assert (one.person_id, one.templates) == ("1001", 1)


def test_one_a_day_and_no_more_than_allowed(system, see):
    first = see(near(1, 0.1))
    assert see(near(1, 0.12), after=timedelta(hours=8)) is None
    second = see(near(1, 0.11))
    third = see(near(1, 0.13))
    assert [face.id for face in learnt(system)] == [second, third]
    assert first not in {second, third}


def test_always_fewer_than_were_enrolled(system, see, bob):
    see(near(2, 0.1), person=bob.uuid)
    newest = see(near(2, 0.12), person=bob.uuid)
    assert [face.id for face in learnt(system, "1002")] == [newest]
    one = next(face for face in system.faces.list("1002") if face.source != "adaptive")
    system.faces.delete("1002", one.id, by="test")
    assert see(near(2, 0.11), person=bob.uuid) is None  # a single picture is no anchor


def test_what_was_learnt_leads_nobody_away(system, see):
    # Each step is near what was learnt the day before; all are measured by what was enrolled.
    kept = [see(near(1, 0.06 * step, towards=7)) is not None for step in range(1, 9)]
    assert kept == [True, True, True, False, False, False, False, False]


def test_somebody_alike_teaches_nothing(system, see, picture):
    system.people.add("1003", "Alice's twin", by="test")
    with system.store.write() as unit:
        twin = unit.people.by_person_id("1003").uuid
        unit.consents.give(twin, "1", "test")
        unit.templates.add(twin, near(1, 0.25, towards=9), ENGINE, {}, "upload")
    assert see(near(1, 0.1, towards=9)) is None
    assert see(near(1, 0.1, towards=30)) is not None


def test_no_consent_no_lesson(system, start, clock, see):
    system.faces.withdraw_consent("1001", by="test")
    assert see(near(1, 0.1)) is None
    assert learnt(system) == []


def test_withdrawal_erasure_and_the_last_enrolled_take_it_along(system, see, bob):
    see(near(1, 0.1))
    see(near(2, 0.1), person=bob.uuid)
    system.faces.withdraw_consent("1001", by="test")
    assert system.faces.list("1001") == []
    for face in [face for face in system.faces.list("1002") if face.source != "adaptive"]:
        system.faces.delete("1002", face.id, by="test")
    assert system.faces.list("1002") == []


def test_it_counts_from_the_night_on_and_only_while_switched_on(system, start, settings, see):
    source = StoreSource(system.store, settings.but(adaptive_templates=True), ENGINE)
    before = source.version()
    made = see(near(1, 0.1))
    assert source.version() == before
    assert take_up_learnt(system) == "1 learnt templates count from now on"
    assert source.version() > before
    rows = source.load()
    assert (made in rows.ids, rows.learnt) == (True, {made})
    assert made not in StoreSource(system.store, settings, ENGINE).load().ids
    off = start(adaptive_templates=False)
    assert [face.id for face in learnt(off)] == [made]  # kept, and not used


@pytest.mark.parametrize("whose", ["1001", None])
def test_it_is_forgotten_on_request(system, see, bob, whose):
    see(near(1, 0.1))
    see(near(2, 0.1), person=bob.uuid)
    assert system.learning.forget(whose, by="anna") == (1 if whose else 2)
    assert learnt(system) == []
    assert len(learnt(system, "1002")) == (1 if whose else 0)
    assert len(system.faces.list("1001")) == 3  # the enrolled stay


def test_learning_is_off_by_default(start, settings):
    assert settings.adaptive_templates is False
