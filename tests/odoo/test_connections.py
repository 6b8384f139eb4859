"""Two databases of Odoo at once: 18 over XML-RPC as the first connection, 19 over JSON-2 as `south`."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.connection import ConnectionNotFound
from backend.desks.connections import ConnectionExists, ConnectionInUse
from backend.desks.moving import CannotMove
from backend.desks.odoo import OdooDesk
from backend.desks.odoo_connecting import OdooDatabaseTaken
from backend.desks.odoo_sending import PersonElsewhere
from backend.desks.parts import Parts
from backend.errors import BadInput
from backend.odoo.attendances import external_name
from backend.odoo.errors import OdooError
from backend.odoo_simulator import NewEmployee, OdooSimulator
from backend.odoo_simulator.hooks import Call
from backend.store.errors import SyncRunning
from tests.odoo.stories import Diary, credentials, held

NORTH = [NewEmployee("Nora North", "N1"), NewEmployee("Nils North", "N2"), NewEmployee("Both Here", "B1")]
SOUTH = [NewEmployee("Sara South", "S1"), NewEmployee("Both There", "B1"), NewEmployee("No Badge")]


@pytest.fixture
def north() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, employees=NORTH) as server:
        yield server


@pytest.fixture
def south() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=19, employees=SOUTH) as server:
        yield server


@pytest.fixture
def system(parts: Parts, north: OdooSimulator, south: OdooSimulator) -> Iterator[AttendanceSystem]:
    made = AttendanceSystem(parts=parts)
    made.odoo.save_config(**credentials(north, transport="xmlrpc"))
    made.connections.add("south", by="test", **credentials(south, transport="json2", password=south.api_key()))
    yield made


@pytest.fixture
def there(system: AttendanceSystem) -> OdooDesk:
    return system.odoo_of("south")


class Listener:
    """Takes whatever comes, answers like a program that is no Odoo, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._socket.accept()
                with caller:
                    caller.settimeout(1)
                    with contextlib.suppress(TimeoutError):
                        while b"</methodCall>" not in (told := caller.recv(65536)) and told:
                            self.heard += told
                        self.heard += told
                    caller.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def home(system: AttendanceSystem, person_id: str) -> tuple[str, bool]:
    """Name of the connection of a person, and whether an employee there is theirs."""
    person = system.people.get(person_id)
    return system.connections.by_id()[person.connection_id or 1], person.odoo_id is not None


def employee(server: OdooSimulator, badge: str) -> int:
    """The id of the employee with this badge."""
    return next(row["id"] for row in server.rows("hr.employee") if row["barcode"] == badge)


def deliver(system: AttendanceSystem, clock) -> None:
    clock.move(seconds=1)
    for desk in system.odoos():
        desk.deliver()


def test_each_person_belongs_to_the_database_whose_pull_brought_them(
        system: AttendanceSystem, there: OdooDesk) -> None:
    assert system.odoo.pull()["errors"] == []
    told = there.pull()
    assert home(system, "N1") == ("default", True)
    assert home(system, "S1") == ("south", True)
    assert told["errors"] == [
        "The badge B1 is that of Both There (Odoo id 3) in south, and here of Both Here, who belongs to default. "
        "Give one of them another badge, or, where they are the same, archive one of the employees, or move the "
        "person: person move B1 south"]
    assert system.people.get("B1").name == "Both Here"
    assert system.people.get("ODOO_south_4").name == "No Badge"


def test_an_equal_badge_never_takes_a_person_over_whoever_pulls_first(
        system: AttendanceSystem, there: OdooDesk) -> None:
    there.pull()
    errors = system.odoo.pull(full=True)["errors"]
    assert len(errors) == 1 and "in default, and here of Both There, who belongs to south" in errors[0]
    assert home(system, "B1") == ("south", True)
    again = there.pull(full=True)
    assert (again["errors"], again["gone"], again["added"]) == ([], [], 0)


