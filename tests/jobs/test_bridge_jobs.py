"""What is done with Odoo by the clock, against a simulated server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.desks import odoo_runs
from backend.desks.odoo_runs import RunLost
from backend.jobs.runner import Runner
from backend.jobs.schedule import schedule
from backend.odoo.errors import OdooError
from backend.odoo_simulator import NewEmployee, OdooSimulator
from backend.odoo_simulator.hooks import Call
from tests.conftest import HeldClock
from tests.odoo.stories import credentials


@pytest.fixture
def odoo() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def system(settings: Settings, clock: HeldClock) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(settings.but(odoo_full_pull_schedule="off"), clock, migrate=True))
    yield built
    built.close()


def odoo_jobs(system: AttendanceSystem) -> Runner:
    return Runner(system, [job for job in schedule(system.settings) if job.name == "pull from Odoo"])


def people(system: AttendanceSystem) -> int:
    with system.store.read() as unit:
        return unit.people.search(limit=100)[1]


def runs(system: AttendanceSystem):
    with system.store.read() as unit:
        return unit.sync_runs.list()


def test_employees_come_by_themselves_twice_a_minute(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    system.odoo.save_config(**credentials(odoo))
    runner = odoo_jobs(system)
    assert runner.run_due() == []
    clock.move(seconds=30)
    assert runner.run_due() == ["pull from Odoo"]
    assert people(system) > 20
    odoo.change("hr.employee", 2, active=False)
    clock.move(seconds=30)
    assert runner.run_due() == ["pull from Odoo"]
    found = system.people.get("EMP001")
    assert not found.active
    assert runs(system)[0].trigger == "schedule"


def test_a_pull_that_finds_nothing_says_nothing_on_the_console(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "backend")
    system.odoo.save_config(**credentials(odoo))
    runner = odoo_jobs(system)
    said = []
    for _ in range(3):
        clock.move(seconds=30)
        runner.run_due()
        said.append("Synced" in caplog.text)
        caplog.clear()
    assert said == [True, False, False]


def test_nothing_is_tried_before_odoo_is_configured_and_while_it_is_paused(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    runner = odoo_jobs(system)
    clock.move(minutes=5)
    assert runner.run_due() == []
    system.odoo.save_config(**credentials(odoo))
    with system.store.write() as unit:
        unit.connections.pause(True)
    assert runner.run_due() == [] and odoo.calls == []
    with system.store.write() as unit:
        unit.connections.pause(False)
    assert runner.run_due() == ["pull from Odoo"], "what was missed is made up for"
    assert runner.run_due() == []


def test_a_schedule_that_is_off_is_no_job(settings: Settings) -> None:
    names = [job.name for job in schedule(settings.but(odoo_pull_schedule="off"))]
    assert "pull from Odoo" not in names and "pull everybody from Odoo" in names


def test_a_scheduled_pull_that_meets_another_run_is_tried_again_soon(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    system.odoo.save_config(**credentials(odoo))
    runner = odoo_jobs(system)
    with system.store.write() as unit:
        other = unit.sync_runs.start("pull", {"employees": [2]}, trigger="hook")
    clock.move(seconds=30)
    assert runner.run_due() == []
    with system.store.write() as unit:
        unit.sync_runs.finish(other, success=True, message="Pulled")
    clock.move(seconds=5)
    assert runner.run_due() == ["pull from Odoo"]


def test_an_odoo_that_is_away_is_told_once_and_what_was_missed_is_made_up_for(
        settings: Settings, odoo: OdooSimulator, clock: HeldClock) -> None:
    system = AttendanceSystem(parts=build(settings.but(odoo_full_pull_schedule="off", odoo_retries=0), clock,
                                          migrate=True))
    system.odoo.save_config(**credentials(odoo))
    runner = odoo_jobs(system)
    odoo.stop()
    for _ in range(20):
        clock.move(seconds=30)
        assert runner.run_due() == []
    odoo.start()
    clock.move(seconds=61)
    assert runner.run_due() == ["pull from Odoo"]
    system.journal.flush()
    with system.store.read() as unit:
        told = [line.message for line in reversed(unit.logs.search()) if line.level in ("warning", "error")]
        back = [line.message for line in unit.logs.search("odoo_sync") if "is back" in line.message]
    assert len(told) == 1 and "Odoo is away" in told[0]
    assert len(back) == 1
    system.close()


def test_what_waits_is_pushed_each_hour_and_what_was_refused_gets_another_chance(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    odoo.clock = clock
    system.odoo.save_config(**credentials(odoo))
    system.odoo.pull()
    system.people.add("EMP777", "Zoë Young", by="test")
    system.attendance.mark("EMP001", at=clock())
    system.attendance.mark("EMP777", at=clock())
    runner = Runner(system, [job for job in schedule(system.settings) if job.name == "push to Odoo"])
    clock.move(minutes=7)
    assert runner.run_due() == ["push to Odoo"]
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001"]
    assert [problem["person_id"] for problem in system.odoo.problems()] == ["EMP777"]
    odoo.add_employee(NewEmployee(name="Zoë Young", barcode="EMP777"))
    system.odoo.pull()
    clock.move(hours=1)
    assert runner.run_due() == ["push to Odoo"]
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001", "EMP777"]
    assert system.odoo.problems() == []


def test_the_last_days_are_compared_with_odoo_each_night_and_mended(
        system: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    odoo.clock = clock
    system.odoo.save_config(**credentials(odoo))
    system.odoo.pull()
    system.attendance.mark("EMP001", at=clock())
    runner = Runner(system, [job for job in schedule(system.settings) if job.name == "reconcile with Odoo"])
    clock.move(hours=19, minutes=50)
    assert runner.run_due() == ["reconcile with Odoo"]
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001"]
    assert [(run.kind, run.trigger, run.state) for run in runs(system)[:1]] == [("reconcile", "schedule", "done")]
    for _ in range(2):
        clock.move(days=1)
        assert runner.run_due() == ["reconcile with Odoo"]
    assert [run.kind for run in runs(system)] == ["reconcile", "reconcile", "pull"], "quiet nights leave one row"


def only(system: AttendanceSystem, name: str) -> Runner:
    return Runner(system, [job for job in schedule(system.settings) if job.name == name])


@pytest.fixture
def hasty(settings: Settings, clock: HeldClock, odoo: OdooSimulator) -> Iterator[AttendanceSystem]:
    """A product that is in step with Odoo, has one session that is not there yet, and makes no call twice."""
    system = AttendanceSystem(parts=build(settings.but(odoo_retries=0), clock, migrate=True))
    odoo.clock = clock
    system.odoo.save_config(**credentials(odoo))
    system.odoo.pull()
    system.attendance.mark("EMP001", at=clock())
    yield system
    system.close()


def test_the_push_of_the_schedule_alone_finds_out_that_odoo_is_back(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    runner = only(hasty, "push to Odoo")
    odoo.stop()
    clock.move(minutes=7)
    for _ in range(20):
        assert runner.run_due() == []
        clock.move(minutes=1)
    odoo.start()
    ran = []
    for _ in range(32):
        ran += runner.run_due()
        clock.move(seconds=2)
    assert ran == ["push to Odoo"]
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001"]
    assert hasty.odoo.reachability.trouble() is None


def test_a_push_with_nothing_to_send_is_done_while_odoo_is_away(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    """Else it would be begun again each second, until another job finds Odoo back."""
    runner = only(hasty, "push to Odoo")
    hasty.odoo.deliver()
    odoo.stop()
    with pytest.raises(OdooError):
        hasty.odoo.pull()
    clock.move(minutes=7)
    assert runner.run_due() == ["push to Odoo"]


@pytest.mark.parametrize("name", ["pull from Odoo", "push to Odoo"])
def test_looks_of_a_job_at_an_odoo_that_is_away_grow_rarer(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock, name: str) -> None:
    runner = only(hasty, name)
    odoo.stop()
    clock.move(minutes=7)
    for _ in range(60):
        assert runner.run_due() == []
        clock.move(seconds=3)
    trouble = hasty.odoo.reachability.trouble()
    assert trouble is not None and 5 <= trouble.looks <= 10


@pytest.mark.parametrize("name", ["push to Odoo", "reconcile with Odoo"])
def test_a_job_that_a_restart_interrupts_is_done_after_it(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock, name: str) -> None:
    def restart(call: Call) -> None:
        if call.model_method in ("search_read", "load"):
            hasty.odoo.stopping.set()

    runner = only(hasty, name)
    clock.move(hours=20)
    odoo.hooks.before.append(restart)
    assert runner.run_due() == []
    odoo.hooks.before.remove(restart)
    hasty.odoo.stopping.clear()
    hasty.attendance.mark("EMP002", at=clock())
    assert only(hasty, name).run_due() == [name]
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001", "EMP002"]
    assert hasty.journal.logs(category="system", level="error") == []


def test_a_nightly_job_whose_run_was_taken_for_dead_is_done_in_the_same_night(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odoo_runs, "TOUCH", 0.02)
    runner = only(hasty, "reconcile with Odoo")
    clock.move(hours=20)

    def fall_silent(call: Call) -> None:
        if call.model_method == "search_read":
            odoo.hooks.before.remove(fall_silent)
            with hasty.store.write() as unit:
                held = unit.sync_runs.running()
                assert held is not None
                unit.sync_runs.finish(held.id, success=False, message="Taken for dead")
            time.sleep(0.3)

    odoo.hooks.before.append(fall_silent)
    assert runner.run_due() == []
    assert runs(hasty)[0].result["code"] == RunLost.code
    clock.move(seconds=5)
    assert runner.run_due() == ["reconcile with Odoo"]


def test_who_is_archived_in_odoo_during_a_long_push_by_hand_is_not_recognised_any_more(
        hasty: AttendanceSystem, odoo: OdooSimulator, clock: HeldClock) -> None:
    jobs = AttendanceSystem(parts=build(hasty.settings, clock))  # another process than the page's
    runner = only(jobs, "pull from Odoo")

    def archive(call: Call) -> None:
        """What happens while the first rows are on their way."""
        if call.model_method == "load":
            odoo.hooks.before.remove(archive)
            odoo.change("hr.employee", 2, active=False)
            clock.move(seconds=30)
            ran.extend(runner.run_due())
            active.append(jobs.people.get("EMP001").active)

    ran: list[str] = []
    active: list[bool] = []
    odoo.hooks.before.append(archive)
    day = clock().date()
    assert hasty.odoo.push(day, day)["pushed"] == 1
    assert (ran, active) == (["pull from Odoo"], [False])
    assert [(run.kind, run.trigger, run.state) for run in runs(hasty)[:2]] == [
        ("pull", "schedule", "done"), ("push", "hand", "done")]
    jobs.close()
