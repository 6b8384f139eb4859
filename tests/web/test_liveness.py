"""Liveness over HTTP: pictures of pictures, challenges one picture cannot do, and what a kiosk is told."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from backend.config import Settings
from benchmarks.presentations import Photo, Sheet


@pytest.fixture
def mode() -> str:
    return "passive"


@pytest.fixture
def any_database_settings(settings: Settings, test_data: Path, mode: str) -> Settings:
    models = settings.data_path / "models"
    models.mkdir(parents=True)
    for file in (test_data / "models").glob("*.onnx"):
        (models / file.name).symlink_to(file)
    # The picture of a person looks 26 degrees aside.
    return settings.but(liveness=mode, max_yaw=35.0, gallery_poll=timedelta(milliseconds=50))


def sent(path: Path, **more) -> dict:
    return {"image": base64.b64encode(path.read_bytes()).decode(), **more}


def enrol(api, system, picture: Path) -> None:
    system.people.add("E1", "Ada Lovelace", by="test")
    done = api.post("/persons/E1/register-face", sent(picture, consent=True))
    assert done.status_code == 200, done.text


def test_a_picture_says_how_live_each_face_is_and_who_is_live_is_marked(api, system, test_data) -> None:
    live = test_data / "faces" / "liveness" / "live_1.jpg"
    enrol(api, system, live)
    face = api.post("/recognize", sent(live, mark=True)).json["data"]["faces"][0]
    assert (face["decision"], face["person_id"]) == ("accepted", "E1") and face["liveness"] > 0.9
    assert face["marked"]["action"] == "check_in"
    with system.store.read() as unit:
        assert unit.punches.last_of(unit.people.by_person_id("E1").uuid).liveness == pytest.approx(face["liveness"])


def test_a_photo_of_the_enrolled_person_is_not_accepted_and_not_marked(api, system, test_data, tmp_path) -> None:
    portrait = cv2.imread(str(test_data / "faces" / "lfw" / "Angela_Bassett" / "Angela_Bassett_0001.jpg"))
    attack = tmp_path / "held up.png"
    cv2.imwrite(str(attack), Photo(portrait, 4, Sheet()).frame(0.0, None))
    enrol(api, system, attack)
    face = api.post("/recognize", sent(attack, mark=True)).json["data"]["faces"][0]
    assert (face["decision"], face["reason"], face["person_id"]) == ("uncertain", "not_live", None)
    assert face["liveness"] < 0.1 and face["marked"] is None and "badge or PIN" in face["text"]


@pytest.mark.parametrize("mode", ["challenge", "both"])
def test_one_picture_cannot_do_a_challenge_and_is_told_what_can(mode, api, system, test_data) -> None:
    picture = test_data / "faces" / "liveness" / "live_1.jpg"
    refused = api.post("/recognize", sent(picture, mark=True))
    assert (refused.status_code, refused.json["code"]) == (409, "challenge_needed")
    assert "/camera/sessions" in refused.json["error"]
    read = api.post("/recognize", sent(picture)).json["data"]["faces"][0]
    assert (read["liveness"] is not None) == (mode == "both")


@pytest.mark.parametrize("mode", ["off"])
def test_without_liveness_nothing_is_said_of_it(mode, api, test_data) -> None:
    answer = api.post("/recognize", sent(test_data / "faces" / "liveness" / "attack_photo_2.jpg", mark=True))
    assert answer.json["data"]["faces"][0]["liveness"] is None
