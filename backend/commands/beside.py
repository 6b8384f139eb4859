"""What a command says beside its result, on stderr: words on a terminal; elsewhere, where it is one whose
stderr is read by programs, a line of JSON each, so that progress, failures and warnings can be told apart."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import click

IN_JSON = ("odoo",)
"""Commands whose stderr is lines of JSON where it is no terminal."""


def speaks_json(arguments: list[str]) -> bool:
    """Whether this command's stderr is read by a program."""
    return arguments[:1] in [[name] for name in IN_JSON] and not sys.stderr.isatty()


def tell(kind: str, text: str, as_json: bool, *, words: str = "", **more: Any) -> None:
    """Say `text` on stderr: `{kind: text, …more}`, or in words, after `words`."""
    if as_json:
        click.echo(json.dumps({kind: text} | more, ensure_ascii=False, default=str), err=True)
    else:
        click.echo(f"{words}{text}", err=True)


def show(error: click.ClickException, as_json: bool) -> None:
    """Say what was wrong with a command line. Who named no command gets the help, in any case."""
    if not as_json or isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    tell("error", error.format_message(), True, **({} if context is None else {"usage": context.get_usage()}))


class LogLines(logging.Formatter):
    """`{level, logger, message}` in a line of JSON; where there is one, with the `trace` of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
