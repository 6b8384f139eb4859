"""The command line: gathers the commands of `backend.commands` and turns errors into one line.

Exit code 0 means done, 1 failed, 2 wrong usage. A stack trace is shown only with --debug.
"""

from __future__ import annotations

import logging
import sys
import traceback
from importlib import import_module

import click

from backend import __version__
from backend.commands.beside import LogLines, show, speaks_json, tell
from backend.errors import FaceAttendanceError

# Command → module that defines it under the same name. Modules are imported when called, so
# that `--help` and the quick commands do not wait for dlib and OpenCV to load.
COMMANDS = {
    "demo": "backend.commands.running",
    "serve": "backend.commands.running",
    "migrate": "backend.commands.operations",
    "settings": "backend.commands.operations",
    "doctor": "backend.commands.operations",
    "backup": "backend.commands.operations",
    "enroll": "backend.commands.faces",
    "identify": "backend.commands.faces",
    "models": "backend.commands.models",
    "faces": "backend.commands.learning",
    "person": "backend.commands.people",
    "attendance": "backend.commands.attendance",
    "odoo": "backend.commands.odoo",
    "key": "backend.commands.access",
    "admin": "backend.commands.access",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]},
               epilog="Example: python -m backend serve --camera 0")
@click.version_option(__version__, prog_name="Face Attendance")
def commands() -> None:
    """Face Attendance: faces at a camera become attendance rows, in step with Odoo.

    With --debug anywhere, failures show their stack trace.
    """


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    arguments = [word for word in arguments if word != "--debug"]
    as_json = speaks_json(arguments)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[_log_handler(as_json)])
    for name in ("urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.INFO if debug else logging.WARNING)
    try:
        result = commands.main(args=arguments, prog_name="python -m backend", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        show(error, as_json)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("error", "Stopped.", as_json)
        return 1
    except BrokenPipeError:
        # `… | head` closed our output: nothing is wrong, and nobody is left to tell.
        sys.stderr.close()
        return 0
    except FaceAttendanceError as error:
        if debug:
            traceback.print_exc()
        tell("error", str(error), as_json, words="Error: ", code=error.code)
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        else:
            tell("error", f"{type(error).__name__}: {error} (run with --debug to see where)", as_json,
                 words="Error: ", code="internal_error")
        return 1


def _log_handler(as_json: bool) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines() if as_json else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    return handler
