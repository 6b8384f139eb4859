"""What every test may use: the clock held still, settings in a folder of their own, test data.

What a machine lacks is skipped and listed; with REQUIRE=postgres,chromium,testdata in the
environment a lack of the named things is a failure instead.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT, Settings, load

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
