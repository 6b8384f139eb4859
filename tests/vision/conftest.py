"""Real faces for the vision tests, and one engine for all of them: its weights load once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import numpy as np
import pytest

from backend.config import load
from backend.store.records import GalleryRows
from backend.vision.engines import Engine, open_engine
from backend.vision.pictures import LocalPictures
from tests.vision.scenes import clip_frames, read

_NAMES = UUID("6f1c0f2e-55a5-4a3e-8a0a-8d6f5f3f4a10")


def person(name: str) -> UUID:
    """The same id for the same name, in every test."""
    return uuid5(_NAMES, name)


STAFF = ("Russell_Simmons", "Angela_Bassett", "Arnoldo_Aleman", "Bill_McBride")
"""Enrolled by the fixture `staff` from their pictures 1 to 3; picture 4 is for probing."""


class MemoryGallery:
    """A gallery source in memory, as the store is one on disk."""

    def __init__(self) -> None:
        self.rows: list[tuple[UUID, UUID, np.ndarray]] = []
        self.changes = 0

    def version(self) -> int:
        return self.changes

    def load(self) -> GalleryRows:
        matrix = np.array([row[2] for row in self.rows], np.float32).reshape(len(self.rows), -1 if self.rows else 0)
        return GalleryRows(version=self.changes, ids=tuple(row[0] for row in self.rows),
                           people=tuple(row[1] for row in self.rows), matrix=matrix)

    def add(self, name: str, *templates: np.ndarray) -> None:
        for template in templates:
            self.rows.append((uuid4(), person(name), template))
        self.changes += 1

    def remove(self, name: str) -> None:
        self.rows = [row for row in self.rows if row[1] != person(name)]
        self.changes += 1


@pytest.fixture(scope="session")
def engine() -> Engine:
    found = open_engine()
    found.load()
    return found


@pytest.fixture(scope="session")
def lfw(test_data: Path) -> Callable[[str, int], bytes]:
    """`lfw("Colin_Powell", 2)`: the file's bytes."""
    def read(name: str, number: int = 1) -> bytes:
        return (test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg").read_bytes()

    return read


@pytest.fixture(scope="session")
def reader(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> LocalPictures:
    """Reads pictures against an empty gallery: for templates and quality."""
    settings = load({"data_dir": tmp_path_factory.mktemp("data"), "timezone": "UTC"}, {}, [])
    return LocalPictures(settings, MemoryGallery(), engine)


@pytest.fixture(scope="session")
def enrolled(reader: LocalPictures, lfw: Callable[[str, int], bytes]) -> dict[str, list[np.ndarray]]:
    """Templates of STAFF, by name."""
    found = {}
    for name in STAFF:
        faces = [reader.read(lfw(name, number)).faces[0] for number in (1, 2, 3)]
        found[name] = [face.template for face in faces if face.template is not None]
    return found


@pytest.fixture
def staff(enrolled: dict[str, list[np.ndarray]]) -> MemoryGallery:
    """A gallery of the STAFF, of the test's own."""
    gallery = MemoryGallery()
    for name, templates in enrolled.items():
        gallery.add(name, *templates)
    return gallery


@pytest.fixture
def film(settings, staff, engine) -> Any:
    from tests.vision.film import Film

    return Film(settings, staff, engine)


@pytest.fixture(scope="session")
def face(lfw):
    @lru_cache
    def picture(name: str, number: int = 4) -> np.ndarray:
        return read(lfw(name, number))

    return picture


@pytest.fixture(scope="session")
def clips(test_data):
    @lru_cache
    def frames(name: str) -> list[tuple[float, np.ndarray]]:
        return list(clip_frames(test_data / "faces" / "clips" / f"{name}.mp4"))

    return frames
