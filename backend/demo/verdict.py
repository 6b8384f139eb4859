"""Compares what happened in the demo with what the clip shows; every difference is a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Row = tuple[str, datetime, datetime | None]
"""Person id, check-in and check-out (aware, UTC, whole seconds)."""


def differences(expected: Sequence[tuple[str, str]], happened: Sequence[tuple[str, str]],
                strangers_expected: int, strangers_refused: int,
                ours: Iterable[Row], odoos: Iterable[Row]) -> list[str]:
    """What is not as it should be; empty where all is well.

    `expected` and `happened` are (person_id, action) in order; `ours` and `odoos` are
    attendance rows, compared as multisets to the second.
    """
    faults = []
    if list(expected) != list(happened):
        faults.append(f"expected {_told(expected)}, but recorded {_told(happened)}")
    if strangers_refused < strangers_expected:
        faults.append(f"{strangers_expected} unregistered people walked past, {strangers_refused} were refused")
    here, there = sorted(ours, key=str), sorted(odoos, key=str)
    if not here:
        faults.append("no attendance was recorded")
    for row in here:
        if row not in there:
            faults.append(f"Odoo lacks {_shown(row)}")
    for row in there:
        if row not in here:
            faults.append(f"Odoo holds {_shown(row)}, which we do not")
    if len(here) != len(there):
        faults.append(f"{len(here)} rows here, {len(there)} in Odoo")
    return faults


def _told(actions: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{person} {action}" for person, action in actions) or "nothing"


def _shown(row: Row) -> str:
    person, check_in, check_out = row
    return f"{person} {check_in:%H:%M:%S}–{f'{check_out:%H:%M:%S}' if check_out else 'open'}"
