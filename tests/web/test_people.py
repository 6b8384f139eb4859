"""People over HTTP."""

from __future__ import annotations

import numpy as np


def test_a_person_is_added_found_changed_and_erased(api) -> None:
    added = api.post("/persons", {"person_id": " EMP001 ", "name": "Ada Lovelace", "email": "ada@example.com",
                                  "department": "Engines"})
    assert added.status_code == 201
    assert added.json["data"]["person_id"] == "EMP001"
    assert added.json["data"]["created_at"] == "2026-03-02T09:00:00+01:00"  # in the site's zone
    assert api.get("/persons/EMP001").json["data"]["name"] == "Ada Lovelace"

    changed = api.patch("/persons/EMP001", {"department": "Numbers"})
    assert changed.json["data"]["department"] == "Numbers"
    assert changed.json["data"]["email"] == "ada@example.com"

    assert api.delete("/persons/EMP001").status_code == 200
    gone = api.get("/persons/EMP001")
    assert (gone.status_code, gone.json["code"]) == (404, "person_not_found")


def test_an_id_is_taken_once(api, alice) -> None:
    again = api.post("/persons", {"person_id": alice, "name": "Somebody else"})
    assert (again.status_code, again.json["code"]) == (409, "person_exists")


def test_a_changed_id_keeps_answering(api, alice) -> None:
    assert api.patch(f"/persons/{alice}", {"person_id": "2001"}).json["data"]["person_id"] == "2001"
    assert api.get(f"/persons/{alice}").json["data"]["person_id"] == "2001"


def test_people_are_searched_and_paged(api, alice, bob) -> None:
    def names(query: str) -> list[str]:
        return [person["name"] for person in api.get(f"/persons?{query}").json["data"]["persons"]]

    assert names("") == ["Alice Ämter", "Bob"]
    assert names("search=ämt") == ["Alice Ämter"]
    assert names("department=Workshop") == ["Bob"]
    assert names("has_face=true") == []
    assert names("active=false") == []
    assert names("limit=1&offset=1") == ["Bob"]
    assert api.get("/persons?limit=1").json["data"]["total"] == 2


def test_what_cannot_be_stored_is_refused_by_name(api) -> None:
    for body, field in (({"name": "Ada"}, "person_id"), ({"person_id": "1", "name": ""}, "name"),
                        ({"person_id": 7, "name": "Ada"}, "person_id"),
                        ({"person_id": "1", "name": ["Ada"]}, "name"),
                        ({"person_id": "1", "name": "Ada", "email": "nonsense"}, "email"),
                        ({"person_id": "1\x07", "name": "Ada"}, "person_id"),
                        ({"person_id": "x" * 200, "name": "Ada"}, "person_id"),
                        ({"person_id": "1", "name": "Ada", "metadata": 3}, "metadata")):
        refused = api.post("/persons", body)
        assert refused.status_code == 422, body
        assert refused.json["error"].startswith(field), refused.json
    assert api.get("/persons").json["data"]["total"] == 0


def test_fields_of_older_programs_are_passed_over(api) -> None:
    assert api.post("/persons", {"person_id": "1", "name": "Ada", "shoe_size": 37}).status_code == 201


def test_null_does_not_take_a_name_away(api, alice) -> None:
    assert api.patch(f"/persons/{alice}", {"name": None}).status_code == 422
    assert api.patch(f"/persons/{alice}", {"phone": None}).json["data"]["phone"] is None


def test_who_has_faces_of_another_engine_only_is_told_from_who_has_none(api, system, alice, bob) -> None:
    vector = np.eye(1, 128, dtype=np.float32)[0]
    with system.store.write() as unit:
        unit.templates.add(unit.people.by_person_id(alice).uuid, vector, "another-v1", {}, "upload")
    data = api.get("/persons").json["data"]["persons"]
    assert [(one["has_face"], one["must_enrol_again"], one["total_faces"]) for one in data] == [
        (False, True, 0), (False, False, 0)]
    (face,) = api.get(f"/persons/{alice}/faces").json["data"]["faces"]
    assert (face["engine"], face["in_force"]) == ("another-v1", False)
