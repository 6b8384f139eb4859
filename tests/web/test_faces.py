"""Faces over HTTP, with real pictures."""

from __future__ import annotations

import base64
import io
import time
from datetime import timedelta

import pytest

from backend.config import Settings


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database: the store's own tests have both, and embedding takes its time."""
    return settings.but(gallery_poll=timedelta(milliseconds=50))


@pytest.fixture
def ariel(system) -> str:
    return system.people.add("AS", "Ariel Sharon", by="test").person_id


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def register(api, person_id: str, *pictures: bytes, **more):
    return api.post(f"/persons/{person_id}/register-face",
                    {"images": [base64_of(each) for each in pictures], "consent": True, **more})


def test_registered_by_base64_and_recognised_in_another_picture(api, ariel, lfw) -> None:
    done = register(api, ariel, lfw("Ariel_Sharon", 1), lfw("Ariel_Sharon", 2))
    assert done.status_code == 200, done.text
    data = done.json["data"]
    assert (data["templates"], data["total_faces"], len(data["face_ids"])) == (2, 2, 2)
    assert all(verdict["ok"] for verdict in data["quality"])

    time.sleep(0.06)  # GALLERY_POLL: whoever reads pictures looks for new faces this often
    seen = api.post("/recognize", {"image": base64_of(lfw("Ariel_Sharon", 3))}).json["data"]["faces"][0]
    assert (seen["decision"], seen["reason"], seen["person_id"]) == ("accepted", "matched", ariel)
    assert 0 < seen["distance"] < seen["threshold"]
    assert api.get("/attendance").json["data"]["total"] == 0

    stranger = api.post("/recognize", {"image": base64_of(lfw("Abdel_Madi_Shabneh", 1)), "mark": True})
    face = stranger.json["data"]["faces"][0]
    assert (face["decision"], face["person_id"], face["marked"]) == ("rejected", None, None)
    assert api.get("/attendance").json["data"]["total"] == 0

    marked = api.post("/recognize", {"image": base64_of(lfw("Ariel_Sharon", 5)), "mark": True})
    assert marked.json["data"]["faces"][0]["marked"]["action"] == "check_in"
    assert api.get("/attendance").json["data"]["records"][0]["source"] == "face"


def test_registered_by_data_url_and_by_multipart(api, ariel, lfw) -> None:
    url = "data:image/jpeg;base64," + base64_of(lfw("Ariel_Sharon", 1))
    assert api.post(f"/persons/{ariel}/register-face", {"image": url, "consent": True}).status_code == 200
    form = {"image": (io.BytesIO(lfw("Ariel_Sharon", 2)), "face.jpg"), "consent": "true"}
    done = api.post(f"/persons/{ariel}/register-face", data=form)
    assert (done.status_code, done.json["data"]["total_faces"]) == (200, 2)
    replaced = register(api, ariel, lfw("Ariel_Sharon", 3), force_update=True)
    assert replaced.json["data"]["total_faces"] == 1


def test_without_consent_nothing_is_kept(api, ariel, lfw) -> None:
    for consent in (False, None):
        body = {"image": base64_of(lfw("Ariel_Sharon", 1))} | ({} if consent is None else {"consent": consent})
        refused = api.post(f"/persons/{ariel}/register-face", body)
        assert (refused.status_code, refused.json["code"]) == (409, "consent_required")
    assert api.post(f"/persons/{ariel}/register-face",
                    {"image": "AAAA", "consent": "yes"}).status_code == 422  # a word is no consent
    assert api.get(f"/persons/{ariel}").json["data"]["total_faces"] == 0

    assert api.post(f"/persons/{ariel}/consent", {"text_version": "2"}).json["data"]["consent"] is True
    done = api.post(f"/persons/{ariel}/register-face", {"image": base64_of(lfw("Ariel_Sharon", 1))})
    assert done.status_code == 200
    gone = api.delete(f"/persons/{ariel}/consent").json["data"]
    assert (gone["consent"], gone["total_faces"]) == (False, 0)
    assert api.get(f"/persons/{ariel}/faces").json["data"]["faces"] == []


def test_a_face_belongs_to_one_person(api, ariel, bob, lfw) -> None:
    register(api, ariel, lfw("Ariel_Sharon", 1))
    refused = register(api, bob, lfw("Ariel_Sharon", 2))
    assert (refused.status_code, refused.json["code"]) == (409, "belongs_to_another_person")


def test_templates_are_listed_without_their_numbers_and_deleted(api, ariel, lfw) -> None:
    first, second = register(api, ariel, lfw("Ariel_Sharon", 1), lfw("Ariel_Sharon", 2)).json["data"]["face_ids"]
    listed = api.get(f"/persons/{ariel}/faces").json["data"]
    assert {face["face_id"] for face in listed["faces"]} == {first, second}
    assert set(listed["faces"][0]) == {"face_id", "engine", "source", "quality", "created_at", "punch", "in_force"}
    assert api.get(f"/persons/{ariel}/faces/{first}").json["data"]["faces"][0]["face_id"] == first
    assert api.delete(f"/persons/{ariel}/faces/{first}").json["data"] == {
        "person_id": ariel, "deleted": 1, "total_faces": 1}
    assert api.delete(f"/persons/{ariel}/faces/{first}").status_code == 404
    assert api.get(f"/persons/{ariel}/faces/{first}").status_code == 404
    assert api.delete(f"/persons/{ariel}/faces").json["data"]["total_faces"] == 0


