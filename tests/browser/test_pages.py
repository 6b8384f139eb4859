"""Every page: only for those who are logged in, without a fault in the browser's console, by keyboard."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.conftest import PASSWORD

PAGES = {
    "/": "In now", "/kiosk": "The camera gives no picture", "/faces.html": "People and faces",
    "/timeline.html": "Attendance", "/settings.html": "API keys",
}


def ask(site, path: str, **headers: str):
    """A bare request: no following of redirects, no cookies."""
    connection = http.client.HTTPConnection("localhost", urlsplit(site.url).port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_a_login_and_leads_back(site, path: str) -> None:
    status, headers, _ = ask(site, path)
    assert status == 302
    assert headers["Location"] == ("/login" if path == "/" else f"/login?next={path}")
    assert headers["Cache-Control"] == "no-store"


def test_files_are_revalidated_by_their_etag(site) -> None:
    status, headers, body = ask(site, "/static/js/api.js")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert headers["Cache-Control"] == "no-cache"
    assert body
    status, headers, body = ask(site, "/static/js/api.js", **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


@pytest.mark.parametrize("path", [
    "/static/index.html", "/static/js/../index.html", "/static/js/%2e%2e/index.html",
    "/static/js/..%2f..%2fbackend/app.py", "/static//etc/passwd", "/static/js/", "/static/nothing.js"])
def test_nothing_but_files_is_served_as_files(site, path: str) -> None:
    status, _, body = ask(site, path)
    assert status in (301, 302, 404, 308)
    assert b"<script" not in body


@pytest.mark.chromium
@pytest.mark.parametrize(("size", "role"), [("1280,800", "admin"), ("800,480", "hr"), ("480,800", "viewer")])
def test_every_page_loads_without_a_fault_and_fits(site, visit, size: str, role: str) -> None:
    site.system.access.create_user("paul", PASSWORD, role)
    browser = visit(site.url, size=size)
    browser.log_in("paul")
    for path, words in PAGES.items():
        browser.go(path)
        browser.see(words)
        browser.wait(lambda driver: driver.execute_script("return performance.timing.loadEventEnd") > 0,
                     "still loading")
        too_wide = browser.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{path} is {too_wide} pixels too wide for {size}"
    assert browser.complaints() == [], "a fault, or something the content policy refused"


@pytest.mark.chromium
def test_everything_pressable_has_a_name_and_room_for_a_finger(site, anna, visit) -> None:
    site.system.people.add("EMP001", "Grace", by="test")
    browser = visit(site.url, size="800,480")
    browser.log_in(anna)
    for path, words in PAGES.items():
        browser.go(path)
        browser.see(words)
        small = browser.driver.execute_script("""
            return [...document.querySelectorAll('button, a[href], select, input:not([type=checkbox])')]
              .filter((e) => e.offsetParent && !e.matches('.skip'))
              .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height,
                           (e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent || '').trim()])
              .filter(([, height, name]) => height < 43.5 || !name)""")
        assert small == [], path


@pytest.mark.chromium
def test_logging_in_and_out_by_keyboard_alone(site, anna, visit) -> None:
    browser = visit(site.url)
    browser.go("/timeline.html")
    browser.see("Log in", "h1")
    ActionChains(browser.driver).send_keys(anna, Keys.TAB, PASSWORD, Keys.ENTER).perform()
    browser.at("/timeline.html")
    browser.see("Nobody was recorded on this day")

    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    assert browser.driver.switch_to.active_element.text == "Skip to the content"
    for _ in range(12):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        if browser.driver.switch_to.active_element.get_attribute("id") == "logout":
            break
    outline = browser.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus can be seen"
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    browser.at("/login")
    browser.go("/")
    browser.at("/login")


@pytest.mark.chromium
def test_a_wrong_password_is_told_and_no_address_leads_elsewhere(site, anna, visit) -> None:
    browser = visit(site.url)
    browser.go("/login?next=https://example.com/")
    browser.type("#login-name", anna)
    browser.type("#login-password", "wrong wrong wrong")
    browser.press("#login button")
    browser.see("The user name or the password is wrong", "#login")
    browser.type("#login-password", PASSWORD)
    browser.press("#login button")
    browser.at("/")


@pytest.mark.chromium
def test_the_pages_speak_the_browsers_language(site, anna, visit) -> None:
    browser = visit(site.url, language="de-AT")
    browser.go("/login")
    browser.see("Anmelden", "h1")
    assert browser.driver.find_element("tag name", "html").get_attribute("lang") == "de"


@pytest.mark.chromium
def test_a_key_is_made_shown_once_and_revoked(site, anna, visit) -> None:
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/settings.html")
    browser.press("#new-key")
    browser.type("#key-name", "Turnstile")
    browser.press("input[value='punch:write']")
    browser.press("#key-dialog button[type=submit]")
    plain = browser.find("#the-key").get_attribute("value")
    assert site.system.access.check_key(plain).name == "Turnstile"
    browser.press("#key-dialog .primary")
    browser.see("punch:write", "#keys")
    assert plain not in browser.driver.page_source

    browser.press("#keys .danger")
    browser.press("dialog[open] button[value=yes]")
    browser.see("Revoked", "#keys")
    assert site.system.access.check_key(plain) is None
    assert browser.complaints() == []


@pytest.mark.chromium
def test_faces_of_another_engine_are_shown_as_such(site, anna, visit) -> None:
    person = site.system.people.add("1001", "Alice", by="test")
    with site.system.store.write() as unit:
        unit.templates.add(person.uuid, np.eye(1, 128, dtype=np.float32)[0], "another-v1", {}, "upload")
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/faces.html#1001")
    browser.see("Enrol again", "#people")
    browser.see("recognise nobody any more", "#person")
    browser.see("other engine", "#person")
    assert browser.complaints() == []
