"""The gallery in memory follows its source, and survives a source that fails."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from backend.app import build
from backend.vision.gallery import GalleryKeeper
from tests.vision.conftest import MemoryGallery, person
from tests.vision.test_decide import direction


class Stopwatch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def test_a_new_person_is_there_after_one_poll_and_a_removed_one_gone(settings, watch):
    source = MemoryGallery()
    keeper = GalleryKeeper(source, settings, monotonic=watch)
    assert len(keeper.current()) == 0
    source.add("ann", direction(1))
    watch.now += 0.4
    assert len(keeper.current()) == 0  # GALLERY_POLL is 500 ms
    watch.now += 0.2
    assert keeper.current().people == (person("ann"),)
    source.remove("ann")
    watch.now += 0.6
    assert len(keeper.current()) == 0


def test_an_unchanged_gallery_is_not_loaded_again(settings, watch):
    source = MemoryGallery()
    source.add("ann", direction(1))
    keeper = GalleryKeeper(source, settings, monotonic=watch)
    first = keeper.current()
    watch.now += 5
    assert keeper.current() is first


def test_a_store_that_fails_leaves_the_gallery_and_is_told_once(settings, watch, caplog):
    source = MemoryGallery()
    source.add("ann", direction(1))
    keeper = GalleryKeeper(source, settings, monotonic=watch)
    held = keeper.current()

    def broken() -> int:
        raise OSError("disk on fire")

    source.version, works = broken, source.version
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            watch.now += 1
            assert keeper.current() is held
    assert caplog.text.count("disk on fire") == 1
    source.version = works
    source.add("bob", direction(2))
    watch.now += 1
    assert len(keeper.current()) == 2


def test_of_a_real_store_only_templates_with_consent_are_in_force(settings, clock, watch):
    parts = build(settings, clock)
    keeper = GalleryKeeper(parts.store, settings, monotonic=watch)
    with parts.store.write() as unit:
        ann = unit.people.add("EMP001", "Ann").uuid
        template = unit.templates.add(ann, direction(1), "dlib-resnet-v1", {}, "upload")
        unit.templates.add(ann, direction(2), "another-engine", {}, "upload")
    assert len(keeper.current()) == 0
    with parts.store.write() as unit:
        unit.consents.give(ann, "1", "hr")
    watch.now += 0.6
    assert (keeper.current().people, keeper.current().ids) == ((ann,), (template,))
    assert np.array_equal(keeper.current().matrix[0], direction(1))
    with parts.store.write() as unit:
        unit.consents.withdraw(ann, "hr")
    watch.now += 0.6
    assert len(keeper.current()) == 0
    parts.store.close()


def test_alikeness_is_how_near_the_nearest_other_person_is_to_the_median_one(settings, watch):
    source = MemoryGallery()
    for number in range(40):
        source.add(f"person {number}", direction(number))
    gallery = GalleryKeeper(source, settings, monotonic=watch).current()
    distances = np.linalg.norm(gallery.means[:, None] - gallery.means[None], axis=2) + 9 * np.eye(40)
    assert gallery.alikeness == pytest.approx(np.median(distances.min(axis=1)), abs=1e-3)