def _png(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and holds no pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_bad_pictures_are_422_and_say_why(api, ariel, lfw) -> None:
    import cv2
    import numpy as np

    blank = cv2.imencode(".jpg", np.full((300, 300, 3), 200, np.uint8))[1].tobytes()
    picture = lfw("Ariel_Sharon", 1)
    for data, code in ((blank, "no_face"), (b"no picture at all", "unreadable_image"),
                       (picture[:200], "unreadable_image"), (_png(30_000, 20_000), "image_too_large")):
        refused = register(api, ariel, data)
        assert (refused.status_code, refused.json["code"]) == (422, code), refused.text
        assert api.post("/recognize", {"image": base64_of(data)}).status_code == (200 if code == "no_face" else 422)
    for body in ({}, {"images": []}, {"image": None}, {"image": 7}, {"images": ["%%%"]}, {"image": "data:,"}):
        assert api.post(f"/persons/{ariel}/register-face", {**body, "consent": True}).status_code == 422
    assert api.post(f"/persons/{ariel}/register-face", data=b"x", content_type="image/jpeg").status_code == 415
    assert api.post("/persons/nobody/register-face", {"image": "AAAA"}).status_code == 404
    assert api.get(f"/persons/{ariel}").json["data"]["total_faces"] == 0


def test_a_frame_is_checked_for_a_pose_and_not_kept(api, ariel, lfw) -> None:
    frame = lfw("Ariel_Sharon", 1)
    said = api.post("/faces/check?pose=front", data=frame, content_type="image/jpeg").json["data"]
    assert (said["width"], said["height"], len(said["box"])) == (250, 250, 4)
    # He looks to his left.
    assert (said["ok"], said["hint"]) == (False, "turn_right") and said["text"]
    assert said["quality"]["width_px"] > 80
    turned = api.post("/faces/check?pose=left", {"image": base64_of(frame)}).json["data"]
    assert (turned["ok"], turned["hint"]) == (True, "good")
    assert api.get(f"/persons/{ariel}").json["data"]["total_faces"] == 0

    nobody = cv2_jpeg_of_nothing()
    said = api.post("/faces/check", data=nobody, content_type="image/jpeg").json["data"]
    assert (said["hint"], said["box"], said["quality"]) == ("no_face", None, None)


def cv2_jpeg_of_nothing() -> bytes:
    import cv2
    import numpy as np

    return cv2.imencode(".jpg", np.full((240, 320, 3), 128, np.uint8))[1].tobytes()


def test_a_check_of_nonsense_is_refused(api, as_, lfw) -> None:
    picture = lfw("Ariel_Sharon", 1)
    assert api.post("/faces/check?pose=upside_down", data=picture, content_type="image/jpeg").status_code == 422
    for data, code in ((b"", "unreadable_image"), (b"no picture", "unreadable_image"),
                       (_png(30_000, 20_000), "image_too_large")):
        refused = api.post("/faces/check", data=data, content_type="image/jpeg")
        assert (refused.status_code, refused.json["code"]) == (422, code)
    assert as_("faces:read").post("/faces/check", data=picture, content_type="image/jpeg").status_code == 403


def test_a_picture_sent_twice_is_no_second_template(api, ariel, lfw) -> None:
    done = register(api, ariel, lfw("Ariel_Sharon", 1), lfw("Ariel_Sharon", 1)).json["data"]
    assert done["templates"] == 1
    assert [verdict["reasons"] for verdict in done["quality"]] == [[], ["near_identical"]]
    assert [warning["code"] for warning in done["warnings"]] == ["few_pictures"]
    again = register(api, ariel, lfw("Ariel_Sharon", 1))
    assert (again.status_code, again.json["code"]) == (422, "near_identical")


def test_a_duplicate_person_takes_a_decision_with_a_reason(api, ariel, bob, lfw) -> None:
    register(api, ariel, lfw("Ariel_Sharon", 1))
    picture = lfw("Ariel_Sharon", 2)
    forced = register(api, bob, picture, force_update=True)
    assert (forced.status_code, forced.json["code"]) == (409, "belongs_to_another_person")
    unexplained = register(api, bob, picture, allow_duplicate_person=True)
    assert (unexplained.status_code, unexplained.json["code"]) == (422, "reason_missing")
    form = {"image": (io.BytesIO(picture), "face.jpg"), "consent": "true", "allow_duplicate_person": "true",
            "reason": "his twin"}
    done = api.post(f"/persons/{bob}/register-face", data=form)
    assert done.status_code == 200
    alike = next(each for each in done.json["data"]["warnings"] if each["code"] == "looks_like_another")
    assert (alike["person_id"], alike["name"]) == (ariel, "Ariel Sharon") and alike["distance"] < 0.35
    logged = api.get("/logs?category=security&level=warning").json["data"]["logs"]
    assert any("his twin" in str(line) for line in logged)

    found = api.get("/faces/findings").json["data"]
    assert (found["ok"], found["people"], found["templates"]) == (False, 2, 2)
    assert {found["alike"][0][side]["person_id"] for side in ("person", "other")} == {ariel, bob}
    assert found["counts"] == {"alike": 1, "harmful": 0, "disagreeing": 0, "few": 2}
    cut = api.get("/faces/findings?limit=1").json["data"]
    assert len(cut["few"]) == 1 and cut["counts"]["few"] == 2


def test_findings_name_people_and_so_need_the_faces_scope(as_) -> None:
    assert as_("persons:read").get("/faces/findings").status_code == 403
    empty = as_("faces:read").get("/faces/findings").json["data"]
    assert (empty["ok"], empty["people"], empty["alike"]) == (True, 0, [])
