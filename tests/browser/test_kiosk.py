"""The kiosk at the door, on the whole product: greetings, refusals, and a loss that cannot be missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import film
from tests.browser.product import Product, pictures, serving

pytestmark = [pytest.mark.chromium, pytest.mark.testdata]

CLIP = "man_glasses_moves.mp4"
STRANGER = "woman_flag.mp4"


@pytest.fixture(scope="module")
def clips(test_data: Path) -> Path:
    return test_data / "faces" / "clips"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Product]:
    """With a page user for the door, and Carl, whose face is registered; no camera yet."""
    with serving(tmp_path_factory.mktemp("product") / "data", pictures(clips / CLIP)) as served:
        yield served


def test_a_stranger_is_refused_kindly_and_nothing_is_recorded(product: Product, visit: Callable[..., Any],
                                                             clips: Path, tmp_path: Path) -> None:
    before = product.marks()
    browser = visit(product.url, film=film(clips / STRANGER, tmp_path / "stranger.mjpeg"))
    browser.log_in("door", home="/kiosk")
    browser.go("/kiosk?camera=browser")
    browser.see("We have not met yet", "#greeting", within=40)
    browser.see("Please look straight at the camera", "#greeting")
    assert browser.find("#panel").get_attribute("data-mood") == "refused"
    assert browser.driver.find_elements("css selector", "#greeting svg"), "a sign besides the colour"
    assert product.marks() == before


def test_a_tablets_own_camera_greets_whom_it_knows(product: Product, visit: Callable[..., Any],
                                                  camera: Path) -> None:
    browser = visit(product.url, film=camera, size="800,480")
    browser.log_in("door", home="/kiosk")
    browser.go("/kiosk?camera=browser")
    browser.see("Carl Friedrich", "#greeting", within=40)
    browser.see("Checked in", "#greeting")
    assert browser.find("#panel").get_attribute("data-mood") == "in"
    rows = product.marks()
    assert [(row.person_id, str(row.source), row.device) for row in rows] == [("EMP007", "face", "browser")]
    browser.see("Connected", "#links")
    assert browser.complaints() == []

    browser.driver.execute_script("document.getElementById('own').srcObject.getTracks()[0].stop()")
    browser.see("The camera gives no picture", "#greeting", within=3.5)
    browser.see("Camera live", "#links")


def test_the_servers_camera_greets_and_losses_show_within_three_seconds(
        product: Product, visit: Callable[..., Any], clips: Path) -> None:
    browser = visit(product.url)
    browser.log_in("door", home="/kiosk")
    browser.see("The camera gives no picture", "#greeting")
    with product.system.store.write() as unit:
        unit.devices.upsert("camera-1", kind="camera", name="Door", source=str(clips / CLIP))
    browser.see("Camera live", "#links", within=40)
    width = "return document.getElementById('live').naturalWidth"
    browser.wait(lambda driver: driver.execute_script(width) > 100, "the live picture does not come")
    browser.see("Carl Friedrich", "#greeting", within=40)
    assert {row.person_id for row in product.marks()} == {"EMP007"}
    assert browser.complaints() == []

    product.supervisor.crew["web"].kill()
    began = time.monotonic()
    browser.see("No connection", "#greeting", within=3.5)
    assert time.monotonic() - began < 3.2
    browser.see("Nothing is recorded", "#greeting")
    browser.see("Connected", "#links", within=40)
    browser.see("Camera live", "#links", within=40)
