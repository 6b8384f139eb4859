"""People, faces, consent and recognition, as an integrator's program sees them."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
import requests

from .conftest import base64_of, picture

PERSON = {"person_id", "name", "email", "department", "position", "phone", "active", "metadata"}
GRACE, EILEEN = picture("grace-hopper-1"), picture("eileen-collins-1")


def test_a_person_is_added_found_changed_and_erased(product):
    body = {"person_id": "EMP100", "name": "Ada Lovelace", "email": "ada@example.com", "department": "Sums",
            "position": "Analyst", "phone": "+44 1"}
    added = product.post("/persons", body)
    assert added.status == 201 and added.data.items() >= body.items() and set(added.data) >= PERSON

    again = product.post("/persons", body)
    assert (again.status, again.body["code"]) == (409, "person_exists")

    found = product.get("/persons", search="lovelace", department="Sums", active="true", has_face="false",
                        limit=5, offset=0)
    assert set(found.data) == {"persons", "total"}
    assert [one["person_id"] for one in found.data["persons"]] == ["EMP100"] and found.data["total"] == 1

    assert product.patch("/persons/EMP100", {"department": "Engines"}).data["department"] == "Engines"
    assert product.get("/persons/EMP100").data["department"] == "Engines"

    assert product.delete("/persons/EMP100").status == 200
    assert product.get("/persons/EMP100").body["code"] == "person_not_found"
    assert product.delete("/persons/EMP100").status == 404


def test_a_changed_id_keeps_answering(product):
    product.person("OLD1")
    assert product.patch("/persons/OLD1", {"person_id": "NEW1"}).data["person_id"] == "NEW1"
    assert product.get("/persons/OLD1").data["person_id"] == "NEW1"


@pytest.mark.parametrize("person_id", ["Łódź 陈 #?%", "a b", "نادية", "x" * 128, "EMP'--", "%2e%2e"])
def test_an_odd_id_works_everywhere(product, person_id):
    assert product.post("/persons", {"person_id": person_id, "name": "Odd"}).status == 201
    quoted = requests.utils.quote(person_id, safe="")
    assert product.get(f"/persons/{quoted}").data["person_id"] == person_id
    assert product.mark(person_id, "2026-11-02T08:00:00").status == 201
    assert product.get("/attendance", person_id=person_id).data["total"] == 1
    assert product.delete(f"/persons/{quoted}").status == 200


@pytest.mark.parametrize("person_id", ["", "   ", ".", "..", "../../etc/passwd", "a/b", "x" * 129, "a\nb",
                                       7, None, True, ["a"], {"$gt": ""}])
def test_an_id_that_cannot_be_is_refused(product, person_id):
    total = product.get("/persons").data["total"]
    assert product.post("/persons", {"person_id": person_id, "name": "Nobody"}).status == 422
    assert product.get("/persons").data["total"] == total


@pytest.mark.parametrize("query", [{"limit": -1}, {"limit": "many"}, {"offset": -1}, {"active": "perhaps"},
                                   {"search": "x" * 5000}])
def test_a_list_refuses_odd_questions(product, query):
    assert product.get("/persons", **query).status == 422


def test_a_page_is_never_longer_than_page_limit(product):
    for number in range(12):
        product.person(f"MANY{number}")
    found = product.get("/persons", search="MANY", limit=1000)
    assert len(found.data["persons"]) == 10 and found.data["total"] == 12
    rest = product.get("/persons", search="MANY", limit=10, offset=10)
    assert len(rest.data["persons"]) == 2


def test_a_face_goes_from_consent_to_recognition_and_away_again(product):
    product.person("FACE1", "Grace Hopper")
    product.person("FACE2", "Eileen Collins")
    path = "/persons/FACE1/register-face"

    without = product.post(path, {"image": base64_of(GRACE)})
    assert (without.status, without.body["code"]) == (409, "consent_required")

    first = product.post(path, {"image": "data:image/jpeg;base64," + base64_of(GRACE), "consent": True})
    assert first.status == 200 and set(first.data) >= {"templates", "quality", "total_faces"}
    assert (first.data["templates"], first.data["total_faces"]) == (1, 1)
    assert first.data["quality"][0]["ok"] is True

    more = product.send("POST", path, files={"image": ("a.jpg", picture("grace-hopper-2"), "image/jpeg")},
                        data={"consent": "true"})
    assert (more.data["templates"], more.data["total_faces"]) == (1, 2)
    forced = product.post(path, {"images": [base64_of(GRACE), base64_of(picture("grace-hopper-3"))],
                                 "consent": True, "force_update": True})
    assert (forced.data["templates"], forced.data["total_faces"]) == (2, 2)

    taken = product.post("/persons/FACE2/register-face", {"image": base64_of(GRACE), "consent": True})
    assert (taken.status, taken.body["code"]) == (409, "belongs_to_another_person")
    assert product.post("/persons/FACE2/register-face", {"image": base64_of(EILEEN), "consent": True}).status == 200

    [face] = product.post("/recognize", {"image": base64_of(picture("grace-hopper-2"))}).data["faces"]
    assert face["decision"] == "accepted" and face["reason"] == "matched" and len(face["box"]) == 4
    assert face["person"] == {"person_id": "FACE1", "name": "Grace Hopper"}
    assert face["runner_up"] == {"person_id": "FACE2", "name": "Eileen Collins"}
    assert face["distance"] < face["threshold"] < face["runner_up_distance"]

    marked = product.post("/recognize", {"image": base64_of(picture("grace-hopper-2")), "mark": True})
    assert marked.data["faces"][0]["marked"]["action"] == "check_in"

    faces = product.get("/persons/FACE1/faces").data["faces"]
    assert len(faces) == 2 and not any("vector" in one or "template" in one for one in faces)
    assert product.delete(f"/persons/FACE1/faces/{faces[0]['face_id']}").status == 200
    assert product.delete(f"/persons/FACE1/faces/{faces[0]['face_id']}").status == 404
    assert product.get("/persons/FACE1").data["total_faces"] == 1

    assert product.delete("/persons/FACE1/consent").status == 200
    assert product.get("/persons/FACE1/faces").data["faces"] == []
    assert product.post(path, {"image": base64_of(GRACE)}).body["code"] == "consent_required"
    assert product.post("/persons/FACE1/consent", {}).status == 200
    assert product.post(path, {"image": base64_of(GRACE)}).status == 200

    assert product.delete("/persons/FACE1").status == 200
    [stranger] = product.post("/recognize", {"image": base64_of(GRACE)}).data["faces"]
    assert (stranger["decision"], stranger["person"]) == ("rejected", None), "erased: gone from the gallery at once"
    assert stranger["reason"] == "nobody_near_enough"
    product.delete("/persons/FACE2")


def empty_png(width: int, height: int, *, claims: tuple[int, int] | None = None) -> bytes:
    """A grey PNG; its header may claim another size than its data have."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", *(claims or (width, height)), 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress((b"\x00" + b"\x80" * width) * height)) + chunk(b"IEND", b""))


