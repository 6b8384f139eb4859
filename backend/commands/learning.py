"""`faces`: what was learnt at the door. `doctor drift`: whose faces move away from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from backend.commands.opening import open_system, operator
from backend.commands.table import print_table

if TYPE_CHECKING:
    from backend.desks.drift import DriftReport

_ADVICE = {
    "near_threshold": "the mean distance is {share:.0%} of the threshold: enrol anew",
    "many_confirmations": "{confirmed} sightings of late took a PIN or badge: enrol anew",
    "rising": "the mean distance rose from {before:.3f} to {recent:.3f}: enrol anew soon",
}


@click.group(epilog="Example: python -m backend faces learnt")
def faces() -> None:
    """Templates that were learnt from sightings (ADAPTIVE_TEMPLATES)."""


@faces.command("learnt", epilog="Example: python -m backend faces learnt")
def list_learnt() -> None:
    """Lists of whom templates were learnt, and when."""
    system = open_system()
    print_table(("PERSON", "NAME", "LEARNT", "NEWEST"),
                [(one.person_id, one.name, str(one.templates), one.newest.astimezone(
                    system.settings.site_zone).strftime("%Y-%m-%d %H:%M")) for one in system.learning.learnt()])


@faces.command("forget", epilog="Example: python -m backend faces forget EMP007")
@click.argument("person_id", required=False)
@click.option("--everybody", is_flag=True, help="What was learnt of everybody.")
def forget(person_id: str | None, everybody: bool) -> None:
    """Deletes what was learnt; the templates that were enrolled stay."""
    if (person_id is None) != everybody:
        raise click.UsageError("Name a person, or say --everybody")
    gone = open_system().learning.forget(person_id, by=operator())
    click.echo(f"Deleted {gone} learnt templates")


@click.command(epilog="Example: python -m backend doctor drift --json")
@click.option("--months", type=click.IntRange(2, 60), default=12, show_default=True,
              help="Calendar months to look back.")
@click.option("--json", "as_json", is_flag=True)
def drift(months: int, as_json: bool) -> None:
    """Says whose faces, and which cameras' pictures, move away from what was enrolled."""
    found = open_system().learning.drift(months)
    if as_json:
        click.echo(json.dumps({"ok": found.ok, **asdict(found)}, ensure_ascii=False, indent=2))
        return
    measured = sum(one.recent is not None for one in found.people)
    click.echo(f"{measured} people with enough sightings of late; faces are accepted up to {found.threshold:.3f}")
    for line in _lines(found):
        click.echo(line)
    if found.ok:
        click.echo("✓ nobody drifts away")


def _lines(found: DriftReport) -> Iterator[str]:
    for one in found.people:
        if one.advice:
            yield f"! {one.name} ({one.person_id}): {_ADVICE[one.advice].format(**asdict(one))}"
    for device in found.devices:
        if device.growing:
            yield (f"! camera {device.device}: distances grew by {device.rise:.3f}. Was it moved, has the light "
                   "changed, is the lens clean?")
