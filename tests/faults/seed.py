"""One seed: a small company's attendance goes to Odoo while everything fails; then the verdict."""

from __future__ import annotations

import os
import random
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.attendance_system import AttendanceSystem
from tests.faults import place as bridge
from tests.faults.hr import HumanResources
from tests.faults.life import Act, Life, acts
from tests.faults.place import Place
from tests.faults.proxy import Proxy
from tests.faults.story import Story
from tests.faults.targets import Simulated, Target
from tests.faults.trouble import Trouble
from tests.faults.verdict import Fault, Hands, judge
from tests.faults.weather import Weather, fair
from tests.faults.workers import Workers, crashes

ROUNDS, SESSIONS_A_ROUND = 5, 150
"""As many rounds of pushing and of quiet as there are, or sessions for that many."""
SOUND = 20.0
"""Seconds of patience for the last deliveries, when nothing fails any more."""
MOST_PASSES = 60
MOST_STORIES = 3
MOST_DEATHS, MOST_BLOWS = 8, 2
"""Of workers and to the server, each round: what dies at once does nothing, and a fork takes time."""


@dataclass(frozen=True)
class Plan:
    """What a seed is run with; everything else is drawn from it. `seconds` is how long things
    fail, `patience` the bridge's read time-out, `where` names a real Odoo on the command line,
    `only` the faults of the line to choose from, where not all; `databases` of Odoo side by side,
    each with as many people and sessions, 1 or 2."""

    seed: int
    transport: str = "xmlrpc"
    version: int = 18
    sessions: int = 300
    people: int = 200
    seconds: float = 5.0
    patience: float = 0.3
    sabotage: str = ""
    where: str = ""
    only: tuple[str, ...] = ()
    databases: int = 1

    @property
    def command(self) -> str:
        place = self.where or f"--transport {self.transport} --version {self.version}"
        return (f"python -m tests.faults {place} --seed {self.seed} --sessions {self.sessions} "
                f"--people {self.people} --seconds {self.seconds:g} --patience {self.patience:g}"
                + (f" --only {','.join(self.only)}" if self.only else "")
                + (f" --sabotage {self.sabotage}" if self.sabotage else "")
                + (f" --databases {self.databases}" if self.databases > 1 else ""))


@dataclass
class Result:
    """How a seed ended: faults found, with the stories of the first few, and what was done."""

    plan: Plan
    faults: list[Fault] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)
    sessions: int = 0
    counts: Counter = field(default_factory=Counter)
    took: float = 0.0

    def __str__(self) -> str:
        verdict = "ok" if not self.faults else f"{len(self.faults)} FAULTS"
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        plan = self.plan
        return (f"seed {plan.seed} {plan.transport}/{plan.where or plan.version}: {verdict}, "
                f"{self.sessions} sessions, {self.took:.1f} s ({done})")

    def report(self) -> str:
        """Everything somebody needs to find the reason."""
        told = [str(self), f"again with: {self.plan.command}", *(f"  {fault.text}" for fault in self.faults[:40])]
        return "\n".join([*told, *self.stories])


