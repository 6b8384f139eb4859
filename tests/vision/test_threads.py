"""THREADS: every library that computes keeps to it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from backend.vision.gallery import GalleryKeeper
from backend.vision.pipeline import FacePipeline
from backend.vision.threads import limit_threads


@pytest.fixture
def restored() -> Iterator[None]:
    before = cv2.getNumThreads()
    with threadpool_limits(user_api="blas"):
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


def test_matrix_products_take_one_thread_for_they_would_wait_for_each_other(restored, settings):
    limit_threads(settings.but(threads=0), {})
    assert products() == {1}


def test_an_operators_own_number_for_products_is_kept(restored, settings):
    threadpool_limits(2, user_api="blas")
    limit_threads(settings.but(threads=1), {"OPENBLAS_NUM_THREADS": "2"})
    assert products() == {2}


def products() -> set[int]:
    """The threads that numpy's matrix products may take."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
