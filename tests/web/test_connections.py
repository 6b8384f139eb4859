"""Several databases of Odoo, over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.odoo_simulator import NewEmployee, OdooSimulator


@pytest.fixture
def north() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, employees=[NewEmployee("Nora North", "N1")]) as server:
        yield server


@pytest.fixture
def south() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=19, employees=[NewEmployee("Sara South", "S1")]) as server:
        yield server


def login(odoo: OdooSimulator, **changes: Any) -> dict[str, Any]:
    return {"url": odoo.url, "db": odoo.db, "username": odoo.username, "password": odoo.password} | changes


@pytest.fixture
def both(api, north, south) -> None:
    assert api.post("/sync/odoo/config", login(north)).status_code == 200
    made = api.post("/sync/odoo/connections", login(south, name="south"))
    assert (made.status_code, made.json["connection"]["people"]) == (201, 0)


def test_one_connection_is_there_always(api) -> None:
    (only,) = api.get("/sync/odoo/connections").json["connections"]
    assert (only["name"], only["configured"], only["password"]) == ("default", False, None)
    refused = api.delete("/sync/odoo/connections/default")
    assert (refused.status_code, refused.json["code"]) == (409, "connection_in_use")


def test_each_is_pulled_and_told_by_its_name(api, both, south) -> None:
    assert api.post("/sync/odoo/pull", {}).json["added"] == 2
    assert api.post("/sync/odoo/pull", {"connection": "south"}).json["added"] == 2
    told = api.get("/sync/status").json["data"]
    assert [one["name"] for one in told["connections"]] == ["default", "south"]
    assert told["connections"][0].items() >= told["odoo"].items()
    assert told["connections"][1]["url"] == south.url
    runs = api.get("/sync/runs?connection=south").json["data"]["runs"]
    assert [run["kind"] for run in runs] == ["pull"]
    assert api.get("/sync/odoo/config?connection=south").json["config"]["password"] == "***********"
    assert api.get("/persons/S1").json["data"]["connection"] == "south"
    assert api.get("/persons/N1").json["data"]["connection"] == "default"
    assert [one["password"] for one in api.get("/sync/odoo/connections").json["connections"]] == ["***********"] * 2


def test_companies_are_kept_with_a_connection(api, both, south) -> None:
    saved = api.post("/sync/odoo/config", {"connection": "south", "companies": [1]})
    assert (saved.status_code, saved.json["config"]["companies"]) == (200, [1])
    made = [(one["name"], one["companies"]) for one in api.get("/sync/odoo/connections").json["connections"]]
    assert made == [("default", []), ("south", [1])]
    for wrong in ("1", [0], ["one"], [True], [2**40]):
        assert api.post("/sync/odoo/config", {"connection": "south", "companies": wrong}).status_code == 422
    saved = api.post("/sync/odoo/config", {"connection": "south", "companies": []})
    assert "companies" not in saved.json["config"]


def test_an_unknown_name_is_refused_everywhere(api, both) -> None:
    days = {"start_date": "2026-03-01", "end_date": "2026-03-02"}
    bodies = {"test": {}, "config": {"url": "http://x"}, "pull": {}, "push": days, "reconcile": days}
    for path, body in bodies.items():
        refused = api.post(f"/sync/odoo/{path}", {**body, "connection": "west"})
        assert (refused.status_code, refused.json["code"]) == (404, "connection_not_found"), path
    for path in ("/sync/odoo/config", "/sync/runs", "/sync/problems", "/sync/odoo/webhook"):
        assert api.get(f"{path}?connection=west").json["code"] == "connection_not_found"
    for path in ("pause", "resume", "webhook"):
        assert api.post(f"/sync/odoo/{path}?connection=west").json["code"] == "connection_not_found"
    assert api.post("/sync/retry", {"connection": "west"}).json["code"] == "connection_not_found"


def test_one_is_paused_and_the_other_is_not(api, both) -> None:
    assert api.post("/sync/odoo/pause?connection=south").json["status"] == "paused"
    told = api.get("/sync/status").json["data"]["connections"]
    assert [one["status"] for one in told] == ["configured", "paused"]


def test_a_hint_is_taken_for_the_connection_whose_secret_it_brings(api, both, system) -> None:
    shown = api.get("/sync/odoo/webhook?connection=south").json
    assert shown["secret"] != api.get("/sync/odoo/webhook").json["secret"]
    assert api.post(f"/webhooks/odoo/{shown['secret']}", {"_model": "hr.employee", "_id": 2}).status_code == 200
    with system.store.read() as unit:
        assert [unit.hints.count(number) for number in (1, 2)] == [0, 1]


def test_a_person_is_moved_and_nothing_else_is_changed_where_that_fails(api, both) -> None:
    api.post("/sync/odoo/pull", {})
    moved = api.patch("/persons/N1", {"connection": "south"}).json["data"]
    assert (moved["connection"], moved["odoo_id"]) == ("south", None)
    refused = api.patch("/persons/N1", {"name": "Other", "connection": "west"})
    assert (refused.status_code, refused.json["code"]) == (404, "connection_not_found")
    assert api.get("/persons/N1").json["data"]["name"] == "Nora North"


def test_a_connection_is_removed_and_its_name_is_free_again(api, both, south) -> None:
    assert api.post("/sync/odoo/connections", login(south, name="South", db="x")).json["code"] == "connection_exists"
    assert api.delete("/sync/odoo/connections/south").status_code == 200
    assert api.get("/sync/odoo/config?connection=south").json["code"] == "connection_not_found"
    assert api.post("/sync/odoo/connections", login(south, name="south")).status_code == 201


def test_numbers_of_further_connections_carry_their_name(api, both) -> None:
    text = api.get("/metrics").text
    assert "face_attendance_odoo_reachable 1" in text
    assert 'face_attendance_odoo_reachable{connection="south"} 1' in text


def test_health_tells_of_the_one_that_is_in_trouble(api, both, south) -> None:
    assert api.get("/health").json["data"]["checks"]["odoo"]["status"] == "ok"
    south.stop()
    api.post("/sync/odoo/pull", {"connection": "south"})
    told = api.get("/health").json["data"]["checks"]["odoo"]
    assert (told["status"], told["message"].split(":")[0]) == ("warning", "south")
