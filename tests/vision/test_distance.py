"""The smallest face as a distance: pixels from metres, and who is taken into view by it."""

from __future__ import annotations

import logging

import cv2
import pytest

from backend.config import load
from backend.errors import SettingError
from backend.vision.distance import face_pixels, least_face
from tests.vision.conftest import STAFF
from tests.vision.film import Film
from tests.vision.scenes import scene


def test_twice_as_far_is_half_as_wide_and_more_pixels_are_wider():
    near = face_pixels(1.0, 60.0, 640)
    assert near == pytest.approx(85.9, abs=0.1)
    assert face_pixels(2.0, 60.0, 640) == pytest.approx(near / 2)
    assert face_pixels(1.0, 60.0, 1280) == pytest.approx(near * 2)
    assert face_pixels(1.0, 90.0, 640) < near < face_pixels(1.0, 40.0, 640)


def test_the_distance_takes_the_place_of_the_pixels_where_it_is_set(settings):
    assert least_face(settings.but(min_face_pixels=77), 1280) == 77
    asked = settings.but(min_face_pixels=77, face_distance=3.0)
    assert least_face(asked, 640) == 28
    assert least_face(asked, 1920) == 85


def test_a_distance_that_the_camera_cannot_reach_is_said_and_the_most_is_made_of_it(settings, caplog):
    with caplog.at_level(logging.WARNING):
        assert least_face(settings.but(face_distance=20.0), 640) == 20
    assert "20 m" in caplog.text and "FACE_DISTANCE" in caplog.text


@pytest.mark.parametrize(("written", "metres"), [("3 m", 3.0), ("250cm", 2.5), ("2.5", 2.5)])
def test_a_distance_is_written_with_a_unit_or_in_metres(written, metres):
    assert load({}, {"FACE_ATTENDANCE_FACE_DISTANCE": written}, []).face_distance == metres


@pytest.mark.parametrize(("name", "written"), [
    ("FACE_DISTANCE", "3 ft"), ("FACE_DISTANCE", "0 m"), ("FACE_DISTANCE", "far"),
    ("CAMERA_FIELD_OF_VIEW", "200"), ("CAMERA_FIELD_OF_VIEW", "wide"),
])
def test_what_is_no_distance_or_angle_is_refused_by_name(name, written):
    with pytest.raises(SettingError, match=name):
        load({}, {f"FACE_ATTENDANCE_{name}": written}, [])


@pytest.mark.parametrize(("metres", "seen"), [(1.2, False), (2.4, True)])
def test_who_is_further_away_than_asked_is_not_taken_into_view_as_a_face(metres, seen, settings, staff, engine, face):
    picture = face(STAFF[0])
    box = max(engine.detect(picture), key=lambda found: found.box[2]).box
    scale = 50 / box[2]  # 1.7 m away, for a lens of 60 degrees
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    film = Film(settings.but(face_distance=metres), staff, engine)
    for step in range(12):
        film.show(scene((small, 200, 150), noise=step % 5))
    good = [track for track in film.last.tracks if track.reason != "too_small"]
    assert bool(good) is seen
