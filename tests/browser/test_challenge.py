"""The challenge at the door: a picture is asked and refused, a head that turns is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.vision.engines.yunet import YuNet
from backend.vision.results import Request
from benchmarks.presentations import Head, Person, frames, head
from tests.browser.product import Product, jpeg, serving

pytestmark = [pytest.mark.chromium, pytest.mark.testdata]

RATE = 10
"""Pictures a second, as Chromium plays a film of JPEG."""
TURNS = (("look_ahead", 3.0), ("turn_left", 2.5), ("look_ahead", 3.0), ("turn_right", 2.5))
"""Moves and their seconds, again and again: one of two is what was asked for."""


@pytest.fixture(scope="module")
def turning(test_data: Path) -> Head:
    clip = frames(test_data / "faces" / "clips" / "woman_turns.mp4")
    detect = YuNet((test_data / "models" / "face_detection_yunet_2023mar.onnx").read_bytes()).detect
    found = head(clip, detect)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def product(turning: Head, test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One move is asked for, and whoever fails is asked again: a film cannot hear what is asked."""
    data = tmp_path_factory.mktemp("product") / "data"
    (data / "models").mkdir(parents=True)
    for file in (test_data / "models").glob("*.onnx"):
        (data / "models" / file.name).symlink_to(file)
    she = Person(turning, 3, mirrored=False, scale=1.0)
    shots = [jpeg(she.frame(0.0, None)) for _ in range(3)]
    with serving(data, shots, liveness="challenge", challenge_moves="1", challenge_tries="10",
                 challenge_rest="5 s") as served:
        yield served


ASKED = """
    const greeting = document.querySelector('#greeting');
    return greeting.innerText.includes('Please turn your head slowly to your')
        && document.querySelector('#panel').dataset.mood === 'asked' && greeting.querySelector('svg') !== null;
"""
"""All of it at one moment: the page goes on between two questions."""


def filmed(turning: Head, target: Path, turns: tuple[tuple[str, float], ...]) -> Path:
    """Her head, doing `turns`, as a film for Chromium's camera."""
    she, at = Person(turning, 3, mirrored=False, scale=1.0), 0.0
    with target.open("wb") as out:
        for number, (move, seconds) in enumerate(turns):
            for _ in range(round(seconds * RATE)):
                out.write(jpeg(she.frame(at, Request(move, number, 1, 5.0, ""))))
                at += 1 / RATE
    return target


def kiosk(visit: Callable[..., Any], product: Product, film: Path) -> Any:
    browser = visit(product.url, film=film)
    browser.log_in("door", home="/kiosk")
    browser.go("/kiosk?camera=browser")
    return browser


def test_a_picture_is_asked_to_move_and_never_greeted(product: Product, turning: Head, visit: Callable[..., Any],
                                                      tmp_path: Path) -> None:
    browser = kiosk(visit, product, filmed(turning, tmp_path / "still.mjpeg", (("look_ahead", 5.0),)))
    browser.see("A short check that you are no picture", "#greeting", within=40)
    browser.wait(lambda driver: driver.execute_script(ASKED), "no turn is asked for, with an arrow", 60)
    assert "Carl" not in browser.find("body").text
    assert product.marks() == []
    assert browser.complaints() == []


@pytest.mark.timeout(500)  # she does what is asked by chance only, and a busy machine sees few of her pictures
def test_who_turns_as_asked_is_greeted_and_recorded(product: Product, turning: Head, visit: Callable[..., Any],
                                                    tmp_path: Path) -> None:
    browser = kiosk(visit, product, filmed(turning, tmp_path / "turns.mjpeg", TURNS))
    browser.see("Carl Friedrich", "#greeting", within=200)
    mark, = product.marks()
    assert (mark.person_id, str(mark.source), mark.device) == ("EMP007", "face", "browser")
