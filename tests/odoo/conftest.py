"""Odoo for tests: simulated servers of both versions over real sockets, and a desk with a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from backend.config import Settings
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from backend.store import Store, open_store
from tests.odoo.stories import Diary, credentials


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each story runs on SQLite with both versions of Odoo, and on PostgreSQL with Odoo 18:
    the two have nothing to do with each other."""
    items[:] = [item for item in items if not _doubled(getattr(item, "callspec", None))]


def _doubled(case: object) -> bool:
    params = getattr(case, "params", {})
    return params.get("any_database_settings") == "postgresql" and (
        params.get("odoo") == 19 or params.get("place") in ("odoo19", "real"))


@pytest.fixture(params=[18, 19], ids=["odoo18", "odoo19"])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=request.param) as server:
        yield server


@pytest.fixture
def odoo18() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def connector(odoo: OdooSimulator) -> Iterator[OdooConnector]:
    made = OdooConnector(**credentials(odoo))
    yield made
    made.close()


@pytest.fixture
def parts(any_database_settings: Settings, clock) -> Iterator[Parts]:
    """On SQLite and on PostgreSQL."""
    store = open_store(any_database_settings, clock)
    yield Parts(any_database_settings, clock, store, store.sealer)
    store.close()


@pytest.fixture
def store(parts: Parts) -> Store:
    return parts.store


@pytest.fixture
def desk_with(parts: Parts, odoo: OdooSimulator) -> Callable[..., OdooDesk]:
    """Makes a desk that is configured for the simulated server, with other settings."""
    def make(**settings: object) -> OdooDesk:
        made = OdooDesk(Parts(parts.settings.but(**settings), parts.clock, parts.store, parts.sealer))
        made.save_config(**credentials(odoo))
        return made

    return make


@pytest.fixture
def desk(desk_with: Callable[..., OdooDesk]) -> OdooDesk:
    return desk_with()


@pytest.fixture
def diary(store: Store) -> Callable[..., Diary]:
    """`diary("EMP001")` is the diary of a person with that badge, made when needed."""
    def make(person_id: str, name: str | None = None) -> Diary:
        with store.write() as unit:
            person = unit.people.by_person_id(person_id) or unit.people.add(
                person_id, name or f"Person {person_id}")
        return Diary(store, person)

    return make