def test_a_badge_that_becomes_anothers_leaves_both_people_as_they_are(
        system: AttendanceSystem, there: OdooDesk, south: OdooSimulator) -> None:
    system.odoo.pull()
    there.pull()
    south.change("hr.employee", employee(south, "S1"), barcode="N1")
    told = there.pull(full=True)
    assert any(line.startswith("The badge N1 is that of Sara South") for line in told["errors"])
    assert system.people.get("S1").name == "Sara South"
    assert system.people.get("N1").name == "Nora North"


def test_sessions_go_to_the_database_of_their_person_and_to_no_other(
        system: AttendanceSystem, there: OdooDesk, north: OdooSimulator, south: OdooSimulator,
        diary: Callable[..., Diary], clock) -> None:
    system.odoo.pull()
    there.pull()
    diary("N1").enter("08:00", "16:00")
    diary("S1").enter("09:00")
    clock.move(seconds=1)
    assert system.odoo.push("2026-03-01", "2026-03-31")["message"] == "Pushed 1 attendance records"
    assert there.push("2026-03-01", "2026-03-31")["message"] == "Pushed 1 attendance records"
    assert held(north) == [("N1", "03-02 08:00", "03-02 16:00")]
    assert held(south) == [("S1", "03-02 09:00", None)]
    for desk in (system.odoo, there):
        assert desk.reconcile("2026-03-01", "2026-03-31")["differences"] == []
        assert desk.status()["pending"] == 0


def test_one_that_is_away_stops_nobody_else(
        system: AttendanceSystem, there: OdooDesk, north: OdooSimulator, south: OdooSimulator,
        diary: Callable[..., Diary], clock) -> None:
    system.odoo.pull()
    there.pull()
    north.stop()
    diary("N1").enter("08:00")
    diary("S1").enter("09:00")
    deliver(system, clock)
    assert held(south) == [("S1", "03-02 09:00", None)]
    assert system.odoo.status()["problem_code"] == "odoo_unreachable"
    assert (there.status()["problem"], there.status()["waiting"]) == (None, 0)
    assert not system.odoo.may_try()
    assert there.may_try()


def test_secrets_of_one_are_never_sent_to_the_other(
        system: AttendanceSystem, parts: Parts, north: OdooSimulator, south: OdooSimulator) -> None:
    env = Parts(parts.settings.but(odoo_url=north.url, odoo_db=north.db, odoo_username=north.username,
                                   odoo_password="from-the-environment"), parts.clock, parts.store, parts.sealer)
    told = AttendanceSystem(parts=env).odoo_of("south").get_odoo_config()
    assert "from-the-environment" not in told.values()
    assert (told["url"], told["password"]) == (south.url, system.odoo_of("south").in_force().password)
    with pytest.raises(BadInput, match="belongs to another server"):
        system.odoo_of("south").test({"url": "http://localhost:1"})
    with pytest.raises(BadInput, match="password"):
        system.connections.add("west", by="test", url=north.url, db="west", username=north.username)


def test_what_goes_over_the_wire_of_one_holds_no_secret_of_the_other(
        system: AttendanceSystem, north: OdooSimulator, listener: Listener) -> None:
    north.set_password("bridge", "northern-secret")
    system.odoo.save_config(**credentials(north, password="northern-secret"))
    system.odoo.pull()
    system.connections.add("west", by="test", url=listener.url, db="west", username="bridge",
                           password="western-secret", transport="xmlrpc")
    with pytest.raises(OdooError):
        system.odoo_of("west").pull()
    assert b"western-secret" in listener.heard
    assert b"northern-secret" not in listener.heard


def test_a_run_of_one_locks_only_that_one(system: AttendanceSystem, there: OdooDesk, parts: Parts) -> None:
    with parts.store.write() as unit:
        unit.sync_runs.start("pull", connection_id=1)
    assert there.pull()["read"] == 4
    with pytest.raises(SyncRunning):
        system.odoo.push("2026-03-01", "2026-03-02")
    with parts.store.read() as unit:
        assert [run.connection_id for run in unit.sync_runs.list(connection_id=there.connection.id)] == [2]


def test_pause_and_cursors_are_each_ones_own(system: AttendanceSystem, there: OdooDesk) -> None:
    system.odoo.pull()
    there.pause()
    assert system.odoo.may_try() and not there.may_try()
    assert there.pull()["full"] and not system.odoo.pull()["full"]


