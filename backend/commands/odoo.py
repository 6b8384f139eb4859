"""`odoo …`: the bridge by hand."""

from __future__ import annotations

import json
from datetime import datetime

import click

from backend.attendance.time import local_text
from backend.commands.opening import open_system
from backend.desks.odoo_status import sentences
from backend.jobs.bridge import next_runs


@click.group(epilog="Example: python -m backend odoo pull --dry-run")
def odoo() -> None:
    """The bridge to Odoo."""


_json = click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")


def _show(result: dict, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(result["message"])
        if result.get("dry_run"):
            for row in result.get("rows", ()):
                if row["error"] is None:
                    click.echo(f"  {row['action']}: {row['person_name']} ({row['person_id']}), "
                               f"{row['check_in']} to {row['check_out'] or 'open'}")
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
    _show(open_system().odoo.pull(limit=limit, full=full, force=force, dry_run=dry_run,
                                  with_photos=with_photos), as_json)


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
    _show(system.odoo.push(first, last, dry_run=dry_run), as_json)


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
