"""Typed settings: one table of name, default, bounds and help, read once at the start.

Every room takes a `Settings` object; nobody else reads the environment. The documentation,
`python -m backend settings` and the error texts all come from this table.
"""

from backend.config.loading import FILE_NAME, load
from backend.config.parsing import PROJECT_ROOT, as_written
from backend.config.table import Row, Settings, rows

__all__ = ["FILE_NAME", "PROJECT_ROOT", "Row", "Settings", "as_written", "load", "rows"]
