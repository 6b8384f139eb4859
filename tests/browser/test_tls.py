"""The pages over TLS with a certificate of our own making, as a tablet needs it for its camera."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PASSWORD, Sites

pytestmark = pytest.mark.chromium


@pytest.mark.testdata
def test_over_tls_the_cookie_is_secure_and_the_camera_opens(sites: Sites, visit, camera) -> None:
    site = sites.start(tls_self_signed=True)
    site.system.access.create_user("anna", PASSWORD, "admin")
    site.system.people.add("EMP001", "Grace", by="test")
    browser = visit(site.url, film=camera)
    browser.log_in("anna")
    cookie = browser.driver.get_cookie("fa_session")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    browser.go("/faces.html#EMP001")
    browser.press("#consent")
    browser.press("#camera")
    browser.find("#finish, .shots li")  # the page has taken a picture by itself, perhaps all of them
    browser.driver.execute_script("document.querySelector('#finish').click()")
    browser.see("Good picture", ".shots")
    assert site.system.faces.list("EMP001")


def test_without_a_secure_context_the_page_says_so_and_offers_upload(site, anna, visit) -> None:
    site.system.people.add("EMP001", "Grace", by="test")
    # A name that is not localhost stands for another machine's view of this server.
    browser = visit(site.url.replace("localhost", "attendance.test"))
    browser.log_in(anna)
    browser.go("/faces.html#EMP001")
    browser.press("#consent")
    browser.see("not loaded over a secure connection", "#person")
    assert browser.find("#upload").is_enabled()
    browser.go("/kiosk?camera=browser")
    browser.see("not loaded over a secure connection")
