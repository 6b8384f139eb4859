"""Who may do what: every endpoint, without a key, with the wrong key, in every role."""

from __future__ import annotations

import re

import pytest

from backend.config import Settings
from backend.desks.scopes import ROLE_SCOPES, SCOPES
from backend.web.topic import LOGGED_IN, OWN_SECRET, PUBLIC


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database is enough: nothing here depends on it."""
    return settings


def _somewhere(path: str) -> str:
    """The path with something in place of its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: "1" if found[1] in ("attendance_id", "key_id", "run_id")
                  else "nobody", path)


def test_without_a_key_everything_but_the_public_is_401(app, contract) -> None:
    client = app.test_client()
    for method, path, operation in contract.operations:
        response = client.open(_somewhere(path), method=method)
        if operation["x-scope"] == PUBLIC:
            assert response.status_code != 401 or path.endswith("/session"), (method, path)
        else:
            code = "wrong_secret" if operation["x-scope"] == OWN_SECRET else "unauthorized"
            assert (response.status_code, response.json["code"]) == (401, code), (method, path)


def test_with_every_other_scope_but_the_one_it_is_403(as_, contract) -> None:
    everything = set(SCOPES) - {"*"}
    clients = {scope: as_(*sorted(everything - {scope})) for scope in everything}
    for method, path, operation in contract.operations:
        scope = operation["x-scope"]
        if scope in (PUBLIC, LOGGED_IN, OWN_SECRET):
            continue
        response = clients[scope].send(method, _somewhere(path).removeprefix("/api/v1"))
        assert response.status_code == 403, (method, path)
        assert response.json["details"] == {"scope": scope}


def test_the_scope_is_checked_before_the_body_is_read(as_) -> None:
    response = as_("persons:read").post("/persons", data=b"[" * 100_000)
    assert response.status_code == 403


@pytest.mark.parametrize(("role", "may", "may_not"), [
    ("viewer", ["persons:read", "attendance:read", "camera:read", "sync:read"],
     ["faces:read", "persons:write", "attendance:write", "sync:write", "recognize", "admin"]),
    ("hr", ["persons:write", "faces:write", "attendance:write", "sync:read", "logs:read"],
     ["sync:write", "admin"]),
    ("admin", ["admin", "sync:write", "faces:read"], []),
])
def test_roles(role: str, may: list[str], may_not: list[str]) -> None:
    held = ROLE_SCOPES[role]
    assert all(scope in held or "*" in held for scope in may)
    assert not any(scope in held for scope in may_not)


def test_marking_whom_recognize_finds_needs_the_scope_to_mark(as_) -> None:
    refused = as_("recognize").post("/recognize", {"image": "AAAA", "mark": True})
    assert (refused.status_code, refused.json["details"]) == (403, {"scope": "attendance:write"})


def test_a_bearer_token_is_as_good_as_the_header(as_) -> None:
    client = as_("persons:read")
    key, client.key = client.key, None
    assert client.get("/persons", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/persons", headers={"Authorization": "Basic abc"}).status_code == 401


def test_an_unknown_key_is_401_and_in_time_429(as_, here, app, contract) -> None:
    stranger, known = as_(), as_("persons:read")
    for _ in range(here.settings.login_tries):
        assert stranger.get("/persons", headers={"X-API-Key": "fa_12345678_" + "x" * 32}).status_code == 401
    locked = stranger.get("/persons", headers={"X-API-Key": "nonsense"})
    assert (locked.status_code, locked.json["code"]) == (429, "locked_out")
    assert 0 < int(locked.headers["Retry-After"]) <= 300
    assert known.get("/persons").status_code == 200  # whoever has a key is not locked out by a neighbour


@pytest.mark.parametrize("key", ["", " ", "x" * 10_000, "fa__", "\u00fc", "fa_%00_'; DROP TABLE persons"])
def test_odd_keys_are_no_keys(as_, key: str) -> None:
    assert as_().get("/persons", headers={"X-API-Key": key}).status_code == 401


def test_an_expired_and_a_revoked_key_are_refused(as_, api, clock) -> None:
    made = api.post("/keys", {"name": "short", "scopes": ["persons:read"], "expires": "2026-03-02T10:00:00"})
    key = {"X-API-Key": made.json["data"]["key"]}
    stranger = as_()
    assert stranger.get("/persons", headers=key).status_code == 200
    clock.move(hours=2)
    assert stranger.get("/persons", headers=key).status_code == 401

    made = api.post("/keys", {"name": "long", "scopes": ["persons:read"]})
    key = {"X-API-Key": made.json["data"]["key"]}
    assert stranger.get("/persons", headers=key).status_code == 200
    assert api.delete(f"/keys/{made.json['data']['id']}").json["data"]["revoked_at"]
    assert stranger.get("/persons", headers=key).status_code == 401


def test_a_key_has_a_rate(as_, here) -> None:
    here.rate._size = 3
    client = as_("persons:read")
    assert [client.get("/persons").status_code for _ in range(4)] == [200, 200, 200, 429]
    late = client.get("/persons")
    assert late.json["code"] == "too_many_requests"
    assert int(late.headers["Retry-After"]) >= 1
    assert as_("persons:read").get("/persons").status_code == 200


def test_keys_are_listed_without_themselves(api) -> None:
    made = api.post("/keys", {"name": "turnstile", "scopes": ["punch:write", "punch:write"]}).json["data"]
    assert made["scopes"] == ["punch:write"]
    listed = next(key for key in api.get("/keys").json["data"]["keys"] if key["name"] == "turnstile")
    assert "key" not in listed
    assert made["key"].startswith(listed["prefix"])
    assert made["key"] not in api.get("/keys").text


def test_a_key_with_an_unknown_scope_is_not_made(api) -> None:
    assert api.post("/keys", {"name": "x", "scopes": ["everything"]}).status_code == 422
    assert api.post("/keys", {"name": "x", "scopes": []}).status_code == 422
    assert api.post("/keys", {"name": "x", "scopes": ["*"], "expires": "2020-01-01T00:00:00"}).status_code == 422
    assert api.delete("/keys/4711").status_code == 404
