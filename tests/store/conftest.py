"""A store that is open, with two people in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from backend.config import Settings
from backend.store import Store, open_store
from backend.store.records import Person


@pytest.fixture
def store(any_database_settings: Settings, clock) -> Iterator[Store]:
    """On SQLite and on PostgreSQL."""
    opened = open_store(any_database_settings, clock)
    yield opened
    opened.close()


@pytest.fixture
def alice(store: Store) -> Person:
    with store.write() as unit:
        return unit.people.add("1001", "Alice Ämter", email="alice@example.com", department="Sales")


@pytest.fixture
def bob(store: Store) -> Person:
    with store.write() as unit:
        return unit.people.add("1002", "Bob", department="Workshop")


@pytest.fixture
def a_vector():
    """Makes unit vectors of 128 float32, another one for each seed."""
    def make(seed: int) -> np.ndarray:
        vector = np.random.default_rng(seed).normal(size=128).astype(np.float32)
        return vector / np.linalg.norm(vector)

    return make
