"""The command line in processes that find everything imported.

A command of a second takes most of it to import what it needs. A process that has imported it forks
one for each command: as far from the test as a new one, with its own folder, environment and streams.
Tests in tests/contract start commands as people do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from backend.config import PROJECT_ROOT

PROGRAM = """
import gc, importlib, json, os, sys
from backend import cli
from backend.vision.engines import hog
for module in {*cli.COMMANDS.values(), "backend.app", "backend.vision.pictures", "backend.odoo_connector"}:
    importlib.import_module(module)
hog._packed()
gc.freeze()
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for number, (file, how) in enumerate(asked["streams"]):
        os.dup2(os.open(file, how), number)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["backend", *asked["arguments"]]
    sys.exit(cli.main())
"""
READ, WRITE = os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class Starter:
    """Starts commands, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM], text=True, cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)})

    def run(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str],
            stdin: str, streams: Path) -> subprocess.CompletedProcess[str]:
        """`python -m backend <arguments>` in `folder`; what it reads and says goes through files in `streams`."""
        streams.mkdir(exist_ok=True)
        given, said, complained = (streams / name for name in ("stdin", "stdout", "stderr"))
        given.write_text(stdin, encoding="utf-8")
        asked: dict[str, Any] = {
            "arguments": arguments, "folder": str(folder), "environment": environment,
            "streams": [(str(given), READ), (str(said), WRITE), (str(complained), WRITE)]}
        with self._lock:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(["python", "-m", "backend", *arguments], code,
                                           said.read_text("utf-8"), complained.read_text("utf-8"))

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
