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


def test_a_row_that_odoo_does_not_take_is_shown_with_a_remedy_and_tried_again(site, anna, visit) -> None:
    with OdooSimulator(version=19, employees=[NewEmployee(name="Grace Hopper", barcode="EMP001")]) as odoo:
        site.system.odoo.save_config(url=odoo.url, db=odoo.db, username=odoo.username, password=odoo.password)
        site.system.odoo.pull()
        site.system.people.add("EMP777", "Ada Quill", by="test")
        for person in ("EMP001", "EMP777"):
            site.system.attendance.mark(person, at=system_clock() - timedelta(minutes=1))
        browser = visit(site.url)
        browser.log_in(anna)
        browser.go("/settings.html")
        browser.set("#push-from", (system_clock() - timedelta(days=1)).date().isoformat())
        browser.press("#push")
        browser.see("Pushed 1 attendance records, 1 failed", "#sync-result")
        browser.see("Ada Quill (EMP777)", "#problems")
        browser.see("Give the employee this badge in Odoo", "#problems")

        odoo.add_employee(NewEmployee(name="Ada Quill", barcode="EMP777"))
        browser.press("#problems button")
        browser.see("1 row goes to Odoo again")
        browser.press("#push")
        browser.see("Pushed 1 attendance record", "#sync-result")
        assert len(odoo.attendances()) == 2

        row = next(one for one in odoo.attendances() if one["barcode"] == "EMP001")
        out = system_clock().replace(tzinfo=None, microsecond=0)
        odoo.run_as("admin", "hr.attendance", "write", [row["id"]], {"check_out": str(out)})
        browser.driver.execute_script("document.querySelector('#dry-run').click()")  # the bar lies over it
        browser.press("#reconcile")
        browser.see("1 difference", "#sync-result")
        browser.see("changed in Odoo", "#sync-result")
        browser.driver.execute_script("document.querySelector('#dry-run').click()")  # the bar lies over it
        browser.press("#reconcile")
        browser.see("1 mended", "#sync-result")

        browser.press("#pause")
        browser.see("The exchange is paused", "#sync-warning")
        browser.see("Resume the exchange", "#pause")
        browser.press("#pause")
        browser.see("Pause the exchange", "#pause")
        assert browser.complaints() == []


def test_the_companies_to_keep_in_step_are_chosen_on_the_page(site, anna, visit) -> None:
    with OdooSimulator(version=18) as odoo:
        site.system.odoo.save_config(url=odoo.url, db=odoo.db, username=odoo.username, password=odoo.password)
        browser = visit(site.url)
        browser.log_in(anna)
        browser.go("/settings.html")
        browser.see("Saved", "#odoo-chip")
        browser.type("#odoo-companies", "My Company")
        browser.press("#odoo button[type=submit]")
        browser.see("Give the companies as Odoo’s numbers", "#odoo-result")
        assert "companies" not in site.system.odoo.config()["config"]

        browser.set("#odoo-companies", "1, 2")
        browser.press("#odoo button[type=submit]")
        browser.wait(lambda driver: site.system.odoo.config()["config"].get("companies") == [1, 2], "they are saved")
        browser.go("/settings.html")
        browser.wait(lambda driver: browser.find("#odoo-companies").get_attribute("value") == "1, 2", "and shown")
        browser.set("#odoo-companies", "")
        browser.press("#odoo button[type=submit]")
        browser.wait(lambda driver: "companies" not in site.system.odoo.config()["config"], "all of them again")
        assert browser.complaints() == []


def test_an_administrator_finds_the_address_for_hints(site, anna, visit) -> None:
    browser = visit(site.url)
    browser.log_in(anna)
    browser.go("/settings.html")
    before = browser.find("#hints-url").get_attribute("value")
    assert before.startswith(f"{site.url}/api/v1/webhooks/odoo/")
    browser.see("hr.employee", "#hints-rules")
    browser.press("#hints-rotate")
    browser.press("dialog button[value=yes]")
    browser.wait(lambda driver: browser.find("#hints-url").get_attribute("value") != before, "the address stays")
    assert browser.complaints() == []


def test_of_several_databases_one_is_chosen_and_the_page_is_about_it(site, anna, visit) -> None:
    with OdooSimulator(version=18) as odoo, OdooSimulator(
            version=19, employees=[NewEmployee(name="Sara South", barcode="S1")]) as other:
        site.system.odoo.save_config(url=odoo.url, db=odoo.db, username=odoo.username, password=odoo.password)
        browser = visit(site.url)
        browser.log_in(anna)
        browser.go("/settings.html")
        browser.see("Saved", "#odoo-chip")
        assert browser.driver.execute_script("return document.querySelector('#connection-choice').hidden")

        site.system.connections.add("south", by="test", url=other.url, db=other.db, username=other.username,
                                    password=other.password)
        browser.go("/settings.html")
        browser.see("Which Odoo", "#connection-choice")
        browser.wait(lambda driver: browser.find("#odoo-url").get_attribute("value") == odoo.url, "the first one")
        browser.set("#connection", "south")
        browser.wait(lambda driver: browser.find("#odoo-url").get_attribute("value") == other.url, "the other one")
        browser.press("#pull")
        browser.see("Synced 2 employees", "#sync-result")
        assert site.system.connections.by_id()[site.system.people.get("S1").connection_id] == "south"
        browser.press("#pause")
        browser.see("The exchange is paused", "#sync-warning")
        browser.set("#connection", "default")
        browser.see("Pause the exchange", "#pause")
        assert browser.complaints() == []