def test_hints_come_with_a_secret_of_their_own(system: AttendanceSystem, there: OdooDesk) -> None:
    default, south = system.hints, system.hints_of("south")
    assert default.secret() != south.secret()
    assert not default.knows(south.secret()) and south.knows(south.secret())
    assert south.note("hr.employee", 2)
    with system.store.read() as unit:
        assert (unit.hints.count(1), unit.hints.count(2)) == (0, 1)


def test_who_moves_leaves_pushed_rows_and_takes_the_others_along(
        system: AttendanceSystem, there: OdooDesk, north: OdooSimulator, south: OdooSimulator,
        diary: Callable[..., Diary], clock) -> None:
    system.odoo.pull()
    there.connector().sync_employee_to_odoo({"person_id": "N1", "name": "Nora North"})
    # In the north somebody else has the number that Nora has in the south.
    assert north.add_employee(NewEmployee("Nobody's Double", "N5")) == employee(south, "N1")
    nora = diary("N1")
    first = nora.enter("06:00")
    deliver(system, clock)
    nora.change(first, check_out="07:00")
    nora.enter("08:00", "09:00")
    system.people.change("N1", by="test", connection="South")
    assert home(system, "N1") == ("south", False)
    assert there.pull()["updated"] == 1
    nora.enter("10:00", "11:00")
    deliver(system, clock)
    assert held(north) == [("N1", "03-02 06:00", "03-02 07:00")]
    assert held(south) == [("N1", "03-02 08:00", "03-02 09:00"), ("N1", "03-02 10:00", "03-02 11:00")]
    nora.change(first, check_out="07:30")
    deliver(system, clock)
    assert held(north) == [("N1", "03-02 06:00", "03-02 07:30")]
    assert len(held(south)) == 2


def test_who_moved_and_is_archived_in_the_old_database_is_no_error_there(
        system: AttendanceSystem, north: OdooSimulator) -> None:
    system.odoo.pull()
    system.people.change("N1", by="test", connection="south")
    assert len(system.odoo.pull(full=True)["errors"]) == 1
    north.change("hr.employee", employee(north, "N1"), active=False)
    assert system.odoo.pull(full=True)["errors"] == []


def test_nobody_moves_while_rows_are_on_the_way(
        system: AttendanceSystem, diary: Callable[..., Diary], parts: Parts) -> None:
    system.odoo.pull()
    nora = diary("N1")
    nora.enter("08:00")
    with parts.store.write() as unit:
        unit.claims.take([nora.person.uuid], "a push", parts.settings.odoo_read_timeout)
    with pytest.raises(CannotMove):
        system.people.change("N1", by="test", name="Other", connection="south")
    assert (system.people.get("N1").name, home(system, "N1")) == ("Nora North", ("default", True))


def test_who_was_silent_while_a_person_moved_sends_nothing_of_theirs(
        system: AttendanceSystem, diary: Callable[..., Diary], parts: Parts, clock) -> None:
    system.odoo.pull()
    nora = diary("N1")
    nora.enter("08:00")
    with parts.store.write() as unit:
        unit.claims.take([nora.person.uuid], "a push", parts.settings.odoo_read_timeout)
    clock.move(hours=1)
    system.people.change("N1", by="test", connection="south")
    with parts.store.read() as unit:
        assert unit.claims.held("a push") == set()


def test_a_copy_of_a_database_does_not_claim_its_sessions(
        system: AttendanceSystem, there: OdooDesk, north: OdooSimulator, south: OdooSimulator,
        diary: Callable[..., Diary], clock) -> None:
    system.odoo.pull()
    there.pull()
    nora = diary("N1")
    session = nora.enter("08:00", "16:00")
    deliver(system, clock)
    south.run_as("bridge", "hr.attendance", "load", ["id", "employee_id/.id", "check_in", "check_out"], [
        [f"__face_attendance__.{external_name(session)}", str(employee(south, "S1")), "2026-03-02 05:00:00",
         "2026-03-02 06:00:00"]])
    there.reconcile("2026-03-01", "2026-03-31")
    there.pull()
    deliver(system, clock)
    assert held(south) == [("S1", "03-02 05:00", "03-02 06:00")]
    assert held(north) == [("N1", "03-02 08:00", "03-02 16:00")]
    with system.store.read() as unit:
        assert unit.foreign.count(there.connection.id) == 1
        assert unit.outbox.count(there.connection.id) == 0


