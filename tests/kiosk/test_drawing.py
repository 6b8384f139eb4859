"""The preview's picture: what is drawn, and what the one font can show."""

from __future__ import annotations

from uuid import uuid4

import cv2
import numpy as np

from backend.kiosk.drawing import LONG_SIDE, draw, draw_blind, encode, plain
from backend.vision.preview import MAX_PICTURE_BYTES
from backend.vision.results import Reason, Request, TrackState, TrackView

GREY = np.full((480, 640, 3), 120, np.uint8)


def track(state: TrackState, box: tuple[int, int, int, int] = (100, 120, 80, 80)) -> TrackView:
    person = uuid4() if state is TrackState.ACCEPTED else None
    return TrackView(1, box, person, state, Reason.MATCHED)


def changed(picture: np.ndarray) -> tuple[int, int, int, int]:
    """The part (x, y, width, height) in which the picture is not grey any more."""
    return cv2.boundingRect((picture != 120).any(axis=2).astype(np.uint8))


def test_a_face_gets_a_box_and_a_name_and_the_frame_stays_as_it_was() -> None:
    before = GREY.copy()
    nameless = draw(GREY, (track(TrackState.LOOKING),), lambda person: "")
    named = draw(GREY, (track(TrackState.ACCEPTED),), lambda person: "Grace Hopper")
    assert changed(nameless)[2] < 90 and changed(named)[2] > 100
    assert (before == GREY).all()


def test_a_mirrored_picture_has_its_boxes_on_the_other_side_and_its_words_readable() -> None:
    frame = GREY.copy()
    frame[:, :320] = 121
    looking = draw(frame, (track(TrackState.LOOKING),), lambda person: "", mirrored=True)
    assert (looking[:, 330:440] == 121).all() and (looking[:, :320] == 120).all()
    assert 455 <= changed(draw(GREY, (track(TrackState.LOOKING),), str, mirrored=True))[0] <= 460
    named = [draw(GREY, (track(TrackState.ACCEPTED, (280, 120, 80, 80)),), lambda person: "Grace", mirrored=side)
             for side in (False, True)]
    assert (named[0] == named[1]).all()


def test_boxes_at_the_edge_and_beyond_are_no_trouble() -> None:
    for box in ((-40, -40, 60, 60), (600, 440, 200, 200), (0, 0, 640, 480)):
        draw(GREY, (track(TrackState.ACCEPTED, box),), lambda person: "Somebody with a very long name")


def test_a_large_frame_is_shown_smaller_with_its_boxes_in_place() -> None:
    large = np.full((2160, 3840, 3), 120, np.uint8)
    picture = draw(large, (track(TrackState.LOOKING, (1920, 1080, 400, 400)),), lambda person: "")
    assert picture.shape == (540, LONG_SIDE, 3)
    x, y, width, height = changed(picture)
    assert abs(x - 480) <= 2 and abs(y - 270) <= 2 and abs(width - 100) <= 4 and abs(height - 100) <= 4


def test_a_banner_stands_at_the_foot_whatever_its_length() -> None:
    short = changed(draw(GREY, (), str, "Not recorded: the disk is full."))
    long = changed(draw(GREY, (), str, "Not recorded: the server's disk is full. " * 4))
    assert short[1] > 420 and short[1] + short[3] == 480
    assert long[1] < short[1]


def test_a_blind_camera_shows_its_last_picture_darkened() -> None:
    assert draw_blind(GREY, "The camera gives no picture")[0, 0].tolist() == [40, 40, 40]
    assert draw_blind(None, "The camera gives no picture").shape == (360, 640, 3)


def test_names_in_any_script_become_something_to_show() -> None:
    assert plain("José Núñez-Œuvre") == "Jose Nunez-.uvre"
    assert plain("李小龍") == "..."


def test_even_noise_fits_into_the_block() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (960, 960, 3), np.uint8)
    assert len(encode(noise)) <= MAX_PICTURE_BYTES


def test_a_move_that_is_asked_for_is_an_arrow_to_the_side_of_whoever_looks_at_the_screen() -> None:
    def asked(move: str, mirrored: bool) -> tuple[int, int, int, int]:
        view = TrackView(1, (280, 120, 80, 80), None, TrackState.LOOKING, Reason.CHALLENGE_PENDING,
                         request=Request(move, 0, 2, 4.0, "n"))
        return changed(draw(GREY, (view,), str, mirrored=mirrored))

    for mirrored in (True, False):
        left, right = asked("turn_left", mirrored), asked("turn_right", mirrored)
        assert left[0] < 250 and left[0] + left[2] < 370
        assert right[0] > 270 and right[0] + right[2] > 390
    nearer = asked("come_closer", False)
    assert nearer[0] < 275 and nearer[0] + nearer[2] > 365
    assert asked("look_ahead", False)[0] > 275
