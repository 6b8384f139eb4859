"""The documentation says what the program does: settings, commands, links, and its own words."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from backend import reference
from backend.cli import commands
from backend.config import PROJECT_ROOT

PAGES = sorted([*PROJECT_ROOT.glob("*.md"), *PROJECT_ROOT.glob("docs/*.md")])


def test_the_settings_table_is_what_the_program_reads():
    assert reference.SETTINGS_FILE.read_text(encoding="utf-8") == reference.settings_page(), (
        "run: python -m backend.reference")


def test_the_command_reference_is_what_the_program_says():
    assert reference.COMMANDS_FILE.read_text(encoding="utf-8") == reference.commands_page(), (
        "run: python -m backend.reference")


def _leaves(command: click.Command, path: str):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from _leaves(command.get_command(context, name), f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize(("path", "command"), list(_leaves(commands, "python -m backend")))
def test_every_command_has_help_and_an_example(path, command):
    assert command.help, path
    assert command.epilog and f"Example: {path}" in command.epilog, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    for target, _, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(#([^)\s]+))?\)",
                                        page.read_text(encoding="utf-8")):
        there = page.parent / target if target else page
        assert there.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in _anchors(there), f"{page.name} links to {target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """The names that headings have in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
