"""One shape for every failure, whatever is sent wherever."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.config import Settings

HOSTILE = {
    "not JSON": (b"{'", "application/json", 400),
    "deep": (b"[" * 40_000, "application/json", 400),
    "NaN": (b'{"a": NaN}', "application/json", 400),
    "endless": (b'{"a": 1e999}', "application/json", 400),
    "huge integer": (b'{"a": 1' + b"0" * 5000 + b"}", "application/json", 400),
    "half a character": (b'{"a": "\\ud800"}', "application/json", 400),
    "a number": (b"5", "application/json", 400),
    "JSON in JSON": (b'"{\\"person_id\\": \\"1\\", \\"name\\": \\"x\\"}"', "application/json", 400),
    "another type": (b"<xml/>", "application/xml", 415),
    "no type": (b"{}", "", 415),
}

ODD_VALUES: list[Any] = [None, True, -1, 2**53 - 1, 1.5, "", "x" * 5000, "\u202e", [], [[]], {}, {"a": {"b": []}}]


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    return settings


def _fill(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: "1" if found[1] in ("attendance_id", "key_id", "run_id")
                  else "nobody", path).removeprefix("/api/v1")


def _known(path: str, here) -> str:
    """The path as one who knows the webhook's secret calls it: what is checked first is in order."""
    return _fill(path.replace("{secret}", here.system.hints.secret()))


def _secret(path: str, here) -> dict[str, str]:
    return {"X-Webhook-Secret": here.system.hints.secret()} if path.endswith("/webhooks/odoo") else {}


def _not_our_fault(response) -> bool:
    """No 500, and no 503 but the one for a vision service that does not run in these tests."""
    return response.status_code < 500 or response.json["code"] == "vision_off"


def _json_bodies(contract):
    return [(method, path, operation) for method, path, operation in contract.operations
            if "application/json" in operation.get("requestBody", {}).get("content", {})]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused_everywhere(api, contract, here, name: str) -> None:
    body, kind, status = HOSTILE[name]
    for method, path, _ in _json_bodies(contract):
        response = api.send(method, _known(path, here), data=body, content_type=kind, headers=_secret(path, here))
        # Where the person is looked for first, nobody is found.
        assert response.status_code in (status, 404), (method, path, response.text)


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_no_odd_value_is_a_fault_of_ours(api, here, contract, value: Any) -> None:
    here.rate._size = 100_000
    schemas = contract.document["components"]["schemas"]
    for method, path, operation in _json_bodies(contract):
        if path.startswith("/api/v1/sync/odoo"):
            continue  # they would call somebody
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        fields = schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema).get("properties", {})
        for body in [{name: value} for name in fields] + [{name: value for name in fields}]:
            response = api.send(method, _fill(path), json=body)
            assert _not_our_fault(response), (method, path, body, response.text)


@pytest.mark.parametrize("value", ["", "-1", "x", "1e9", "99999999999999999999", "%00", "%ff", "\u202e", "NaN"])
def test_no_odd_parameter_is_a_fault_of_ours(api, here, contract, value: str) -> None:
    here.rate._size = 100_000
    for method, path, operation in contract.operations:
        if "/events" in path or "/camera/preview" in path:
            continue  # they would not end
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                response = api.send(method, f"{_fill(path)}?{parameter['name']}={value}")
                assert _not_our_fault(response), (method, path, parameter["name"], response.text)
        if "{" in path and value:
            odd = re.sub(r"\{\w+\}", value, path).removeprefix("/api/v1")
            response = api.client.open(f"/api/v1{odd}", method=method, headers={"X-API-Key": api.key})
            assert _not_our_fault(response), (method, odd, response.text)
            if response.status_code >= 400:
                contract.check(method, "/nowhere", response)


def test_an_address_that_is_not_there(api) -> None:
    for path in ("/nothing", "/persons/1/2/3", "/webhooks/somebody/secret", "/"):
        response = api.get(path)
        assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_outside_of_the_api_the_shape_is_the_same(app, contract) -> None:
    response = app.test_client().get("/nothing/at/all")
    assert response.status_code == 404
    contract.validate({"$ref": "#/components/schemas/Failure"}, response.json)


def test_a_method_that_is_not_taken_names_those_that_are(api, contract) -> None:
    for _, path, _ in contract.operations:
        response = api.send("PUT", _fill(path))
        assert (response.status_code, response.json["code"]) == (405, "method_not_allowed"), path
        assert set(contract.document["paths"][path]) <= {
            method.lower() for method in response.headers["Allow"].split(", ")}


def test_a_body_that_is_too_large(api, app, here, contract) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    here.settings = here.settings.but(max_request_bytes=1000)
    for method, path, _ in _json_bodies(contract):
        response = api.send(method, _known(path, here), data=b'{"a": "' + b"x" * 2000 + b'"}',
                            content_type="application/json", headers=_secret(path, here))
        assert response.status_code in (413, 404), (method, path)
        if response.status_code == 413:
            assert "1000 bytes" in response.json["error"]


def test_only_pictures_may_be_large(api) -> None:
    assert api.post("/session", {"username": "x", "password": "x" * 100_000}).status_code == 413
    assert api.post("/persons", {"person_id": "1", "name": "x" * 3_000_000}).status_code == 413
    large = api.post("/recognize", {"image": "x" * 3_000_000 + "?"})
    assert (large.status_code, large.json["code"]) == (422, "unreadable_image")


def test_a_stranger_may_not_ask_without_end(as_, here) -> None:
    here.rate._size = 5
    assert [as_().get("/health").status_code for _ in range(6)] == [200] * 5 + [429]


def test_wrong_fields_are_named_and_never_repeated(api) -> None:
    response = api.post("/session", {"username": ["alice"], "password": {"secret": "hunter2"}})
    assert response.status_code == 422
    assert [field["field"] for field in response.json["details"]["fields"]] == ["username", "password"]
    assert "hunter2" not in response.text


def test_thousands_of_faults_get_a_short_answer(api) -> None:
    response = api.post("/keys", {"name": "x", "scopes": [7] * 20})
    assert response.status_code == 422
    assert len(response.data) < 6000


def test_a_fault_of_ours_tells_nothing_of_our_insides(api, app, caplog) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("the password is hunter2")

    app.view_functions["persons.find_persons"] = broken
    response = api.get("/persons")
    assert (response.status_code, response.json["code"]) == (500, "internal_error")
    assert "hunter2" not in response.text and "Traceback" not in response.text
    assert "hunter2" in caplog.text  # whoever looks after the server has to know


def test_a_database_that_went_away_is_503_with_a_clear_line(api, system) -> None:
    with system.store.write() as unit:
        unit.connection.exec_driver_sql("DROP TABLE attendance")
    response = api.get("/attendance")
    assert response.status_code in (500, 503)
    assert "attendance" not in response.json["error"].lower() or response.status_code == 503
