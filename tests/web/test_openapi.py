"""The document: complete, valid, served without anything from elsewhere."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from backend.config import PROJECT_ROOT, Settings
from backend.web.document import page

PROMISED = """
GET /health /health/live /health/ready
GET,POST /persons
GET,PATCH,DELETE /persons/{person_id}
POST /persons/{person_id}/register-face
GET,DELETE /persons/{person_id}/faces /persons/{person_id}/faces/{face_id}
POST,DELETE /persons/{person_id}/consent
POST /recognize /attendance/mark /punches
GET /attendance /attendance/today /attendance/summary /attendance/export
GET,PATCH /attendance/{attendance_id}
POST /attendance/{attendance_id}/void
GET /camera/status /camera/preview /events
POST /camera /camera/sessions /camera/sessions/{session_id}/frames
POST /sync/odoo/test /sync/odoo/pull /sync/odoo/push /sync/odoo/reconcile /sync/retry
GET /sync/problems
GET,POST /sync/odoo/config
GET /sync/status /sync/runs/{run_id} /logs
GET,POST /keys
DELETE /keys/{key_id}
GET /metrics
GET,POST,DELETE /session
GET,POST /setup
"""


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database is enough: nothing here depends on it."""
    return settings


def test_it_is_valid_openapi_3_1(contract) -> None:
    assert contract.document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(contract.document).validate()


def test_every_promised_endpoint_is_there(contract) -> None:
    there = {(method, path) for method, path, _ in contract.operations}
    for line in PROMISED.strip().splitlines():
        methods, *paths = line.split()
        for method in methods.split(","):
            for path in paths:
                assert (method, f"/api/v1{path}") in there


def test_every_endpoint_says_its_scope_and_how_it_fails(contract) -> None:
    for method, path, operation in contract.operations:
        assert operation["x-scope"], (method, path)
        assert operation["summary"].endswith((".", "?")), (method, path)
        for status, answer in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Failure")


def test_two_shapes_never_share_a_name(contract) -> None:
    titles = [schema.get("title") for schema in contract.document["components"]["schemas"].values()]
    names = list(contract.document["components"]["schemas"])
    assert titles == names


def test_it_is_served_as_it_is(app, contract) -> None:
    assert app.test_client().get("/api/v1/openapi.json").json == contract.document


def test_the_page_to_browse_it_fetches_nothing_from_elsewhere(app) -> None:
    client = app.test_client()
    html = client.get("/api/v1/docs").text
    linked = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(linked) == 4
    assert "<script>" not in html
    for address in linked:
        assert "//" not in address
        with client.get(f"/api/v1/{address}") as file:
            assert file.status_code == 200
    assert client.get("/api/v1/docs/files/../../__init__.py").status_code == 404


def test_the_written_documentation_is_up_to_date(contract) -> None:
    written = (PROJECT_ROOT / "API_DOCUMENTATION.md").read_text(encoding="utf-8")
    assert written == page(contract.document), "run: python -m backend.web.document > API_DOCUMENTATION.md"
