"""Writes docs/settings.md and docs/commands.md from the tables that the program itself uses.

    python -m backend.reference

A test fails where the committed files differ from what this would write.
"""

from __future__ import annotations

import click

from backend.cli import commands
from backend.config import PROJECT_ROOT, as_written, rows

SETTINGS_FILE = PROJECT_ROOT / "docs" / "settings.md"
COMMANDS_FILE = PROJECT_ROOT / "docs" / "commands.md"

_SETTINGS_HEAD = """# Settings

Each is an environment variable, or a line in `face-attendance.yaml` (looked for in the folder the
program is started in, `~/.config/face-attendance/` and `/etc/face-attendance/`) under its name without
`FACE_ATTENDANCE_`. Order: command line, environment, file, default. A secret may lie in a file that
`<VARIABLE>_FILE` names. Lengths of time take a unit (`ms`, `s`, `min`, `h`, `d`); a bare number is
seconds. A bad value stops the start and says why. `python -m backend settings` shows what is in force.

| variable | what it does | default | bounds | example |
|---|---|---|---|---|
"""


def settings_page() -> str:
    """The settings table as Markdown."""
    lines = []
    for row in rows():
        bounds = ("" if row.minimum is None and row.maximum is None
                  else f"{as_written(row.minimum)} to {as_written(row.maximum)}")
        default = "unset" if row.default is None else as_written(row.default) or "empty"
        lines.append(f"| `{row.variable}` | {row.help} | {default} | {bounds} | `{row.example}` |")
    return _SETTINGS_HEAD + "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command's own help as Markdown."""
    parts = ["# Commands\n\nExit code 0 means done, 1 failed, 2 wrong usage. `--debug` anywhere shows the "
             "stack trace of a failure.\n`python` is the clone's own, `.venv/bin/python`.\n"
             "Set-up of the Odoo connection: `python backend/configure_odoo.py` "
             "(see `ODOO_INTEGRATION.md`).\n"]
    context = click.Context(commands, info_name="python -m backend", terminal_width=100, **commands.context_settings)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        parts.append(_section(command, name, context))
    return "\n".join(parts)


def _section(command: click.Command, name: str, parent: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    text = f"## {context.command_path.removeprefix('python -m backend ')}\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            text += "\n" + _section(found, child, context)
    return text


if __name__ == "__main__":
    SETTINGS_FILE.write_text(settings_page(), encoding="utf-8")
    COMMANDS_FILE.write_text(commands_page(), encoding="utf-8")
