"""python -m tests.faults: one seed, a soak of many, or the bridge's side against a real Odoo.

    python -m tests.faults --seed 7                        one seed against a simulated Odoo
    python -m tests.faults --soak --minutes 60             2,000 sessions a seed: a line each, and a last one
    python -m tests.faults --url https://odoo.example.com --db company --username bridge --password KEY --seed 7
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections import Counter
from dataclasses import replace

from backend.errors import FaceAttendanceError
from tests.faults import combinations
from tests.faults.real import Real
from tests.faults.sabotage import ways
from tests.faults.seed import Plan, Result, run
from tests.faults.weather import Fault


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.url:
        try:
            return against(given)
        except FaceAttendanceError as error:
            print(f"Stopped: {error}", file=sys.stderr)
            return 1
    sessions, seconds = (2000, 30.0) if given.soak else (300, 5.0)
    plan = Plan(given.seed, sessions=given.sessions or sessions, people=given.people or 200,
                seconds=given.seconds or seconds, patience=given.patience or 0.5, sabotage=given.sabotage,
                only=_only(given), databases=given.databases)
    transport, version = combinations.of(given.seed)
    plan = replace(plan, transport=given.transport or transport, version=given.version or version)
    if given.soak:
        return soak(plan, given.minutes, fixed=given.transport is not None)
    result = run(plan)
    print(result.report())
    return 1 if result.faults else 0


def against(given: argparse.Namespace) -> int:
    """The bridge's side only, against the Odoo at an address: what fails is the line, and the bridge."""
    secret = given.password or os.environ.get("ODOO_PASSWORD") or getpass.getpass("Password or API key: ")
    target = Real(given.url, given.db, given.username, secret, given.transport or "auto",
                  people=given.people or 20, badges=[one for one in (given.badges or "").split(",") if one])
    plan = Plan(given.seed, given.transport or "auto", sessions=given.sessions or 60, people=len(target.employees),
                seconds=given.seconds or 60.0, patience=given.patience or 5.0, sabotage=given.sabotage,
                only=_only(given),
                where=f"--url {given.url} --db {given.db} --username {given.username}"
                      + (f" --badges {given.badges}" if given.badges else ""))
    result = run(plan, target)
    print(result.report())
    return 1 if result.faults else 0


def soak(plan: Plan, minutes: float, fixed: bool) -> int:
    """Seed after seed, over all protocols in turn, until the time is over."""
    deadline = time.monotonic() + 60 * minutes
    counts: Counter = Counter()
    bad: list[Result] = []
    seeds = sessions = 0
    while time.monotonic() < deadline:
        transport, version = combinations.of(plan.seed)
        one = plan if fixed else replace(plan, transport=transport, version=version)
        result = run(one)
        print(result, flush=True)
        if result.faults:
            bad.append(result)
            print(result.report(), flush=True)
        seeds += 1
        sessions += result.sessions
        counts += result.counts
        plan = replace(plan, seed=plan.seed + 1)
    done = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    print(f"{seeds} seeds, {sessions} sessions, {len(bad)} seeds with faults"
          + (f" ({', '.join(str(one.plan.seed) for one in bad)})" if bad else "") + f": {done}")
    return 1 if bad else 0


def _only(given: argparse.Namespace) -> tuple[str, ...]:
    return tuple(one for one in given.only.split(",") if one)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soak", action="store_true", help="seed after seed, from --seed on, over all protocols")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long a soak lasts")
    parser.add_argument("--sessions", type=int, help="default 300, in a soak 2,000")
    parser.add_argument("--people", type=int, help="default 200; 20 at a real Odoo")
    parser.add_argument("--seconds", type=float, help="how long things fail, each seed; default 5, in a soak 30")
    parser.add_argument("--patience", type=float, help="the bridge's time-out; default 0.5 s, 5 at a real Odoo")
    parser.add_argument("--transport", choices=("xmlrpc", "jsonrpc", "json2"))
    parser.add_argument("--version", type=int, choices=(18, 19), help="of the simulated Odoo")
    parser.add_argument("--databases", type=int, choices=(1, 2), default=1, help="of Odoo, simulated, side by side")
    parser.add_argument("--sabotage", choices=sorted(ways), default="", help="break the bridge on purpose")
    parser.add_argument("--only", default="", help="faults of the line to choose from: "
                        + ", ".join(fault for fault in Fault if fault is not Fault.none))
    real = parser.add_argument_group("a real Odoo")
    real.add_argument("--url")
    real.add_argument("--db")
    real.add_argument("--username")
    real.add_argument("--password", help="or in ODOO_PASSWORD, or asked for")
    real.add_argument("--badges", help="employees to use, A,B,C; without it some are created and deleted again, "
                      "but for the contacts that Odoo makes of them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
