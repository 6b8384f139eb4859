"""When the detector runs: at once for who comes, hardly ever for what stays or only moves."""

from __future__ import annotations

import numpy as np
import pytest

from backend.vision.results import TrackState
from tests.vision.conftest import STAFF, person
from tests.vision.film import Film
from tests.vision.scenes import scene

MAIN, OTHER = STAFF[0], STAFF[1]


def tree(step: int) -> tuple[np.ndarray, int, int]:
    """Something with a texture that sways and is no face."""
    leaves = np.random.default_rng(3).integers(0, 255, (8, 6, 3), np.uint8).repeat(20, 0).repeat(20, 1)
    return leaves, 500 + round(12 * np.sin(step / 15)), 250


def detections(film) -> int:
    return film.pipeline.counters.as_dict().get("detect", {"runs": 0})["runs"]


def seconds_until(film, seen, *pictures) -> float:
    """How long `pictures` stand there until `seen`, a second at most."""
    begun = film.now
    for step in range(30):
        result = film.show(scene(*pictures, noise=step % 5), 1 / 30)
        if seen(result):
            return film.now - begun
    raise AssertionError("not seen within a second")


def test_who_comes_into_an_empty_room_is_seen_within_a_fifth_of_a_second(film, face):
    film.empty(5)
    assert seconds_until(film, lambda result: result.tracks, (face(MAIN), 200, 100)) <= 0.2


def test_who_comes_to_somebody_known_is_seen_within_a_fifth_of_a_second(film, face):
    film.hold((face(MAIN), 0, 100), seconds=5)
    assert film.last.tracks[0].state is TrackState.ACCEPTED
    took = seconds_until(film, lambda result: len(result.tracks) == 2, (face(MAIN), 0, 100), (face(OTHER), 380, 100))
    assert took <= 0.2


def test_from_the_first_good_frame_to_the_decision_less_than_three_tenths_of_a_second_pass(film, face):
    film.empty(1)
    seconds_until(film, lambda result: result.sightings, (face(MAIN), 200, 100))
    sighting, = film.sightings
    assert sighting.person == person(MAIN)
    assert film.now - 101 <= 0.3


def test_what_moves_and_is_no_face_is_searched_less_and_less_often(film):
    for step in range(90):
        film.show(scene(tree(step), noise=step % 5), 1 / 30)
    first = detections(film)
    for step in range(90, 180):
        film.show(scene(tree(step), noise=step % 5), 1 / 30)
    assert detections(film) - first <= 15  # of 90 frames


def test_who_comes_while_something_else_moves_is_seen_all_the_same(film, face):
    for step in range(60):
        film.show(scene(tree(step), noise=step % 5), 1 / 30)
    begun = film.now
    for step in range(60, 80):
        result = film.show(scene(tree(step), (face(MAIN), 60, 100), noise=step % 5), 1 / 30)
        if result.tracks:
            break
    assert film.now - begun <= 0.2


def test_a_face_that_stands_still_is_looked_at_about_once_a_second(film, face):
    film.hold((face(MAIN), 200, 100), seconds=3)
    before = film.pipeline.counters.as_dict()
    for step in range(180):
        film.show(scene((face(MAIN), 200, 100), noise=step % 5), 1 / 30)
    after = film.pipeline.counters.as_dict()
    ran = {name: after[name]["runs"] - before[name]["runs"] for name in ("follow", "detect", "detect_near", "embed")}
    assert ran["follow"] <= 70 and ran["detect"] <= 2 and ran["detect_near"] <= 8 and ran["embed"] <= 2


@pytest.mark.parametrize("busy", [0.0, 0.05])
def test_a_slow_machine_searches_less_often(busy, settings, staff, engine, face):
    film = Film(settings, staff, engine)
    clock = [0.0]

    def seconds() -> float:
        clock[0] += busy  # each search seems to take so long
        return clock[0]

    film.pipeline._seconds = seconds
    film.pipeline._reset((0, 0))
    for step in range(60):
        film.show(scene(tree(4 * step), noise=step % 5), 1 / 30)
    assert detections(film) >= 4 if not busy else detections(film) <= 8
