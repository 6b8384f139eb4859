"""Memory does not grow with the company: page by page is what stays of a pull."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc

import pytest

from backend.config import PROJECT_ROOT, Settings
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.store import open_store

SERVER = """
import sys
from backend.odoo_simulator import NewEmployee, OdooSimulator
crowd = (NewEmployee(f"Person {number}", f"B{number:06}") for number in range(int(sys.argv[1])))
with OdooSimulator(version=18, employees=crowd) as odoo:
    print(odoo.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def company():
    """A server in a process of its own, whose memory is not ours; `company(n)` is its address."""
    running = []

    def start(size: int) -> str:
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(size)], cwd=PROJECT_ROOT, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(server)
        return server.stdout.readline().strip()

    yield start
    for server in running:
        server.communicate("")


def peaks(url: str, settings: Settings, clock, size: int) -> tuple[int, int]:
    """The most bytes that Python held at once beyond what it held before: during the first pull,
    and during one that reads everybody again and sweeps."""
    store = open_store(settings, clock)
    desk = OdooDesk(Parts(settings, clock, store, store.sealer))
    desk.save_config(url=url, db="o18", username="bridge", password="bridge", transport="jsonrpc")
    desk.pull(limit=settings.odoo_page)  # modules, caches and the login are there from here on
    found = []
    for full in (False, True):
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        result = desk.pull(full=full)
        found.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
        assert (result["total"], result["read"], result["full"]) == (size + 1, size + 1, True)
    store.close()
    return found[0], found[1]


def test_ten_times_the_people_need_no_more_memory(settings, clock, company, tmp_path):
    few = peaks(company(2_000), settings.but(data_dir=tmp_path / "few"), clock, 2_000)
    many = peaks(company(20_000), settings.but(data_dir=tmp_path / "many"), clock, 20_000)
    for once, ten_times in zip(few, many, strict=True):
        assert ten_times < 1.15 * once + 500_000, (few, many)
