"""The application on a real database, and a client that holds every answer to the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.desks.parts import Parts
from backend.web import create_app
from backend.web.context import KEY, Context
from backend.web.document import operations
from backend.web.server import WebServer


@pytest.fixture
def parts(any_database_settings: Settings, clock) -> Iterator[Parts]:
    """On SQLite and on PostgreSQL."""
    built = build(any_database_settings.but(timezone=_zone("Europe/Brussels"), login_tries=4), clock)
    yield built
    built.store.close()


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@pytest.fixture
def app(parts: Parts) -> Iterator[Any]:
    made = create_app(parts.settings, parts=parts)
    yield made
    made.extensions[KEY].close()


@pytest.fixture
def here(app: Any) -> Context:
    return app.extensions[KEY]


@pytest.fixture
def system(here: Context) -> AttendanceSystem:
    return here.system


@pytest.fixture
def served(app: Any, parts: Parts) -> Iterator[WebServer]:
    """The application on a real socket."""
    server = WebServer(app, parts.settings)
    server.start()
    yield server
    server.stop()


class Contract:
    """The OpenAPI document, and whether an answer keeps to it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.operations = list(operations(document))
        self._patterns = [(method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), operation)
                          for method, path, operation in self.operations]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        # A fixed path goes before one with a parameter: /attendance/today is no attendance_id.
        found = [(pattern.pattern.count("[^/]+"), operation) for known, pattern, operation in self._patterns
                 if known == method and pattern.match(path)]
        return min(found, key=lambda each: each[0])[1] if found else None

    def check(self, method: str, path: str, response: TestResponse) -> None:
        """Fail where the answer is not as the document says."""
        operation = self.operation(method, path)
        if response.status_code >= 400 or operation is None:
            self.validate({"$ref": "#/components/schemas/Failure"}, response.json)
            assert response.is_json
            return
        answer = operation["responses"].get(str(response.status_code))
        assert answer is not None, f"{method} {path} answers {response.status_code}, which is not documented"
        content = answer.get("content", {})
        assert response.mimetype in content, f"{response.mimetype} is not among {list(content)}"
        if response.mimetype == "application/json":
            self.validate(content["application/json"]["schema"], response.json)

    def validate(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


class Api:
    """Sends requests as somebody, and checks every answer against the document."""

    BASE = "/api/v1"

    def __init__(self, client: FlaskClient, contract: Contract, key: str | None = None) -> None:
        self.client = client
        self.contract = contract
        self.key = key

    def send(self, method: str, path: str, **how: Any) -> TestResponse:
        headers = dict(how.pop("headers", None) or {})
        if self.key is not None:
            headers.setdefault("X-API-Key", self.key)
        response = self.client.open(self.BASE + path, method=method, headers=headers, **how)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if response.mimetype not in ("text/event-stream", "multipart/x-mixed-replace"):
            self.contract.check(method, self.BASE + path.split("?")[0], response)
        return response

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.send("GET", path, **how)

    def post(self, path: str, json: Any = None, **how: Any) -> TestResponse:
        if json is not None:
            how["json"] = json
        return self.send("POST", path, **how)

    def patch(self, path: str, json: Any, **how: Any) -> TestResponse:
        return self.send("PATCH", path, json=json, **how)

    def delete(self, path: str, **how: Any) -> TestResponse:
        return self.send("DELETE", path, **how)


@pytest.fixture(scope="session")
def contract() -> Contract:
    from backend.web.application import bare_app

    return Contract(bare_app().api_doc)


@pytest.fixture
def as_(app: Any, contract: Contract, system: AttendanceSystem) -> Callable[..., Api]:
    """`as_("persons:read")`: a client with a key of these scopes; `as_()` has no key."""
    def client(*scopes: str) -> Api:
        key = system.access.create_key(" ".join(scopes)[:100], scopes)[1] if scopes else None
        return Api(app.test_client(), contract, key)

    return client


@pytest.fixture
def api(as_: Callable[..., Api]) -> Api:
    """Somebody who may do everything."""
    return as_("*")


@pytest.fixture
def alice(system: AttendanceSystem) -> str:
    """The person_id of Alice, who works in sales."""
    return system.people.add("1001", "Alice Ämter", email="alice@example.com", department="Sales",
                             by="test").person_id


@pytest.fixture
def bob(system: AttendanceSystem) -> str:
    return system.people.add("1002", "Bob", department="Workshop", by="test").person_id


@pytest.fixture(scope="session")
def lfw(test_data: Path) -> Callable[[str, int], bytes]:
    """`lfw("Ariel_Sharon", 2)`: a real picture's bytes."""
    def read(name: str, number: int = 1) -> bytes:
        return (test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg").read_bytes()

    return read
