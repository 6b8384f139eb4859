"""Learning over time, over HTTP: the report of drift, and forgetting what was learnt."""

from __future__ import annotations

from uuid import uuid4

import numpy as np
import pytest

ENGINE = "dlib-resnet-v1"


@pytest.fixture
def learnt(system, alice, bob) -> None:
    """One template enrolled and one learnt, of Alice and of Bob."""
    with system.store.write() as unit:
        for number, person_id in enumerate((alice, bob)):
            person = unit.people.by_person_id(person_id).uuid
            vector = np.eye(128, dtype=np.float32)[number]
            unit.consents.give(person, "1", "test")
            unit.templates.add(person, vector, ENGINE, {}, "upload")
            unit.templates.add(person, vector, ENGINE, {}, "adaptive", punch=uuid4())


def sources(api, person_id: str) -> list[str]:
    return sorted(face["source"] for face in api.get(f"/persons/{person_id}/faces").json["data"]["faces"])


def test_what_was_learnt_is_listed_and_forgotten_of_one_and_of_all(api, learnt, alice, bob) -> None:
    assert sources(api, alice) == ["adaptive", "upload"]
    faces = api.get(f"/persons/{alice}/faces").json["data"]["faces"]
    assert [face["punch"] is not None for face in faces if face["source"] == "adaptive"] == [True]
    assert api.delete(f"/persons/{alice}/learnt-faces").json["data"] == {"deleted": 1}
    assert (sources(api, alice), sources(api, bob)) == (["upload"], ["adaptive", "upload"])
    assert api.delete("/faces/learnt").json["message"] == "Deleted 1 learnt template."
    assert sources(api, bob) == ["upload"]
    assert api.delete("/persons/nobody/learnt-faces").status_code == 404


def test_the_report_of_drift(as_, learnt, alice) -> None:
    found = as_("faces:read").get("/faces/drift?months=6").json["data"]
    assert (found["engine"], found["people"], found["devices"]) == (ENGINE, [], [])
    assert 0.05 < found["threshold"] < 0.42
    assert as_("faces:read").get("/faces/drift?months=1").status_code == 422
    assert as_("persons:read").get("/faces/drift").status_code == 403
    assert as_("faces:read").delete("/faces/learnt").status_code == 403
