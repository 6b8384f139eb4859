"""Setting up Odoo from the page: tested before it is saved, people pulled, attendance pushed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.clock import system_clock
from backend.odoo_simulator import NewEmployee, OdooSimulator

pytestmark = pytest.mark.chromium


def test_odoo_is_tested_saved_and_kept_in_step_from_the_page(site, anna, visit) -> None:
    people = [NewEmployee(name="Grace Hopper", barcode="EMP001"), NewEmployee(name="Ada Quill", barcode="EMP002")]
    with OdooSimulator(version=18, employees=people) as odoo:
        browser = visit(site.url)
        browser.log_in(anna)
        browser.go("/settings.html")
        browser.see("Not set up", "#odoo-chip")
        browser.press("#odoo-test")
        browser.see("Please fill in “Address”", "#odoo-result")

        browser.type("#odoo-url", odoo.url)
        browser.type("#odoo-db", odoo.db)
        browser.type("#odoo-username", odoo.username)
        browser.type("#odoo-password", "not the password")
        browser.press("#odoo-test")
        browser.see("Odoo refuses the user", "#odoo-result")
        browser.complaints()  # the browser notes the refusal; that one is wanted

        browser.type("#odoo-password", odoo.password)
        browser.press("#odoo-test")
        browser.see("Connection successful", "#odoo-result")
        browser.press("#odoo button[type=submit]")
        browser.see("Saved", "#odoo-chip")
        assert odoo.password not in browser.driver.page_source

        browser.press("#pull")
        browser.see("Synced", "#sync-result")
        assert site.system.people.get("EMP001").name == "Grace Hopper"

        site.system.attendance.mark("EMP001", at=system_clock() - timedelta(minutes=1))
        browser.set("#push-from", (system_clock() - timedelta(days=1)).date().isoformat())
        browser.press("#push")
        browser.see("Pushed 1 attendance record", "#sync-result")
        browser.press("#push")
        browser.see("already in Odoo", "#sync-result")
        assert browser.complaints() == []
