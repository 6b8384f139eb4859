"""`odoo …`: the bridge by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import click

from backend.attendance.time import local_text
from backend.commands.opening import open_system
from backend.commands.progress import Progress
from backend.desks.odoo_delivery import STAYS
from backend.desks.odoo_status import sentences
from backend.jobs.bridge import next_runs
from backend.odoo.progress import listening


@click.group(epilog="Example: python -m backend odoo pull --dry-run")
def odoo() -> None:
    """The bridge to Odoo."""


_json = click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")


@contextmanager
def _in_sight(label: str) -> Iterator[None]:
    """Show how far the run within is: a bar on a terminal, lines of JSON elsewhere."""
    with Progress(label) as progress, listening(progress):
        yield


def _show(result: dict, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(result["message"])
        if result.get("dry_run"):
            for row in result.get("rows", ()):
                if row["error"] is None:
                    click.echo(f"  {row['action']}: {row['person_name']} ({row['person_id']}), {_span(row)}")
        for one in (result.get("photos") or {}).get("skipped", ()):
            click.echo(f"  no face of {one['name']} ({one['person_id']}): {one['reason']}")
        for line in (*result.get("errors", ()), *result.get("warnings", ())):
            click.echo(f"  {line}", err=True)
    if not result["success"]:
        raise click.exceptions.Exit(1)


@odoo.command("test", epilog="Example: python -m backend odoo test")
@_json
def test_connection(as_json: bool) -> None:
    """Tests the saved connection."""
    _show(open_system().odoo.test(), as_json)


@odoo.command(epilog="Example: python -m backend odoo pull --dry-run")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many employees.")
@click.option("--full", is_flag=True, help="All employees, not only those that changed; who is gone is deactivated.")
@click.option("--force", is_flag=True, help="With --full: deactivate who is gone even where they are many.")
@click.option("--with-photos", is_flag=True,
              help="Make faces of the photos of people who have none and have agreed; says who is left without.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@_json
def pull(limit: int | None, full: bool, force: bool, with_photos: bool, dry_run: bool, as_json: bool) -> None:
    """Brings Odoo's employees here: those that changed since the last time."""
    if force and not full:
        raise click.UsageError("--force goes with --full")
    with _in_sight("Pulling employees"):
        result = open_system().odoo.pull(limit=limit, full=full, force=force, dry_run=dry_run,
                                         with_photos=with_photos)
    _show(result, as_json)


@odoo.command(epilog="Example: python -m backend odoo send EMP042")
@click.argument("person_id")
@_json
def send(person_id: str, as_json: bool) -> None:
    """Creates a person's employee in Odoo, or updates it, and links the two."""
    result = open_system().odoo.send_person(person_id)
    _show(result, as_json)
    if not as_json:
        for note in result["notes"]:
            click.echo(f"  {note}")


@odoo.command(epilog="Example: python -m backend odoo push --start 2026-11-01 --end 2026-11-30")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day, inclusive; default today.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@_json
def push(start: datetime | None, end: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Brings the attendance of some days to Odoo; running it twice changes nothing."""
    system = open_system()
    today = system.clock().astimezone(system.settings.site_zone).date()
    first = start.date() if start else today
    last = end.date() if end else max(first, today)
    if last < first:
        raise click.UsageError("--end lies before --start")
    with _in_sight("Pushing attendance"):
        result = system.odoo.push(first, last, dry_run=dry_run)
    _show(result, as_json)


@odoo.command(epilog="Example: python -m backend odoo reconcile --start 2026-11-01 --end 2026-11-30 --dry-run")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today less ODOO_RECONCILE_DAYS.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day, inclusive; default today.")
@click.option("--dry-run", is_flag=True, help="Compare only; mend nothing.")
@_json
def reconcile(start: datetime | None, end: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Compares the attendance of some days with Odoo, row by row, and mends what differs."""
    system = open_system()
    today = system.clock().astimezone(system.settings.site_zone).date()
    last = end.date() if end else today
    first = start.date() if start else last - timedelta(days=system.settings.odoo_reconcile_days)
    if last < first:
        raise click.UsageError("--end lies before --start")
    with _in_sight("Comparing with Odoo"):
        result = system.odoo.reconcile(first, last, dry_run=dry_run)
    if not as_json:
        for one in result["differences"]:
            click.echo(f"  {difference(one)}")
    _show(result, as_json)


def difference(one: dict) -> str:
    """A difference in a line: who, what, both sides, what came of it."""
    here, there = (_span(side) if side else "nothing" for side in (one["here"], one["odoo"]))
    outcome = "mended" if one["mended"] else one["error"]
    return (f"{one['person_name']} ({one['person_id'] or 'not known here'}): {one['kind'].replace('_', ' ')}; "
            f"here {here}, in Odoo {there}" + (f"; {outcome}" if outcome else ""))


def _span(times: Mapping[str, Any]) -> str:
    """From when to when, as the site's clocks show it; the day once, where it is one."""
    begin = datetime.fromisoformat(times["check_in"])
    if times["check_out"] is None:
        return f"{begin:%Y-%m-%d %H:%M} to now"
    end = datetime.fromisoformat(times["check_out"])
    return f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M}" if end.date() == begin.date() else (
        f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")


@odoo.command(epilog="Example: python -m backend odoo problems")
@_json
def problems(as_json: bool) -> None:
    """Lists the rows that Odoo did not take, each with the reason and what helps."""
    system = open_system()
    found = system.odoo.problems()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    if not found:
        click.echo("No row needs somebody to mend something.")
    for one in found:
        when = local_text(one["check_in"], system.settings.site_zone)
        click.echo(f"{one['attendance_id']}: {one['person_name']} ({one['person_id']}), {when[:16].replace('T', ' ')}: "
                   f"{one['error']}")
        if one["remedy"]:
            click.echo(f"    {one['remedy']}")
    deleted = [str(one["attendance_id"]) for one in found if one["code"] in STAYS]
    if len(deleted) < len(found):
        click.echo("Then: python -m backend odoo retry")
    if deleted:
        click.echo(f"To put back what HR deleted in Odoo, name it: python -m backend odoo retry {deleted[0]}")


@odoo.command(epilog="Example: python -m backend odoo retry 4711")
@click.argument("rows", nargs=-1, type=click.IntRange(min=1))
def retry(rows: tuple[int, ...]) -> None:
    """Lets rows that Odoo did not take try again: these, or all but those that HR deleted there.

    A row that HR deleted in Odoo is put back as a new one if it is named.
    """
    click.echo(open_system().odoo.retry(list(rows) or None)["message"])


@odoo.command(epilog="Example: python -m backend odoo status")
@_json
def status(as_json: bool) -> None:
    """Says how the bridge stands."""
    system = open_system()
    zone, now = system.settings.site_zone, system.clock()
    state = system.odoo.status()
    if as_json:
        click.echo(json.dumps(state, ensure_ascii=False, indent=2,
                              default=lambda value: local_text(value, zone)
                              if isinstance(value, datetime) else str(value)))
        return
    for line in sentences(state, zone, now, next_runs(system.settings, now)):
        click.echo(line)


@odoo.command(epilog="Example: python -m backend odoo pause")
def pause() -> None:
    """Stops what goes to and fro by itself; by hand it still goes."""
    open_system().odoo.pause()
    click.echo("Paused: attendance is recorded and waits. Go on with: python -m backend odoo resume")


@odoo.command(epilog="Example: python -m backend odoo resume")
def resume() -> None:
    """Lets what waits go on by itself."""
    open_system().odoo.resume()
    click.echo("The bridge goes on by itself.")
