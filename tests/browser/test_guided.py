"""Guided enrolment before a real camera: it says what to do, takes the pictures itself, registers them."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.conftest import film

pytestmark = [pytest.mark.chromium, pytest.mark.testdata]


@pytest.fixture(scope="session")
def turning(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film for Chromium's camera: a woman who turns her head to either side."""
    return film(test_data / "faces" / "clips" / "woman_turns.mp4", tmp_path_factory.mktemp("film") / "turns.mjpeg", 118)


def open_person(visit, site, who: str, camera: Path | None, **how):
    site.system.people.add("EMP001", "Grace", by="test")
    browser = visit(site.url, film=camera, **how)
    browser.log_in(who)
    browser.go("/faces.html#EMP001")
    return browser


def test_the_page_guides_through_three_poses_and_registers_them_together(site, anna, visit, turning) -> None:
    browser = open_person(visit, site, anna, turning)
    browser.press("#consent")
    browser.press("#camera")
    browser.see("Look ahead", ".poses .now")
    browser.see("To your left", ".poses", within=60)
    browser.see("To your right", ".poses", within=60)
    browser.wait(lambda driver: len(driver.find_elements("css selector", ".shots .chip.good")) == 3,
                 "three pictures are not registered", within=90)
    browser.see("3 pictures", "#people")
    browser.see("that is enough", "#progress")
    turns = sorted(face.quality["yaw_degrees"] for face in site.system.faces.list("EMP001"))
    assert turns[0] < -8 and abs(turns[1]) < 7 and turns[2] > 8
    assert not browser.driver.find_element("css selector", ".guided").is_displayed(), "the camera is off"
    assert browser.driver.find_element("css selector", ".warnings").text == ""
    assert browser.complaints() == []


def test_by_keyboard_alone_on_a_seven_inch_screen_in_german(site, anna, visit) -> None:
    """Before a test card, which nothing is taken of by itself."""
    browser = open_person(visit, site, anna, None, size="800,480", language="de-DE")
    browser.find("#consent").send_keys(Keys.SPACE)
    browser.find("#camera").send_keys(Keys.ENTER)
    browser.see("Geradeaus", ".poses .now")
    browser.find("#shoot")
    browser.wait(lambda driver: driver.switch_to.active_element.get_attribute("id") == "shoot", "no focus")
    stage = browser.find(".guided")
    assert stage.size["height"] <= 480, "steps, picture and buttons fit on the screen together"
    for selector in ("#shoot", "#skip-pose"):
        assert browser.find(selector).size["height"] >= 44
    browser.see("Kein Gesicht zu sehen", ".live-hint")
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    browser.see("Nach links", ".poses .now")
    browser.find("#skip-pose").send_keys(Keys.ENTER)
    browser.see("Nach rechts", ".poses .now")
    browser.find("#finish").send_keys(Keys.ENTER)
    browser.see("Kein Gesicht gefunden", ".shots")
    assert site.system.faces.list("EMP001") == []


def test_a_hint_says_what_is_wrong(site, anna, visit, test_data, tmp_path) -> None:
    """A face far away: the page asks to come closer, and takes nothing by itself."""
    far = tmp_path / "far.mjpeg"
    clip = test_data / "faces" / "clips" / "man_glasses_moves.mp4"
    source = cv2.VideoCapture(str(film(clip, tmp_path / "near.mjpeg", 10)))
    with far.open("wb") as out:
        while (read := source.read())[0]:
            small = cv2.resize(read[1], None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
            down, across = 480 - small.shape[0], 640 - small.shape[1]
            frame = cv2.copyMakeBorder(small, down // 2, down - down // 2, across // 2, across - across // 2,
                                       cv2.BORDER_CONSTANT, value=(128, 128, 128))
            out.write(cv2.imencode(".jpg", frame)[1].tobytes())
    source.release()
    browser = open_person(visit, site, anna, far)
    browser.press("#consent")
    browser.press("#camera")
    browser.see("Come closer", ".live-hint")
    browser.press("#shoot")
    browser.press("#finish")
    browser.see("Too small", ".shots")
    assert site.system.faces.list("EMP001") == []


def test_a_face_of_somebody_else_is_registered_only_with_a_reason(site, anna, visit) -> None:
    from backend.config import PROJECT_ROOT
    from backend.vision.pictures import LocalPictures

    portraits = [PROJECT_ROOT / "data" / "demo" / "pictures" / f"grace-hopper-{number}.jpg" for number in (1, 2)]
    site.system.people.add("EMP002", "Ada", by="test")
    reader = LocalPictures(site.system.settings, site.system.store)
    site.system.faces.enroll("EMP002", [reader.read(portraits[0].read_bytes())], consent=True, by="test")
    browser = open_person(visit, site, anna, None)
    browser.press("#consent")
    browser.driver.find_element("id", "files").send_keys(str(portraits[1]))
    browser.see("Somebody else’s face", ".shots")
    browser.press("#double-anyway")
    browser.press("#double button[type=submit]")
    browser.see("Please fill in", "#double")
    browser.type("#double-reason", "twins")
    browser.press("#double button[type=submit]")
    browser.see("Good picture", ".shots")
    browser.see("looks much like Ada", ".warnings")
    browser.find("#findings summary").send_keys(Keys.ENTER)
    browser.see("look too alike", "#findings")
    with site.system.store.read() as unit:
        assert any(line.details.get("reason") == "twins" for line in unit.logs.search("security"))
