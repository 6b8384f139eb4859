"""What every test may use: the clock held still, settings in a folder of their own, test data.

What a machine lacks is skipped and listed; with REQUIRE=postgres,chromium,testdata in the
environment a lack of the named things is a failure instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from backend.config import PROJECT_ROOT, Settings, load
from backend.desks import passwords
from backend.odoo import retrying
from backend.store import migrating
from tests import statements
from tests.budgets import pytest_runtest_logreport, pytest_terminal_summary
from tests.fresh import FreshDatabases
from tests.scheduling import pytest_xdist_make_scheduler

__all__ = ["pytest_runtest_logreport", "pytest_terminal_summary", "pytest_xdist_make_scheduler"]

statements.share()

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
REQUIRED = {word.strip() for word in os.environ.get("REQUIRE", "").split(",") if word.strip()}


def missing(thing: str, why: str) -> None:
    """Skip the test for lack of `thing`, or fail it where REQUIRE names the thing."""
    if thing in REQUIRED:
        pytest.fail(f"REQUIRE names {thing}, but {why}", pytrace=False)
    pytest.skip(f"{thing}: {why}")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of faces, models and transcripts (TEST_DATA, default ../shared)."""
    folder = (PROJECT_ROOT / os.environ.get("TEST_DATA", "../shared")).resolve()
    if not (folder / "faces" / "lfw").is_dir():
        missing("testdata", f"{folder} holds no faces/lfw; set TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def fresh_databases() -> FreshDatabases:
    return FreshDatabases()


@pytest.fixture(autouse=True)
def migrated_once(request: pytest.FixtureRequest, fresh_databases: FreshDatabases,
                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh databases are copies of one that was migrated; see tests/fresh.py."""
    if "tests/store/" not in request.node.nodeid:
        monkeypatch.setattr(migrating, "upgrade", fresh_databases.upgrade)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id still, but not so strong that a test with thirty PINs takes five seconds; what the
    product takes is looked at in tests/desks/test_passwords.py."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated servers are called as fast as they answer."""
    monkeypatch.setattr("backend.odoo.pacing.CALLS_PER_SECOND", 0.0)


@pytest.fixture(autouse=True)
def hurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to Odoo are made again soon, but where the waits are the matter."""
    if "test_resilience_" not in request.node.nodeid:
        monkeypatch.setattr(retrying, "_WAYS", {
            name: replace(way, first=way.first / 20, longest=way.longest / 20)
            for name, way in retrying._WAYS.items()})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings with a data folder of the test's own, in UTC, on any free port."""
    return load({"data_dir": tmp_path / "data", "timezone": "UTC", "port": 0}, {}, [])


class HeldClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **length: float) -> None:
        from datetime import timedelta

        self.now += timedelta(**length)


@pytest.fixture
def clock() -> HeldClock:
    """Monday, 2 March 2026, 08:00 UTC."""
    return HeldClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a private PostgreSQL, without a database's name; started once, when first asked for."""
    from tests import postgres

    folder = postgres.programs()
    if folder is None:
        missing("postgres", "its programs are not installed")
    with postgres.cluster(folder) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty place in PostgreSQL of the test's own: a schema, which is quicker to make
    and to drop than a database."""
    import psycopg

    name = f"test_{uuid4().hex}"
    address = postgres_server.replace("postgresql+psycopg:", "postgresql:") + "/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    yield f"{postgres_server}/postgres?options=-csearch_path%3D{name}"
    with psycopg.connect(address, autocommit=True) as connection:
        # Whoever is still connected would hold the tables that are to go.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE pid <> pg_backend_pid() AND state LIKE 'idle in%'")
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database_settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """`settings`, once on SQLite and once on PostgreSQL: a test that takes it runs on both."""
    if request.param == "sqlite":
        return settings
    return settings.but(database_url=request.getfixturevalue("postgres_url"))
