"""A change of engine: who goes on from kept pictures, and who has to be enrolled again. With real networks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.attendance_system import AttendanceSystem
from backend.config import PROJECT_ROOT
from backend.errors import BadInput
from backend.jobs.schedule import prune
from backend.vision.engines import open_engine
from backend.vision.engines.detectors import models_folder
from backend.vision.pictures import LocalPictures

GRACE = sorted((PROJECT_ROOT / "data" / "demo" / "pictures").glob("grace-hopper-*.jpg"))
EILEEN = PROJECT_ROOT / "data" / "demo" / "pictures" / "eileen-collins-1.jpg"
MOBILE = "mobilefacenet-v1"


@pytest.fixture
def other(settings, test_data: Path):
    """Settings with MobileFaceNet in force, its weights and YuNet's being there."""
    folder = models_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("face_detection_yunet_2023mar.onnx", "mobilefacenet_192_batch2.onnx"):
        (folder / name).write_bytes((test_data / "models" / name).read_bytes())
    return settings.but(engine="mobilefacenet", threads=1)


@pytest.fixture
def keeping(start) -> AttendanceSystem:
    return start(keep_pictures=timedelta(days=30))


def enroll(system: AttendanceSystem, person_id: str, name: str, *files: Path) -> None:
    system.people.add(person_id, name, by="t")
    pictures = LocalPictures(system.settings, system.store, open_engine(system.settings.but(detector="hog")))
    system.faces.enroll(person_id, [pictures.read(file.read_bytes()) for file in files], consent=True, by="t")


def reader(system: AttendanceSystem, other):
    chosen = other.but(keep_pictures=system.settings.keep_pictures)
    return LocalPictures(chosen, system.store, open_engine(chosen)).read


def states(outcomes) -> dict[str, str]:
    return {one.person_id: one.state for one in outcomes}


def test_only_the_face_is_kept_and_only_where_the_policy_says_so(keeping, start):
    enroll(keeping, "1", "Grace", GRACE[0])
    (kept,) = keeping.faces.kept_pictures("1", by="t")
    picture = cv2.imdecode(np.frombuffer(kept.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert max(picture.shape) <= keeping.settings.kept_picture_pixels
    enroll(start(), "2", "Eileen", EILEEN)
    assert keeping.faces.kept_pictures("2", by="t") == []


def test_people_whose_pictures_are_kept_go_on_with_another_engine(keeping, start, other):
    enroll(keeping, "1", "Grace", *GRACE)
    before = keeping.people.get("1").faces
    planned = keeping.reembedding.run(None, MOBILE, by="t", dry_run=True)
    assert states(planned) == {"1": "reembedded"} and planned[0].templates == before
    done = keeping.reembedding.run(reader(keeping, other), MOBILE, by="t")
    assert states(done) == {"1": "reembedded"} and done[0].templates == before
    assert keeping.people.get("1").faces == before, "the engine in force has what it had"

    switched = start(engine="mobilefacenet", keep_pictures=timedelta(days=30))
    person = switched.people.get("1")
    assert (person.faces, person.other_faces, person.must_enrol_again) == (before, before, False)
    seen = reader(switched, other)(GRACE[0].read_bytes()).faces[0]
    assert seen.decision.accepted and seen.decision.person == person.uuid
    stranger = reader(switched, other)(EILEEN.read_bytes()).faces[0]
    assert not stranger.decision.accepted
    again = switched.reembedding.run(pytest.fail, MOBILE, by="t")
    assert states(again) == {"1": "ready"}, "a second run has nothing to do"


def test_people_without_a_kept_picture_are_named(keeping, start, other):
    enroll(start(), "1", "Grace", GRACE[0])
    enroll(keeping, "2", "Eileen", EILEEN)
    outcomes = keeping.reembedding.run(reader(keeping, other), MOBILE, by="t")
    assert states(outcomes) == {"1": "enrol_again", "2": "reembedded"}
    assert next(one for one in outcomes if one.person_id == "1").why == "no picture of the enrolment is kept"
    switched = start(engine="mobilefacenet")
    assert [one.person_id for one in switched.reembedding.again()] == ["1"]
    assert [face.in_force for face in switched.faces.list("1")] == [False]


def test_who_withdraws_meanwhile_is_not_embedded(keeping, other):
    enroll(keeping, "1", "Grace", GRACE[0])
    read = reader(keeping, other)

    def withdrawing(jpeg: bytes):
        keeping.faces.withdraw_consent("1", by="grace")
        return read(jpeg)

    outcomes = keeping.reembedding.run(withdrawing, MOBILE, by="t")
    assert [(one.state, one.why) for one in outcomes] == [("enrol_again", "its pictures were deleted meanwhile")]
    assert (keeping.people.get("1").faces, keeping.people.get("1").other_faces) == (0, 0)


def test_the_schedule_deletes_pictures_whose_time_is_over(keeping, clock):
    enroll(keeping, "1", "Grace", GRACE[0])
    clock.move(days=29)
    prune(keeping)
    assert len(keeping.faces.kept_pictures("1", by="t")) == 1
    clock.move(days=2)
    assert "1 enrolment pictures" in prune(keeping)
    assert keeping.faces.kept_pictures("1", by="t") == []
    assert keeping.people.get("1").faces == 1


def test_new_pictures_in_place_of_the_old_ones_take_the_kept_ones_along(keeping):
    enroll(keeping, "1", "Grace", *GRACE)
    pictures = LocalPictures(keeping.settings, keeping.store, open_engine(keeping.settings))
    keeping.faces.enroll("1", [pictures.read(GRACE[1].read_bytes())], force=True, by="t")
    assert len(keeping.faces.kept_pictures("1", by="t")) == 1


def test_faces_of_other_engines_are_forgotten_on_request_and_only_those(keeping, start, other):
    enroll(keeping, "1", "Grace", GRACE[0])
    keeping.reembedding.run(reader(keeping, other), MOBILE, by="t")
    with pytest.raises(BadInput, match="is not in force"):
        keeping.reembedding.forget_others(MOBILE, by="t")
    switched = start(engine="mobilefacenet", keep_pictures=timedelta(days=30))
    assert switched.reembedding.forget_others(MOBILE, by="t") == 1
    assert [face.engine for face in switched.faces.list("1")] == [MOBILE]
    assert len(switched.faces.kept_pictures("1", by="t")) == 1
