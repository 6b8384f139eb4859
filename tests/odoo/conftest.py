"""Odoo for tests: simulated servers of both versions over real sockets, and a desk with a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from backend.config import Settings
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.desks.policies import keep_policy
from backend.odoo_connector import OdooConnector
from backend.odoo_simulator import OdooSimulator
from backend.store import Store, open_store
from tests.odoo.places import PLACES, SIMULATED, Worker, leave, real, simulated
from tests.odoo.stories import Diary, at, credentials


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A story that would run on each database with each version of Odoo runs on SQLite with Odoo 18
    and on PostgreSQL with Odoo 19: the two have nothing to do with each other. So it is with transports."""
    items[:] = [item for item in items if _apart(getattr(getattr(item, "callspec", None), "params", {}))]


def _apart(params: dict[str, object]) -> bool:
    """Whether a case is not one of those that are left out."""
    if "any_database_settings" not in params:
        return True
    postgres = params["any_database_settings"] == "postgresql"
    if "place" in params:
        return postgres == (params["place"] == SIMULATED[-1])
    return "odoo" not in params or postgres == (params["odoo"] == 19)


@pytest.fixture(params=[18, 19], ids=["odoo18", "odoo19"])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=request.param) as server:
        yield server


@pytest.fixture
def odoo18() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def odoo19() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=19) as server:
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
    made = Parts(any_database_settings, clock, store, store.sealer)
    keep_policy(made, changed=False)
    yield made
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


# The suite marked `odoo`: see tests/odoo/places.py ------------------------------------------

NAMES = ("Ælfrida Ñandú-Łęcka", "陈 美 <Mei> & \"Söhne\"")


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Credentials of a bridge user with the least rights, and the transport to take."""
    server, _, transport = request.param.partition("-")
    if server == "real":
        yield real(transport)
        return
    with OdooSimulator(version=int(server[-2:])) as made:
        yield simulated(made, transport)


@pytest.fixture
def crew(connector: OdooConnector) -> Iterator[list[Worker]]:
    """Two employees with badges that nobody else has."""
    made: list[Worker] = []
    try:
        for name in NAMES:
            badge = "FA" + uuid4().hex[:12].upper()
            told = connector.sync_employee_to_odoo({"person_id": badge, "name": name})
            made.append(Worker(badge, name, told["employee_id"]))
        yield made
    finally:
        with ExitStack() as leaving:  # one that cannot be taken away keeps no other
            for worker in made:
                leaving.callback(leave, connector, worker)


@pytest.fixture
def rows(connector: OdooConnector) -> Callable[[Worker], list[tuple[datetime, datetime | None]]]:
    """What Odoo holds of a worker: check-in and check-out, in order of time."""
    def held(worker: Worker) -> list[tuple[datetime, datetime | None]]:
        found = connector.get_attendance_records(at("03-01 00:00"), at("04-01 00:00"), worker.odoo_id)
        return sorted(((row["check_in"], row["check_out"]) for row in found), key=lambda row: row[0])

    return held