class Seed:
    """Runs a plan against a target."""

    def __init__(self, plan: Plan, folder: Path, target: Target) -> None:
        self.plan = plan
        self.story = Story()
        self.dice = random.Random(f"{plan.seed}/seed")
        self.place = Place(folder, plan.patience, batch=self.dice.choice((3, 10, 25, 100)),
                           retries=self.dice.choice((0, 1, 3)))
        self.target = target
        weather = Weather(plan.seed, self.dice.choice((0.1, 0.25, 0.4, 0.6)), plan.only)
        self.proxy = Proxy(target.url, weather, patience=plan.patience, told=self.story.exchange)
        self.workers = Workers(self.place, plan.seed, plan.sabotage)
        self.lifetime = self.dice.choice((0.7, 1.5, 4.0))
        self.rounds = ROUNDS
        self.result = Result(plan)

    def run(self) -> Result:
        began = time.monotonic()
        if self.target.ahead:
            self.place.clock.advance(self.target.ahead.total_seconds())
        system = self.place.system()
        try:
            with self.proxy:
                self._prepare(system)
                self._rage(system)
                self.proxy.decide = fair
                self.result.faults += self._settle() + self._judge(system)
                self.result.faults += [Fault(text) for text in self.target.strays()]
        finally:
            self.workers.stop(0)
            system.close()
        self.result.counts.update({f"{name}": count for name, count in self.proxy.tally.faults.items()})
        self.result.took = time.monotonic() - began
        self.result.stories = [self._tell(fault) for fault in self.result.faults[:MOST_STORIES]]
        return self.result

    # Before --------------------------------------------------------------------------------

    def _prepare(self, system: AttendanceSystem) -> None:
        """People, half of them linked to their employees already, and the configuration."""
        number = system.odoo.connection.id
        with system.store.write() as unit:
            for badge, odoo_id in self.target.employees.items():
                link = {"odoo_id": odoo_id} if self.dice.random() < 0.5 else {}
                unit.people.add(badge, f"Person {badge}", connection_id=number, **link)
            unit.connections.remember(number, since=bridge.FIRST_DAY.isoformat())
        system.odoo.save_config(**self.target.credentials(self.proxy.url))
        self.trouble: Trouble | None = None
        self.hr: HumanResources | None = None
        if isinstance(self.target, Simulated):
            self.trouble = Trouble(self.target.server, self.plan.seed, self.story)
            self.hr = HumanResources(self.target, system, random.Random(f"{self.plan.seed}/hr"), self.story)

    # While it fails ------------------------------------------------------------------------

    def _rage(self, system: AttendanceSystem) -> None:
        life = Life(system, random.Random(f"{self.plan.seed}/life"), self.story.person)
        people = sorted(self.target.employees)
        coming = acts(random.Random(f"{self.plan.seed}/acts"), people, self.plan.sessions, system.clock())
        self.rounds = max(ROUNDS, self.plan.sessions // SESSIONS_A_ROUND)
        size = -(-len(coming) // self.rounds)
        for start in range(0, len(coming), size):
            self._round(life, coming[start:start + size])
            self._quiet()
            if self.hr is not None:
                rest = coming[start + size:]
                self.hr.act(set(people) - {act.person_id for act in rest}, rest)

    def _round(self, life: Life, todo: list[Act]) -> None:
        """The acts spread over the round's time, while workers push and are killed."""
        length = self.plan.seconds / self.rounds
        began = time.monotonic()
        deaths = {self.workers.begin(): time.monotonic() + self._lifetime() for _ in range(2)}
        self._deaths_left = MOST_DEATHS
        blows = sorted(began + self.dice.uniform(0, 1.5 * length) for _ in range(MOST_BLOWS))
        for place, act in enumerate([*todo, None]):
            while (place / max(1, len(todo))) * length > time.monotonic() - began:
                time.sleep(0.005)
                self._reap(deaths)
            self._reap(deaths)
            if act is not None:
                life.do(act)
            if self.trouble is not None and blows and time.monotonic() > blows[0]:
                blows.pop(0)
                self.trouble.strike(0.3)

    def _lifetime(self) -> float:
        return self.dice.expovariate(1 / self.lifetime)

    def _reap(self, deaths: dict[int, float]) -> None:
        for number, due in list(deaths.items()):
            if time.monotonic() > due and self._deaths_left:
                self._deaths_left -= 1
                del deaths[number]
                self.workers.kill(number)
                self.result.counts["killed"] += 1
                self.story.tell(f"kill -9 of worker {number}")
                fresh = self.workers.begin()
                deaths[fresh] = time.monotonic() + self._lifetime()

    def _quiet(self) -> None:
        """Nobody pushes and nothing is on the way; claims of the dead run out."""
        killed = self.workers.stop(self.dice.choice((0, 10 * self.plan.patience)))
        self.story.tell(f"workers stop{', killed ' + str(killed) if killed else ''}")
        if not self.proxy.drain():
            self.result.faults.append(Fault("a request never ended"))
        self._let_time_pass()

    def _let_time_pass(self) -> None:
        self.place.clock.advance(max(61.0, self.place.lease))

    # Afterwards ----------------------------------------------------------------------------

    def _settle(self) -> list[Fault]:
        """Nothing fails any more: push until nothing is due, then once more to see that it is so."""
        self.story.tell("from here on nothing fails")
        if self.trouble is not None:
            self.trouble.end()
            self.result.counts.update(self.trouble.counts)
        if self.hr is not None:
            self.hr.clear_the_way()
            self.result.counts.update(self.hr.counts)
        if self.plan.sabotage:
            from tests.faults.sabotage import ways
            ways[self.plan.sabotage]()
        system = self.place.system(SOUND)
        try:
            faults = self._until_quiet(system)
            if self.hr is not None:
                system.odoo.pull()  # what HR did is looked for twice a minute
                faults += self._until_quiet(system)
            faults += self._needless(system)
            system.odoo.retry()  # as the schedule does every hour
            faults += self._until_quiet(system)
            faults += [Fault(f"still waiting: {count} {kind}") for kind, count in self._waiting(system).items()]
            before = {row.odoo_id: row for row in self.target.rows()}
            again = system.odoo.push(bridge.FIRST_DAY, bridge.LAST_DAY)
            after = {row.odoo_id: row for row in self.target.rows()}
            if again["pushed"] or before != after:
                moved = [row for odoo_id, row in (before | after).items() if before.get(odoo_id) != after.get(odoo_id)]
                told = "; ".join(f"{row.span} of {row.session}" for row in moved[:3])
                faults.append(Fault(f"another push found something to do: {again['message']} {told}",
                                    tuple(str(row.session) for row in moved[:1])))
            return faults
        except Exception:
            return [Fault(f"the last push broke: {traceback.format_exc()[-1500:]}")]
        finally:
            system.close()

    def _until_quiet(self, system: AttendanceSystem) -> list[Fault]:
        quiet = 0
        for _ in range(MOST_PASSES):
            quiet = 0 if bridge.by_delivery(system) else quiet + 1
            if quiet > 2:
                return []
            # What is to be read again later is due when the clock has moved on.
            self.place.clock.advance(600)
        return [Fault(f"still busy after {MOST_PASSES} passes without a fault")]

    def _waiting(self, system: AttendanceSystem) -> dict[str, int]:
        """What should have gone by now, by kind."""
        with system.store.read() as unit:
            counts = unit.outbox.counts(bridge.FIRST_DAY, system.odoo.connection.id)
        return {kind: count for kind, count in counts.items() if count and kind != "parked"}

    def _needless(self, system: AttendanceSystem) -> list[Fault]:
        """Rows that wait for somebody although only the line or the server had failed."""
        blocked = self.hr.obstructed if self.hr is not None else set()
        return [Fault(f"parked without need: {row['code']}, {row['error']}", (session, row["person_id"]))
                for row, session in self._parked(system) if row["person_id"] not in blocked]

    def _parked(self, system: AttendanceSystem) -> list[tuple[dict[str, Any], str]]:
        """Rows that wait for somebody, with their sessions, without those that HR touched."""
        touched = set() if self.hr is None else self.hr.edited.keys() | self.hr.deleted
        found = [(row, str(system.attendance.get(row["attendance_id"]).uuid)) for row in system.odoo.problems()]
        return [(row, session) for row, session in found if session not in touched]

    def _judge(self, system: AttendanceSystem) -> list[Fault]:
        hr = self.hr
        hands = Hands(hr.edited, hr.deleted, {**hr.foreign, **hr.obstacles}) if hr else Hands()
        with system.store.read() as unit:
            self.result.sessions = len(unit.attendance.search(limit=1_000_000)[0])
        return [*(Fault(f"still parked: {row['code']}, {row['error']}", (session, row["person_id"]))
                  for row, session in self._parked(system)),
                *judge(system, self.target.rows(), self.target.employees, hands),
                *(Fault(f"a worker broke: {text.strip()[-1500:]}") for text in crashes(self.place.folder))]

    def _tell(self, fault: Fault) -> str:
        lines = self.story.about(fault.keys) if fault.keys else []
        return "\n".join([f"\nThe story of: {fault.text}", *lines])


def run(plan: Plan, target: Target | None = None) -> Result:
    """Run a plan in a folder of its own, against a simulated server unless a target is given."""
    # In memory, where that can be: what is killed here is a process, never the machine.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="faults-", dir=memory) as folder:
        if plan.databases == 2:
            from tests.faults.two import side_by_side
            return side_by_side(plan, Path(folder))
        found = target or Simulated(plan.people, plan.version, plan.transport)
        try:
            return Seed(plan, Path(folder), found).run()
        finally:
            found.close()
