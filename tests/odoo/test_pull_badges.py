"""Badges that are worn twice, blocked, or moved to somebody whom the pull does not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.odoo_simulator import NewEmployee
from tests.odoo.stories import numbers, people


@pytest.fixture
def odoo(odoo18):
    return odoo18


def long_ago():
    return (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)


def test_two_newcomers_with_one_badge_are_reported_and_neither_gets_in(desk, odoo, store):
    number = odoo.add_employee(NewEmployee("Double", barcode="DOUBLE"))
    odoo.change("hr.employee", number, barcode="EMP001")
    for result in (desk.pull(), desk.pull(), desk.pull(full=True)):
        assert not result["success"] and result["total"] == 30
        (error,) = result["errors"]
        assert "EMP001" in error and "Aïcha Benali" in error and "Double" in error
        assert "EMP001" not in people(store) and len(people(store)) == 28
    odoo.change("hr.employee", number, barcode="DOUBLE")
    assert numbers(desk.pull()) == {"added": 2, "updated": 0, "unchanged": 28, "deactivated": 0, "total": 30}


def test_they_stay_out_also_where_they_are_read_on_different_pages(desk_with, odoo, store):
    number = odoo.add_employee(NewEmployee("Double", barcode="DOUBLE"))
    odoo.change("hr.employee", number, barcode="EMP001")
    desk_with().pull()
    result = desk_with(odoo_page=10).pull(full=True)
    assert "EMP001" in result["errors"][0] and "EMP001" not in people(store)


def test_two_with_one_badge_keep_the_ids_they_have_and_their_other_changes_arrive(desk, odoo, store):
    desk.pull()
    before = people(store)
    # The other wearer is outside of what the next pull reads.
    odoo.change("hr.employee", 3, barcode="EMP001", name="Bruno Keller-Roth")
    odoo.change("hr.employee", 4, name="Chloé Martin-Roux")
    result = desk.pull()
    (error,) = result["errors"]
    assert "EMP001" in error and "Aïcha Benali (Odoo id 2)" in error and "Bruno Keller-Roth (Odoo id 3)" in error
    assert numbers(result) == {"added": 0, "updated": 1, "unchanged": 27, "deactivated": 0, "total": 29}
    after = people(store)
    assert after["EMP001"] == before["EMP001"]
    assert (after["EMP002"].uuid, after["EMP002"].name) == (before["EMP002"].uuid, "Bruno Keller-Roth")
    assert after["EMP003"].name == "Chloé Martin-Roux"


def test_a_double_is_reported_until_it_is_mended_even_where_the_mending_was_not_seen(desk, odoo, store):
    desk.pull()
    odoo.change("hr.employee", 3, barcode="EMP001")
    desk.pull()
    assert not desk.pull()["success"]
    odoo.change("hr.employee", 2, bump=False, barcode="EMP777", write_date=long_ago())
    result = desk.pull()
    assert result["success"] and people(store)["EMP001"].odoo_id == 3
    assert people(store)["ODOO_2"].name == "Aïcha Benali", "until her own change is read"


def test_a_blocked_badge_does_not_hold_up_the_rest_of_the_employee(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        local = unit.people.add("LOCAL1", "Local Lou")
    odoo.change("hr.employee", 2, barcode="LOCAL1", name="Aïcha Benali-Roux", active=False, department_id=2)
    result = desk.pull()
    assert "Local Lou" in result["errors"][0] and result["total"] == 29
    first = people(store)["EMP001"]
    assert (first.odoo_id, first.name, first.active, first.department) == (
        2, "Aïcha Benali-Roux", False, "Engineering")
    with store.write() as unit:
        unit.people.erase(local.uuid, keep_rows=False)


def test_a_badge_that_becomes_free_here_arrives_without_a_change_in_odoo(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        local = unit.people.add("LOCAL1", "Local Lou")
    odoo.change("hr.employee", 2, barcode="LOCAL1")
    desk.pull()
    with store.write() as unit:
        unit.people.rename({local.uuid: "LOU"})
    result = desk.pull()
    assert (result["success"], result["updated"]) == (True, 1)
    assert people(store)["LOCAL1"].odoo_id == 2


def test_the_badge_of_somebody_erased_is_not_taken_over(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        unit.people.erase(unit.people.by_person_id("EMP001").uuid, keep_rows=False)
    odoo.change("hr.employee", 3, barcode="EMP001", name="Bruno Keller-Roth")
    odoo.change("hr.employee", 2, barcode=None)
    result = desk.pull()
    assert "erased" in result["errors"][0] and "Bruno Keller keeps the id EMP002" in result["errors"][0]
    assert people(store)["EMP002"].name == "Bruno Keller-Roth"


def test_badges_that_go_round_across_pages(desk_with, odoo, store):
    desk = desk_with(odoo_page=10)
    desk.pull()
    before = people(store)
    for number, badge in ((2, "EMP025"), (15, "EMP001"), (26, "EMP014")):
        odoo.change("hr.employee", number, barcode=badge)
    dry, wet = desk.pull(full=True, dry_run=True), desk.pull()
    assert numbers(dry) == numbers(wet) and wet["updated"] == 3
    after = people(store)
    assert [after[badge].uuid for badge in ("EMP025", "EMP001", "EMP014")] == [
        before[badge].uuid for badge in ("EMP001", "EMP014", "EMP025")]


def test_an_employee_without_a_badge_gets_one_later_and_answers_to_both(desk, odoo, store):
    desk.pull()
    before = people(store)["ODOO_28"]
    odoo.change("hr.employee", 28, barcode="LATE28")
    desk.pull()
    assert people(store)["LATE28"].uuid == before.uuid
    with store.read() as unit:
        assert unit.people.by_person_id("ODOO_28").uuid == before.uuid


def test_faces_consent_and_history_stay_with_the_person_whose_badge_changed(desk, odoo, store, diary):
    desk.pull()
    one = diary("EMP001")
    one.enter("08:00", "16:00")
    with store.write() as unit:
        unit.consents.give(one.person.uuid, "1", "hr")
    odoo.change("hr.employee", 2, barcode="NEW77")
    desk.pull()
    after = people(store)["NEW77"]
    assert (after.uuid, after.consent) == (one.person.uuid, True)
    assert len(one.rows()) == 1


def test_an_id_of_our_making_that_somebody_local_has_is_told(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        unit.people.add("ODOO_2", "Local Lou")
    odoo.change("hr.employee", 3, barcode="EMP001")
    odoo.run_as("admin", "hr.employee", "unlink", [2])
    result = desk.pull()
    assert "Local Lou" in result["errors"][0]
    assert people(store)["EMP002"].odoo_id == 3


def add_loc3(store, **more):
    with store.write() as unit:
        return unit.people.add("LOC-3", "Lou Local", badge="LOC3", **more)


def test_a_badge_beside_the_id_links_too_and_becomes_the_id(desk, odoo, store):
    before = add_loc3(store)
    number = odoo.add_employee(NewEmployee("Lou Local-Roth", barcode="LOC3"))
    foretold = desk.pull(dry_run=True)
    assert people(store) == {"LOC-3": before}
    result = desk.pull()
    assert numbers(foretold) == numbers(result) and (result["updated"], result["total"]) == (1, 30)
    after = people(store)["LOC3"]
    assert (after.uuid, after.name, after.odoo_id, after.badge) == (before.uuid, "Lou Local-Roth", number, "LOC3")
    with store.read() as unit:
        assert unit.people.by_person_id("LOC-3").uuid == before.uuid
    assert numbers(desk.pull(full=True))["unchanged"] == 30
    odoo.change("hr.employee", number, active=False)
    desk.pull()
    assert not people(store)["LOC3"].active


def test_a_badge_beside_the_id_is_settled_as_after_sending_the_person(desk, odoo, store):
    before = add_loc3(store)
    desk.send_person("LOC-3")
    desk.pull()
    after = people(store)["LOC3"]
    assert (after.uuid, after.badge) == (before.uuid, "LOC3") and "LOC-3" not in people(store)


def test_a_badge_that_one_has_as_badge_and_another_as_id_is_told_and_is_whose_badge_it_is(desk, odoo, store):
    before = add_loc3(store)
    with store.write() as unit:
        unit.people.add("LOC3", "Ida Id")
    number = odoo.add_employee(NewEmployee("Lou Local", barcode="LOC3"))
    for result in (desk.pull(dry_run=True), desk.pull(), desk.pull()):
        (error,) = result["errors"]
        assert "LOC3" in error and "Ida Id" in error
    after = people(store)
    assert (after["LOC-3"].uuid, after["LOC-3"].odoo_id, after["LOC3"].odoo_id) == (before.uuid, number, None)


def test_a_badge_that_is_handed_on_to_whom_it_is_the_badge_of_here(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        local = unit.people.add("LOC-3", "Lou Local", badge="EMP001")
    odoo.change("hr.employee", 2, barcode="EMP777")
    number = odoo.add_employee(NewEmployee("Lou Local", barcode="EMP001"))
    foretold, result = desk.pull(dry_run=True), desk.pull()
    assert numbers(foretold) == numbers(result) and result["success"]
    after = people(store)
    assert (after["EMP001"].uuid, after["EMP001"].odoo_id, after["EMP777"].odoo_id) == (local.uuid, number, 2)


@pytest.mark.parametrize("page", [1, 500])
@pytest.mark.parametrize("badges", [("LOC3", "LOC4"), ("LOC4", "LOC3")])
def test_one_employee_has_the_badge_of_somebody_and_another_the_id(desk_with, odoo, store, page, badges):
    with store.write() as unit:
        unit.people.add("LOC4", "Lou Local", badge="LOC3")
    for badge in badges:
        odoo.add_employee(NewEmployee(f"Wears {badge}", barcode=badge))
    desk = desk_with(odoo_page=page)
    foretold, result = desk.pull(dry_run=True), desk.pull()
    assert numbers(foretold) == numbers(result) and result["success"]
    after = people(store)
    assert (after["LOC3"].name, after["LOC4"].name) == ("Wears LOC3", "Wears LOC4")
    assert numbers(desk.pull(full=True))["unchanged"] == 31


def test_a_badge_beside_the_id_that_two_employees_have_links_nobody(desk, odoo, store):
    before = add_loc3(store)
    for name in ("One", "Two"):
        odoo.change("hr.employee", odoo.add_employee(NewEmployee(name, barcode=name)), barcode="LOC3")
    result = desk.pull()
    (error,) = result["errors"]
    assert "One" in error and "Two" in error
    assert people(store)["LOC-3"] == before and "LOC3" not in people(store)


def test_a_badge_beside_the_id_brings_nobody_back_who_was_erased(desk, odoo, store):
    desk.pull()
    with store.write() as unit:
        unit.people.erase(unit.people.by_person_id("EMP001").uuid, keep_rows=False)
        local = unit.people.add("LOC-3", "Lou Local", badge="EMP001")
    assert desk.pull(full=True)["success"]
    assert people(store)["LOC-3"] == local and "EMP001" not in people(store)


def test_a_badge_beside_the_id_of_somebody_of_another_database_links_nobody(desk, odoo, store):
    with store.write() as unit:
        there = unit.connections.add("south-plant")
    before = add_loc3(store, connection_id=there)
    odoo.add_employee(NewEmployee("Lou Local", barcode="LOC3"))
    desk.pull()
    assert people(store)["LOC-3"] == before
