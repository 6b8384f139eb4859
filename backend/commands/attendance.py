"""`attendance …`: list and export rows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from backend.commands.opening import open_system
from backend.commands.table import print_table
from backend.web import exports


@click.group(epilog="Example: python -m backend attendance list --start 2026-11-01")
def attendance() -> None:
    """Attendance rows."""


def _days(command):
    command = click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day, inclusive.")(command)
    return click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; default today.")(command)


def _rows(system, start: datetime | None, end: datetime | None, person_id: str | None = None):
    today = system.clock().astimezone(system.settings.site_zone).date()
    first = start.date() if start else (end.date() if end else today)
    last = end.date() if end else max(first, today)
    if last < first:
        raise click.UsageError("--end lies before --start")
    return exports.all_rows(system, start=first, end=last, person_id=person_id, oldest_first=True)


@attendance.command("list", epilog="Example: python -m backend attendance list --start 2026-11-01")
@_days
@click.option("--person", "person_id")
def list_rows(start: datetime | None, end: datetime | None, person_id: str | None) -> None:
    """Lists the rows of some days, times in the site's zone."""
    system = open_system()
    zone = system.settings.site_zone
    table = [(str(row.id), row.person_id, row.person_name, f"{row.check_in.astimezone(zone):%Y-%m-%d %H:%M:%S}",
              f"{row.check_out.astimezone(zone):%Y-%m-%d %H:%M:%S}" if row.check_out else "open",
              ", ".join(sorted(row.flags)))
             for row in _rows(system, start, end, person_id)]
    print_table(("ROW", "ID", "NAME", "CHECK-IN", "CHECK-OUT", "FLAGS"), table)
    click.echo(f"{len(table)} rows")


@attendance.command(epilog="Example: python -m backend attendance export --format xlsx --start 2026-11-01 "
                           "--end 2026-11-30 --output november.xlsx")
@_days
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; default the terminal.")
def export(start: datetime | None, end: datetime | None, kind: str, output: Path | None) -> None:
    """Exports the rows of some days."""
    system = open_system()
    if kind == "xlsx" and output is None:
        raise click.UsageError("--format xlsx needs --output FILE")
    rows = _rows(system, start, end)
    if kind == "json":
        content = json.dumps([exports.as_flat(row, system.settings.site_zone) for row in rows],
                             ensure_ascii=False, indent=2).encode()
    else:
        content = exports.render(rows, kind, system)
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        output.write_bytes(content)
        click.echo(f"Wrote {len(rows)} rows to {output}")
