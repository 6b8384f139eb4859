"""The pad at the door: a PIN for a face that was not quite sure, and badge and PIN without a face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from selenium.webdriver.common.by import By

from backend.vision.results import Decision, Outcome, Reason, Refusal
from tests.browser.conftest import PASSWORD, Site, Visitor

pytestmark = pytest.mark.chromium

DOOR = "camera-1"


@pytest.fixture
def alice(site: Site) -> UUID:
    site.system.access.create_user("door", PASSWORD, "kiosk")
    site.system.devices.use_camera("nothing", DOOR)
    person = site.system.people.add("1001", "Alice Ämter", badge="B-7", by="test")
    site.system.people.set_pin("1001", "4711", by="test")
    return person.uuid


def press(browser: Visitor, keys: str) -> None:
    for key in keys:
        browser.press(f'#pad [data-key="{key}"]')
    browser.press('#pad [data-key="ok"]')


def sources(site: Site) -> list[str]:
    return [f"{row.person_id} {row.source} {row.device}" for row in site.system.attendance.list()[0]]


def test_a_face_that_is_not_quite_sure_is_confirmed_on_a_small_screen(
        site: Site, alice: UUID, visit: Callable[..., Any]) -> None:
    browser = visit(site.url)
    # Full screen on a 7-inch panel: the window's own bars do not count.
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 800, "height": 480, "deviceScaleFactor": 1, "mobile": False})
    browser.log_in("door", home="/kiosk")
    browser.see("The camera gives no picture", "#greeting")  # the stream of events stands
    decision = Decision(Outcome.ASK, Reason.NOT_SURE_ENOUGH, alice, 0.29, confidence=0.3)
    for door in ("tablet", DOOR):
        site.system.attendance.record_refusal(Refusal(site.system.clock(), door, 1, decision))
    browser.see("Please confirm with your PIN", "#pad")
    browser.see("We are not quite sure that it is you", "#pad")
    assert "Alice" not in browser.driver.find_element(By.TAG_NAME, "body").text
    panel = browser.find("#panel").size
    for key in browser.driver.find_elements(By.CSS_SELECTOR, "#pad button"):
        assert key.size["height"] >= 44
        assert key.location["y"] + key.size["height"] <= panel["height"], key.text

    press(browser, "0000")
    browser.see("The PIN is wrong", "#pad")
    press(browser, "4711")
    browser.see("Alice Ämter", "#greeting")
    browser.see("Checked in", "#greeting")
    assert sources(site) == [f"1001 pin {DOOR}"]
    wrong = [line for line in browser.complaints() if "/attendance/confirm" not in line]
    assert wrong == []


def test_badge_and_pin_without_a_face(site: Site, alice: UUID, visit: Callable[..., Any]) -> None:
    browser = visit(site.url, language="de-DE")
    browser.log_in("door", home="/kiosk")
    browser.press("#way")
    browser.see("Ausweis vorhalten", "#pad")
    browser.press('#pad [data-key="letters"]')
    press(browser, "B-")  # half a badge: nobody's
    browser.see("PIN bestätigen", "#pad")
    press(browser, "4711")
    browser.see("Ausweis oder PIN stimmt nicht", "#pad")

    browser.press('#pad [data-key="cancel"]')
    # A scanner types what it reads, wherever the focus is, and ends with Enter.
    browser.driver.execute_script(
        "for (const key of ['B', '-', '7', 'Enter'])"
        " document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))")
    browser.see("PIN bestätigen", "#pad")
    press(browser, "4711")
    browser.see("Alice Ämter", "#greeting")
    assert sources(site) == [f"1001 pin {DOOR}"]
    assert not browser.driver.find_element(By.ID, "pad").is_displayed()


def test_hr_gives_a_pin_to_somebody_who_declines_to_be_recognised(site: Site, anna: str,
                                                               visit: Callable[..., Any]) -> None:
    person = site.system.people.add("1002", "Bob", by="test")
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/faces.html#1002")
    browser.see("No PIN", "#person")
    browser.type("#proof-pin", "12")
    browser.press("#proof-pin + button")
    browser.see("4 to 12 digits", ".proof .problem")
    browser.type("#proof-pin", "1234")
    browser.press("#proof-pin + button")
    browser.see("PIN is set", "#person")
    browser.type("#proof-badge", "B-9")
    browser.press("#proof-badge + button")
    browser.see("Badge is set", "#person")
    site.system.access.verify_pin(person.uuid, "1234")
    assert site.system.people.get("1002").badge == "B-9"