def test_a_person_of_another_database_is_not_sent(system: AttendanceSystem, there: OdooDesk) -> None:
    system.people.add("X1", "Xenia", by="test")
    with pytest.raises(PersonElsewhere):
        there.send_person("X1")
    system.people.change("X1", by="test", connection="south")
    assert there.send_person("X1")["created"]
    assert home(system, "X1") == ("south", True)


def test_names_and_databases_are_taken_once(
        system: AttendanceSystem, north: OdooSimulator, south: OdooSimulator) -> None:
    with pytest.raises(ConnectionExists):
        system.connections.add("SOUTH", by="test", **credentials(south))
    with pytest.raises(OdooDatabaseTaken):
        system.connections.add("copy", by="test", **credentials(north))
    with pytest.raises(OdooDatabaseTaken):
        system.odoo.save_config(**credentials(south))
    for name in ("", "a b", "-x", "ü", "x" * 33, "a/b"):
        with pytest.raises(BadInput):
            system.connections.add(name, by="test", **credentials(south, db="other"))
    with pytest.raises(BadInput, match="password"):
        system.connections.add("west", by="test", url=north.url, db="west", username="x")
    assert [each.name for each in system.connections.all()] == ["default", "south"]


def test_a_connection_goes_when_nobody_belongs_to_it(system: AttendanceSystem, there: OdooDesk) -> None:
    there.pull()
    with pytest.raises(ConnectionInUse, match="4 active people"):
        system.connections.remove("south", by="test")
    with pytest.raises(ConnectionInUse):
        system.connections.remove("default", by="test")
    for person in [one.person_id for one in system.people.find()[0]]:
        system.people.change(person, by="test", connection="default")
    system.connections.remove("south", by="test")
    with pytest.raises(ConnectionNotFound):
        system.odoo_of("south")
    assert there.deliver() is None
    with pytest.raises(OdooError):
        there.pull()


def test_people_of_a_connection_that_was_removed_are_free_for_another(
        system: AttendanceSystem, there: OdooDesk, south: OdooSimulator) -> None:
    there.pull()
    for person in system.people.find()[0]:
        system.people.change(person.person_id, by="test", active=False)
    system.connections.remove("south", by="test")
    system.connections.add("south", by="test", **credentials(south))
    told = system.odoo_of("south").pull()
    assert (told["errors"], told["added"], told["updated"]) == ([], 0, 4)
    assert system.people.get("S1").active


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("model", ["hr.employee", "hr.attendance"])
def test_whoever_moves_in_the_middle_of_a_push_has_each_session_once(
        system: AttendanceSystem, there: OdooDesk, north: OdooSimulator, south: OdooSimulator,
        diary: Callable[..., Diary], clock, model: str, moment: str) -> None:
    """The pushing process is silent for an hour about a call, and its claim is over when the person
    moves: while it looks for the employee, so that nothing was sent yet, or while it sends."""
    there.connector().sync_employee_to_odoo({"person_id": "N1", "name": "Nora North"})
    diary("N1").enter("08:00", "16:00")
    moved: list[str] = []

    def move(called: Call) -> None:
        if called.model == model and not moved:
            moved.append(str(called.model_method))
            clock.move(hours=1)
            system.people.change("N1", by="test", connection="south")

    getattr(north.hooks, moment).append(move)
    clock.move(seconds=1)
    system.odoo.deliver()
    assert moved == ["load" if model == "hr.attendance" else "search_read"]
    there.pull()
    for _ in range(3):
        clock.move(hours=1)
        for desk in system.odoos():
            desk.deliver()
    assert home(system, "N1") == ("south", True)
    assert (len(held(north)), len(held(south))) == ((1, 0) if model == "hr.attendance" else (0, 1))
