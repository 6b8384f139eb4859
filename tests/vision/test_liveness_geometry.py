"""What five points tell of a turn: a nose leaves the plane of its face, and nothing flat has a nose."""

from __future__ import annotations

import numpy as np
import pytest

from backend.vision.liveness.geometry import nose_shift, size, turn, upright
from tests.vision.heads import HEAD, PHOTO, bent, seen


@pytest.mark.parametrize("degrees", [-60, -35, -10, 10, 35, 60])
@pytest.mark.parametrize(("tilt", "away", "shift"), [(0, 9.0, (0, 0)), (25, 5.0, (1.0, -0.5)), (-20, 3.0, (0.3, 0.2))])
def test_a_photo_has_no_parallax_however_it_is_held(degrees, tilt, away, shift):
    found = turn(seen(PHOTO), seen(PHOTO, degrees, tilt, away, shift))
    assert abs(found.parallax) < 1e-3
    assert found.slant > 5


@pytest.mark.parametrize("degrees", [20, 30, 40])
def test_a_head_shows_its_nose_on_the_side_it_turns_to(degrees):
    left, right = turn(seen(HEAD), seen(HEAD, degrees)), turn(seen(HEAD), seen(HEAD, -degrees))
    assert left.parallax == pytest.approx(0.4 * np.sin(np.radians(degrees)), rel=0.25)
    assert right.parallax == pytest.approx(-left.parallax, abs=0.01)
    assert left.slant == pytest.approx(degrees, abs=5)
    assert left.depth == pytest.approx(0.4, abs=0.08)


def test_a_photo_rolled_to_a_tube_has_less_depth_than_any_head():
    for degrees in range(10, 50, 5):
        assert turn(seen(bent(1.0)), seen(bent(1.0), degrees)).depth < 0.16


def test_a_head_that_only_comes_closer_or_moves_aside_has_not_turned():
    for points in (seen(HEAD, away=6.0), seen(HEAD, shift=(1.5, 0.5)), 0.5 * seen(HEAD)):
        assert abs(turn(seen(HEAD), points).parallax) < 0.09
    assert size(seen(HEAD, away=6.0)) / size(seen(HEAD)) == pytest.approx(1.5, rel=0.02)


def test_a_tilted_picture_is_brought_upright():
    angle = np.radians(25)
    rolled = seen(HEAD) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert upright(rolled) == pytest.approx(upright(seen(HEAD)), abs=1e-6)
    assert turn(upright(rolled), seen(HEAD)).parallax == pytest.approx(0, abs=1e-3)


def test_points_that_fell_together_are_no_turn():
    assert turn(seen(HEAD), np.zeros((5, 2))).parallax == 0
    assert nose_shift(np.zeros((5, 2))) == 0
