"""`serve` as a process of its own, for tests that send it signals."""

from __future__ import annotations

import sys

from backend.config import load
from backend.errors import FaceAttendanceError
from backend.processes import supervisor
from tests.ports import free_port

if __name__ == "__main__":
    try:
        sys.exit(supervisor.run(load({"data_dir": sys.argv[1], "port": free_port(), "timezone": "UTC",
                                      "log_level": "error"}, {}, []),
                                camera=sys.argv[2] if len(sys.argv) > 2 else None))
    except FaceAttendanceError as error:
        sys.exit(f"Error: {error}")
