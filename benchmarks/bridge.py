"""The bridge against the usual scripts: 1,000 sessions pushed, 10,000 employees pulled, 100,000 in flat memory.

Baselines of the push, on the same rows and against the same kind of server in the same run:
(a) `xmlrpc.client` and one `create` a row, as the usual scripts do, (b) the package `odoorpc`
doing the same (`pip install odoorpc`; left out where it is missing), (c) the floor: all rows
in one `create`, which knows neither repetition nor error. All are logged in before the clock
starts. The server is the simulated Odoo in a process of its own, first as fast as it can, then
charging for each call what a real one was measured to take. Run `python benchmarks/bridge.py --json`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

FIRST_DAY = date(2026, 3, 2)
DAYS = 5
PROCESSES = multiprocessing.get_context("spawn")
Rows = list[dict[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1000, help="sessions to push")
    parser.add_argument("--employees", type=int, default=10_000, help="employees to pull")
    parser.add_argument("--many", type=int, default=100_000, help="employees to pull for the memory")
    parser.add_argument("--odoo", type=int, choices=(18, 19), default=18, help="version of the simulated Odoo")
    parser.add_argument("--only", choices=("push", "pull", "memory"), help="one part only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    result: dict[str, Any] = {"odoo": options.odoo}
    if options.only in (None, "push"):
        result["push"] = [push(options.sessions, options.odoo, costs) for costs in (False, True)]
    if options.only in (None, "pull"):
        result["pull"] = pull(options.employees, options.odoo)
    if options.only in (None, "memory"):
        result["memory"] = memory(options.employees, options.many, options.odoo)
    print(json.dumps(result, indent=2) if options.json else in_words(result))
    return 0


# The server ------------------------------------------------------------------------------------

def serve(pipe: Any, version: int, employees: int, costs: bool) -> None:
    """The simulated Odoo; answers `calls` and `change N` over the pipe until that closes."""
    from backend.odoo_simulator import OdooSimulator
    from backend.odoo_simulator.reference import NewEmployee

    people = (NewEmployee(f"Employee {number}", f"B{number:06}", department="Sales") for number in range(employees))
    earlier = datetime.now(UTC) - timedelta(hours=2)
    with OdooSimulator(version, employees=people, clock=lambda: earlier,
                       costs=costs) as server:
        server.clock = lambda: datetime.now(UTC)
        first = min(row["id"] for row in server.rows("hr.employee") if row["barcode"])
        pipe.send({"url": server.url, "db": server.db, "username": server.username, "password": server.password,
                   "first": first})
        while True:
            try:
                asked, *more = pipe.recv()
            except EOFError:
                return
            if asked == "calls":
                pipe.send(len(server.calls))
            elif asked == "change":
                for number in range(more[0]):
                    server.change("hr.employee", first + number * 7, job_title=f"Changed {number}")
                pipe.send(None)


class Server:
    """The simulated Odoo in its own process, and how many calls it has had."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self.about: dict[str, Any] = pipe.recv()

    def ask(self, *what: Any) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()

    @property
    def credentials(self) -> dict[str, Any]:
        return {name: self.about[name] for name in ("url", "db", "username", "password")}


