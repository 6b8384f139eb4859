"""A private PostgreSQL for the tests: a cluster in a temporary folder, on loopback only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.ports import free_port

PATIENCE = 60.0
"""Seconds that a start may take on a busy machine."""

# Nothing here has to survive a crash, and a test should not wait for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
        "shared_buffers": "32MB", "max_connections": "120", "autovacuum": "off",
        "logging_collector": "off", "unix_socket_directories": ""}


def programs() -> Path | None:
    """The folder that holds initdb and postgres; None where PostgreSQL is not installed."""
    versions = Path("/usr/lib/postgresql")
    found = sorted(versions.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Run a server on a free port; yields its URL without a database's name."""
    user = _ordinary_user()
    home = Path(mkdtemp(prefix="face-attendance-pg-"))
    process = None
    try:
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        data = home / "data"
        _run([folder / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8",
              "--locale=C.UTF-8", "--no-sync"], user)
        port = free_port()
        options = [f"-c{name}={value}" for name, value in FAST.items()]
        with open(home / "log", "wb") as log:
            process = subprocess.Popen(
                [folder / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *options],
                stdout=log, stderr=log, **_as(user))
        _await_port(port, process, home / "log")
        yield f"postgresql+psycopg://tests@127.0.0.1:{port}"
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: itself refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no other user")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {"cwd": "/"}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def _run(command: list[object], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **_as(user))
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server lets somebody in."""
    import psycopg

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="tests", dbname="postgres",
                            connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
