"""The bridge in its process: what happens here is in Odoo at once, and what Odoo says is heard."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from backend.config import load
from backend.odoo_simulator import OdooSimulator
from backend.processes.supervisor import running
from tests.odoo.stories import credentials
from tests.ports import free_port
from tests.processes.test_supervisor import Product, wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture(scope="module")
def odoo() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture(scope="module")
def product(odoo: OdooSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = load({"data_dir": tmp_path_factory.mktemp("data"), "timezone": "UTC", "port": free_port(),
                     "log_level": "error", "odoo_pull_schedule": "off"}, {}, [])
    with running(settings, no_camera=True) as supervisor:
        made = Product(supervisor)
        assert made.ask("POST", "/api/v1/sync/odoo/config", credentials(odoo))[0] == 200
        assert made.ask("POST", "/api/v1/sync/odoo/pull", {})[0] == 200
        made.pid("jobs")
        yield made


def mark(product: Product, person_id: str) -> None:
    assert product.ask("POST", "/api/v1/attendance/mark", {"person_id": person_id})[0] == 201


def held(odoo: OdooSimulator, badge: str) -> list[bool]:
    """Whether each row of that badge is still open."""
    return [row["check_out"] is None for row in odoo.attendances() if row["barcode"] == badge]


def runs(product: Product) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = product.ask("GET", "/api/v1/sync/runs?trigger=punch")[1]["data"]["runs"]
    return found


def test_a_check_in_is_in_odoo_at_once(product: Product, odoo: OdooSimulator) -> None:
    mark(product, "EMP001")
    wait_until(lambda: held(odoo, "EMP001") == [True])
    wait_until(lambda: runs(product))
    assert [(run["kind"], run["counts"]["pushed"]) for run in runs(product)] == [("push", 1)]


def test_the_bridge_goes_on_where_its_process_was_killed(product: Product, odoo: OdooSimulator) -> None:
    before = product.pid("jobs")
    os.kill(before, signal.SIGKILL)
    mark(product, "EMP002")
    wait_until(lambda: held(odoo, "EMP002") == [True])
    assert product.pid("jobs") != before


def test_a_check_in_while_odoo_is_away_is_there_when_it_is_back(product: Product, odoo: OdooSimulator) -> None:
    odoo.stop()
    mark(product, "EMP003")
    wait_until(lambda: product.ask("GET", "/api/v1/sync/status")[1]["data"]["odoo"]["status"] == "error")
    odoo.start()
    wait_until(lambda: held(odoo, "EMP003") == [True], 90)


def test_a_hint_is_heard_by_one_process_and_read_by_another(product: Product, odoo: OdooSimulator) -> None:
    webhook = product.ask("GET", "/api/v1/sync/odoo/webhook")[1]
    rule = webhook["automations"][0]
    odoo.automate(webhook["url"], rule["model"], rule["trigger_fields"])
    odoo.run_as("admin", "hr.employee", "write", [5], {"active": False})
    assert [post.status for post in odoo.posts] == [200]
    wait_until(lambda: product.ask("GET", "/api/v1/persons/EMP004")[1]["data"]["active"] is False)
