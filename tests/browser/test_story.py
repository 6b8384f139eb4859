"""The first day: set-up, a person, a face with consent, a mark, and what the pages show of it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.chromium


@pytest.mark.testdata
def test_from_the_first_start_to_a_row_of_attendance(site, visit, camera) -> None:
    browser = visit(site.url, film=camera)
    browser.go("/faces.html")
    browser.at("/login?next=/faces.html")

    browser.see("Welcome")
    browser.type("#setup-code", site.code)
    browser.type("#setup-name", "anna")
    browser.type("#setup-password", PASSWORD)
    browser.type("#setup-again", PASSWORD)
    browser.press("#setup button")
    browser.at("/")
    browser.see("anna", "#bar")

    browser.press("nav a[href='/faces.html']")
    browser.see("Nobody is here yet")
    browser.press("#add")
    browser.type("#new-id", "EMP042")
    browser.type("#new-name", "Ada <b>Quill</b>")
    browser.type("#new-department", "Research")
    browser.press("#add-form button[type=submit]")
    browser.see("Ada <b>Quill</b>", "#person h2")
    browser.see("No face", "#people")

    assert not browser.find("#camera").is_enabled(), "no picture before consent"
    browser.press("#consent")
    browser.press("#camera")
    browser.find("#finish, .shots li")  # the page has taken a picture by itself, perhaps all of them
    browser.driver.execute_script("document.querySelector('#finish').click()")
    browser.see("Good picture", ".shots")
    browser.see("picture", "#people")
    browser.see("Consent given", "#person")
    assert site.system.faces.list("EMP042")

    browser.press("#people button")  # the camera's light goes out when another person is opened
    browser.press("nav a[href='/timeline.html']")
    browser.see("Nobody was recorded on this day")
    browser.press("#mark")
    browser.type("#mark-person", "EMP042")
    browser.press("#dialog button[type=submit]")
    browser.see("Ada <b>Quill</b>", "#table")
    browser.see("still in", "#table")

    browser.press("nav a[href='/']")
    browser.see("Ada <b>Quill</b>", "#in-list")
    browser.see("Checked in", "#latest")
    assert browser.complaints() == []


def test_a_picture_without_a_face_says_how_to_mend_it(site, anna, visit, tmp_path) -> None:
    import cv2
    import numpy as np

    site.system.people.add("EMP001", "Grace", by="test")
    grey = tmp_path / "grey.jpg"
    cv2.imwrite(str(grey), np.full((480, 640, 3), 128, np.uint8))
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/faces.html#EMP001")
    browser.press("#consent")
    browser.driver.find_element("id", "files").send_keys(str(grey))
    browser.see("No face found", ".shots")
    browser.see("Look straight into the camera", ".shots")
    browser.see("No picture is registered yet", "#person")
    assert site.system.faces.list("EMP001") == []


def test_a_row_is_corrected_and_voided_with_a_reason(site, anna, visit) -> None:
    from datetime import timedelta

    from backend.clock import system_clock

    site.system.people.add("EMP001", "Grace", by="test")
    site.system.attendance.mark("EMP001", at=system_clock() - timedelta(minutes=1))
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/timeline.html")
    browser.press(".keys button:first-child")
    browser.press("#dialog button[type=submit]")
    browser.see("Please fill in", "#dialog")
    browser.type("#reason", "came by the back door")
    browser.press("#dialog button[type=submit]")
    browser.see("Corrected", "#table")

    browser.press(".keys button:last-child")
    browser.type("#reason", "entered twice")
    browser.press("#dialog button[type=submit]")
    browser.see("The attendance is void", "#toasts")
    browser.see("0", "#sums")
    assert browser.complaints() == []
