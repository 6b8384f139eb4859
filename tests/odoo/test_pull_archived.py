"""Whoever HR archives in Odoo is let in by nothing any more: no face, no mark, no device."""

from __future__ import annotations

from uuid import uuid4

import numpy as np
import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.policies import keep_policy
from backend.desks.punching import PersonInactive
from backend.vision.gallery import GalleryKeeper
from backend.vision.results import Sighting

VECTOR = np.eye(1, 128, dtype=np.float32)[0]


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def system(parts, desk):
    keep_policy(parts, changed=True)
    made = AttendanceSystem(parts=parts)
    made.odoo.pull()
    return made


@pytest.fixture
def aicha(system, store):
    """With a face, and in since just now."""
    with store.write() as unit:
        person = unit.people.by_person_id("EMP001")
        unit.consents.give(person.uuid, "1", "hr")
        unit.templates.add(person.uuid, VECTOR, "dlib-resnet-v1", {}, "upload")
    system.attendance.mark("EMP001")
    return person


def gallery(system):
    return GalleryKeeper(system.store, system.settings, "dlib-resnet-v1").newest()


def item(clock, **more):
    return {"uuid": str(uuid4()), "at": clock.now.isoformat(), "source": "badge", **more}


def test_archived_in_odoo_means_neither_recognised_nor_marked(system, aicha, odoo, clock):
    before = gallery(system)
    assert before.people == (aicha.uuid,)
    odoo.change("hr.employee", 2, active=False)
    assert system.odoo.pull()["deactivated"] == 1
    after = gallery(system)
    assert (len(after), after.version > before.version) == (0, True), "each process swaps when the version moves"
    clock.move(hours=1)
    seen = Sighting(person=aicha.uuid, template_ids=before.template_ids(aicha.uuid), at=clock.now, device="door",
                    distance=0.2, confidence=0.9, liveness=None, track_id=1)
    assert system.attendance.record_sighting(seen).action == "refused", "also where a camera has the old gallery"
    with pytest.raises(PersonInactive, match="Aïcha Benali is archived") as refused:
        system.attendance.mark("EMP001")
    assert (refused.value.status, refused.value.code) == (409, "person_inactive")
    answers = system.attendance.accept_punches(
        [item(clock, person_id="EMP001"), item(clock, badge="EMP001")], "kiosk")
    assert [(one["success"], one["code"]) for one in answers] == [(False, "person_inactive")] * 2


def test_what_was_marked_before_still_answers_the_same(system, aicha, odoo, clock):
    clock.move(minutes=30)
    key = uuid4()
    left = system.attendance.mark("EMP001", direction="out", uuid=key)
    odoo.change("hr.employee", 2, active=False)
    system.odoo.pull()
    again = system.attendance.mark("EMP001", direction="out", uuid=key)
    assert (again.action, again.created, again.attendance.id) == (left.action, False, left.attendance.id)


def test_who_is_active_again_is_recognised_again(system, aicha, odoo, clock):
    odoo.change("hr.employee", 2, active=False)
    system.odoo.pull()
    odoo.change("hr.employee", 2, active=True)
    assert system.odoo.pull()["updated"] == 1
    assert gallery(system).people == (aicha.uuid,)
    clock.move(hours=1)
    assert system.attendance.mark("EMP001").action == "check_out"