@contextmanager
def server_with(employees: int, version: int, costs: bool = False) -> Iterator[Server]:
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(theirs, version, employees, costs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Server(ours)
    finally:
        ours.close()
        process.join(10)
        process.kill()


# The rows --------------------------------------------------------------------------------------

def shifts(count: int) -> list[tuple[int, datetime, datetime]]:
    """(person's number, check-in, check-out): everybody works on five days."""
    people = -(-count // DAYS)
    begin = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    return [(number % people, begin + timedelta(days=number // people, hours=7, minutes=number % 60),
             begin + timedelta(days=number // people, hours=15, minutes=number % 50, seconds=number % 60))
            for number in range(count)]


def as_odoo_wants(count: int, first: int) -> Rows:
    return [{"employee_id": first + person, "check_in": f"{begin:%Y-%m-%d %H:%M:%S}",
             "check_out": f"{end:%Y-%m-%d %H:%M:%S}"} for person, begin, end in shifts(count)]


# The push --------------------------------------------------------------------------------------

def push(count: int, version: int, costs: bool) -> dict[str, Any]:
    """Seconds and calls of each way; the bridge keeps its pace of calls only where the server
    takes its time, because a simulator in a hurry has nothing to be spared."""
    ways: dict[str, Callable[[Server, int, bool], tuple[float, int]]] = {
        "one_create_a_row": by_single_creates, "odoorpc": by_odoorpc, "one_create_for_all": by_one_create,
        "ours": by_the_bridge}
    found: dict[str, Any] = {}
    for name, way in ways.items():
        with server_with(-(-count // DAYS), version, costs) as server:
            try:
                seconds, calls = way(server, count, costs)
            except ImportError:
                continue
        found[name] = {"seconds": round(seconds, 3), "calls": calls}
    ours, usual, floor = found["ours"], found["one_create_a_row"], found["one_create_for_all"]
    return {"sessions": count, "charged_as_measured": costs, "paced": costs, "ways": found,
            "times_fewer_calls": round(usual["calls"] / ours["calls"], 1),
            "times_faster": round(usual["seconds"] / ours["seconds"], 1),
            "times_the_floor": round(ours["seconds"] / floor["seconds"], 2)}


def by_single_creates(server: Server, count: int, _paced: bool) -> tuple[float, int]:
    def work() -> None:
        for row in rows:
            call("hr.attendance", "create", [row])

    rows, call = as_odoo_wants(count, server.about["first"]), _usual_script(server)
    return _timed(server, work)


def by_one_create(server: Server, count: int, _paced: bool) -> tuple[float, int]:
    rows, call = as_odoo_wants(count, server.about["first"]), _usual_script(server)
    return _timed(server, lambda: call("hr.attendance", "create", [rows]))


def by_odoorpc(server: Server, count: int, _paced: bool) -> tuple[float, int]:
    import odoorpc

    def work() -> None:
        for row in rows:
            model.create(row)

    rows = as_odoo_wants(count, server.about["first"])
    address = urlsplit(server.about["url"])
    odoo = odoorpc.ODOO(address.hostname, port=address.port)
    odoo.login(server.about["db"], server.about["username"], server.about["password"])
    model = odoo.env["hr.attendance"]
    model.search([], limit=1)
    return _timed(server, work)


def by_the_bridge(server: Server, count: int, paced: bool) -> tuple[float, int]:
    """All that a push by hand does, with its bookkeeping in SQLite and its reading back. The
    people are there and the sessions recorded beforehand, as the other ways have their rows."""
    with a_system(server, paced) as system:
        system.odoo.pull()
        have_sessions(system, count)
        told: list[dict[str, Any]] = []
        last = FIRST_DAY + timedelta(days=DAYS - 1)
        measured = _timed(server, lambda: told.append(system.odoo.push(FIRST_DAY, last)))
        if told[0]["pushed"] != count:
            raise SystemExit(f"the bridge pushed {told[0]['pushed']} of {count}: {told[0]['errors'][:3]}")
    return measured


def _usual_script(server: Server) -> Callable[..., Any]:
    """Logged in, and known to the server: the first call of a login costs it more than others."""
    about = server.about
    uid = xmlrpc.client.ServerProxy(f"{about['url']}/xmlrpc/2/common").authenticate(
        about["db"], about["username"], about["password"], {})
    models = xmlrpc.client.ServerProxy(f"{about['url']}/xmlrpc/2/object")

    def call(*what: Any) -> Any:
        return models.execute_kw(about["db"], uid, about["password"], *what)

    call("hr.attendance", "search", [[]], {"limit": 1})
    return call


def _timed(server: Server, work: Callable[[], object]) -> tuple[float, int]:
    before = server.ask("calls")
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun, server.ask("calls") - before


# Our side --------------------------------------------------------------------------------------

@contextmanager
def a_system(server: Server, paced: bool) -> Iterator[Any]:
    """The product with a database of its own, configured for the server."""
    from backend.app import build
    from backend.attendance_system import AttendanceSystem
    from backend.config import load

    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {"data_dir": Path(folder), "timezone": "UTC"}
        if not paced:
            given["odoo_calls_per_second"] = 0
        system = AttendanceSystem(parts=build(load(given, {}, []), migrate=True))
        try:
            system.odoo.save_config(**server.credentials)
            yield system
        finally:
            system.close()


def have_sessions(system: Any, count: int) -> None:
    """Write the sessions as if the rules had derived them."""
    from backend.attendance.model import Session, Source, session_uuid

    with system.store.write() as unit:
        people = [unit.people.by_person_id(f"B{number:06}") for number in range(-(-count // DAYS))]
        theirs: dict[Any, list[Session]] = {}
        for person, begin, end in shifts(count):
            uuid = people[person].uuid
            opened = uuid4()
            theirs.setdefault(uuid, []).append(Session(
                uuid=session_uuid(uuid, opened), person=uuid, check_in=begin, check_out=end, assumed=False,
                flags=frozenset(), day=begin.date(), zone="UTC", source=Source.face, device="door",
                confidence=0.9, distance=0.2, opened_by=opened, closed_by=None))
        for uuid, sessions in theirs.items():
            unit.attendance.replace_sessions(uuid, sessions)


# The pull --------------------------------------------------------------------------------------

def pull(count: int, version: int) -> dict[str, Any]:
    """The first pull, and the second after ten employees were changed in Odoo."""
    with server_with(count, version) as server, a_system(server, paced=False) as system:
        first, (seconds, calls) = _pull(server, system)
        server.ask("change", 10)
        second, (seconds_again, calls_again) = _pull(server, system)
        page = system.settings.odoo_page
    return {"employees": count, "page": page, "changed": 10,
            "first": {"seconds": round(seconds, 2), "calls": calls, "total": first["total"]},
            "second": {"seconds": round(seconds_again, 2), "calls": calls_again, "read": second.get("read"),
                       "updated": second["updated"], "pages_changed": 1},
            "calls_above_pages_changed": calls_again - 1,
            "times_faster": round(seconds / seconds_again, 1)}


def _pull(server: Server, system: Any) -> tuple[dict[str, Any], tuple[float, int]]:
    told: list[dict[str, Any]] = []
    measured = _timed(server, lambda: told.append(system.odoo.pull()))
    return told[0], measured


def memory(few: int, many: int, version: int) -> dict[str, Any]:
    """Peak memory of a process that pulls few and of one that pulls many employees."""
    peaks = {}
    for count in (few, many):
        with server_with(count, version) as server:
            ours, theirs = PROCESSES.Pipe()
            process = PROCESSES.Process(target=pull_and_tell, args=(theirs, server.about))
            process.start()
            peaks[count] = ours.recv()
            process.join()
    return {"few": few, "many": many, "peak_mb": {str(count): round(peak, 1) for count, peak in peaks.items()},
            "growth_bytes_an_employee": round((peaks[many] - peaks[few]) * 2**20 / (many - few)),
            "ratio": round(peaks[many] / peaks[few], 2)}


def pull_and_tell(pipe: Any, about: dict[str, Any]) -> None:
    """In a process of its own: pull everybody, tell the peak of resident memory in MiB."""
    class Known(Server):
        def __init__(self) -> None:
            self.about = about

    with a_system(Known(), paced=False) as system:
        result = system.odoo.pull()
    if not result["success"]:
        raise SystemExit(f"the pull failed: {result['errors'][:3]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send(peak / (2**20 if sys.platform == "darwin" else 2**10))


# Telling ---------------------------------------------------------------------------------------

NAMES = {"one_create_a_row": "xmlrpc.client, one create a row", "odoorpc": "odoorpc, one create a row",
         "one_create_for_all": "the floor: all rows in one create", "ours": "the bridge"}


def in_words(result: dict[str, Any]) -> str:
    lines = []
    for one in result.get("push", ()):
        server = "charged what Odoo was measured to take" if one["charged_as_measured"] else "as fast as it can"
        lines.append(f"{one['sessions']} sessions pushed to the simulated Odoo {result['odoo']}, {server}:")
        lines += [f"  {NAMES[name]:34} {way['seconds']:8.2f} s {way['calls']:6} calls"
                  for name, way in one["ways"].items()]
        lines.append(f"  {one['times_fewer_calls']:g} times fewer calls and {one['times_faster']:g} times faster than "
                     f"one create a row; {one['times_the_floor']:g} times the floor")
    if "pull" in result:
        one = result["pull"]
        lines += [f"{one['employees']} employees pulled, {one['page']} a page:",
                  f"  the first time  {one['first']['seconds']:8.2f} s {one['first']['calls']:6} calls",
                  f"  10 changed      {one['second']['seconds']:8.2f} s {one['second']['calls']:6} calls, "
                  f"{one['calls_above_pages_changed']} more than the pages changed"]
    if "memory" in result:
        one = result["memory"]
        lines.append("peak memory of a pull: " + ", ".join(
            f"{peak} MiB with {int(count):,} employees" for count, peak in one["peak_mb"].items())
            + f"; {one['growth_bytes_an_employee']} bytes for each more")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
