"""THREADS: every library that computes keeps to it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest

from backend.vision.gallery import GalleryKeeper
from backend.vision.pipeline import FacePipeline
from backend.vision.threads import limit_children


@pytest.fixture
def restored() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def test_a_camera_keeps_opencv_to_the_threads_it_may_use(restored, settings, staff, engine):
    cv2.setNumThreads(2)
    FacePipeline(settings.but(threads=1), GalleryKeeper(staff, settings, engine.name), "door", engine=engine)
    assert cv2.getNumThreads() == 1


def test_without_the_setting_opencv_takes_what_there_is(restored, settings, staff, engine):
    before = cv2.getNumThreads()
    FacePipeline(settings.but(threads=0), GalleryKeeper(staff, settings, engine.name), "door", engine=engine)
    assert cv2.getNumThreads() == before


def test_child_processes_find_the_limit_and_an_operators_own_is_kept(settings):
    environment = {"OMP_NUM_THREADS": "3"}
    limit_children(settings.but(threads=1), environment)
    assert environment == {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "1"}
    untouched: dict[str, str] = {}
    limit_children(settings.but(threads=0), untouched)
    assert untouched == {}
