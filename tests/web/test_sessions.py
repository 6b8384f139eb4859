"""Logging in to the pages, and the first run."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def hannah(system):
    """Hannah, who does HR."""
    return system.access.create_user("hannah", PASSWORD, "hr")


@pytest.fixture
def page(as_):
    """A browser that is not logged in."""
    return as_()


def _log_in(page, username: str = "hannah", password: str = PASSWORD):
    return page.post("/session", {"username": username, "password": password})


def test_the_first_administrator_needs_the_code_of_the_console(page, system) -> None:
    assert page.get("/setup").json["data"] == {"needed": True}
    code = system.access.setup_code()
    wrong = page.post("/setup", {"code": "AAAA-BBBB-CCCC", "username": "anna", "password": PASSWORD})
    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_code")
    weak = page.post("/setup", {"code": code, "username": "anna", "password": "123"})
    assert weak.status_code == 422
    made = page.post("/setup", {"code": code.lower(), "username": "anna", "password": PASSWORD})
    assert made.status_code == 201
    assert page.get("/setup").json["data"] == {"needed": False}
    again = page.post("/setup", {"code": code, "username": "eve", "password": PASSWORD})
    assert (again.status_code, again.json["code"]) == (409, "already_set_up")
    assert _log_in(page, "anna").json["data"]["user"] == {"username": "anna", "role": "admin"}


def test_a_page_user_logs_in_reads_and_logs_out(page, hannah, alice) -> None:
    answer = _log_in(page)
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("fa_session=", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Secure" not in cookie  # this request did not come by TLS
    assert page.get("/persons").json["data"]["total"] == 1
    csrf = page.get("/session").json["data"]["csrf"]
    assert page.delete("/session", headers={"X-CSRF-Token": csrf}).status_code == 200
    assert page.get("/persons").status_code == 401


def test_a_change_needs_the_csrf_token(page, hannah) -> None:
    csrf = _log_in(page).json["data"]["csrf"]
    body = {"person_id": "1", "name": "Ada"}
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" * 40}):
        refused = page.post("/persons", body, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (403, "csrf_failed")
    assert page.post("/persons", body, headers={"X-CSRF-Token": csrf}).status_code == 201


def test_a_role_bounds_a_page_user(page, system, alice) -> None:
    system.access.create_user("victor", PASSWORD, "viewer")
    csrf = _log_in(page, "victor").json["data"]["csrf"]
    assert page.get("/attendance/today").status_code == 200
    assert page.get(f"/persons/{alice}/faces").status_code == 403
    assert page.delete(f"/persons/{alice}", headers={"X-CSRF-Token": csrf}).status_code == 403


def test_a_session_ends_by_itself(page, hannah, clock) -> None:
    _log_in(page)
    clock.move(hours=13)
    assert page.get("/session").status_code == 401


def test_guessing_passwords_locks_the_address_out(page, hannah, here, system) -> None:
    for _ in range(here.settings.login_tries):
        wrong = _log_in(page, password="password1")
        assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_password")
    locked = _log_in(page)  # even the right one
    assert (locked.status_code, locked.json["code"]) == (429, "locked_out")
    assert int(locked.headers["Retry-After"]) > 0
    lines = system.journal.logs(category="security", level="warning")
    assert lines and all("password1" not in f"{line.message} {line.details}" for line in lines)


def test_who_is_unknown_gets_the_same_answer_as_who_is_wrong(page, hannah) -> None:
    assert _log_in(page, "nobody").json == _log_in(page, password="password1").json


def test_a_key_is_no_page_session(as_) -> None:
    assert as_("*").get("/session").status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "\x7f"])
def test_odd_cookies_are_no_sessions(app, cookie: str) -> None:
    client = app.test_client()
    assert client.get("/api/v1/persons", headers={"Cookie": f"fa_session={cookie}"}).status_code == 401