@pytest.mark.parametrize(("image", "codes"), [
    (base64_of(b"this is text"), {"unreadable_image"}),
    (base64_of(GRACE[:len(GRACE) // 2]), {"unreadable_image"}),
    (base64_of(b"\xff\xd8\xff" + bytes(2000)), {"unreadable_image"}),
    (base64_of(b""), {"unreadable_image"}),
    ("%%%", {"unreadable_image"}),
    ("data:text/html,<b>", {"unreadable_image"}),
    (base64_of(empty_png(320, 240)), {"no_face"}),
    (base64_of(empty_png(1, 1)), {"no_face", "unreadable_image", "too_small"}),
    (base64_of(empty_png(8, 8, claims=(30_000, 30_000))), {"image_too_large"}),
    (base64_of(empty_png(8, 8, claims=(0, 10))), {"unreadable_image"}),
    (base64.b64encode(bytes(17_000_000)).decode(), {"image_too_large"}),
], ids=["text", "cut", "zeros", "empty", "no-base64", "no-base64-url", "faceless", "dot", "bomb", "no-width", "heavy"])
def test_a_picture_that_is_no_use_says_why(product, image, codes):
    product.person("PIC1")
    refused = product.post("/persons/PIC1/register-face", {"image": image, "consent": True})
    assert refused.status == 422 and refused.body["code"] in codes, refused.body
    assert product.get("/persons/PIC1").data["consent"] is False, "nothing was written"


@pytest.mark.parametrize("body", [{}, {"image": 5}, {"images": []}, {"images": "x"}, {"image": None},
                                  {"image": base64_of(GRACE), "consent": "yes"}, []])
def test_a_face_needs_a_picture(product, body):
    product.person("PIC1")
    assert product.post("/persons/PIC1/register-face", body).status == 422
    if isinstance(body, list) or "consent" not in body:
        assert product.post("/recognize", body if isinstance(body, list) else {"image": 5}).status == 422


def test_a_face_needs_a_person(product):
    missing = product.post("/persons/NOBODY/register-face", {"image": base64_of(GRACE), "consent": True})
    assert (missing.status, missing.body["code"]) == (404, "person_not_found")
