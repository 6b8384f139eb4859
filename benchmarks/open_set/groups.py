"""Groups of people who are reported apart, from a JSON file that somebody wrote by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def read_groups(file: Path) -> dict[str, list[str]]:
    """Names by group; none where there is no file. What is no list of names is left out, with a line on stderr."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return _nothing(f"{file} cannot be read as JSON ({error})")
    if not isinstance(content, dict):
        return _nothing(f"{file} must hold an object such as {{\"women\": [\"Name\"]}}")
    found = {group: names for group, names in content.items() if _is_list_of_names(names)}
    for group, value in content.items():
        if group not in found and not isinstance(value, str):  # a string is a note to the reader
            print(f"{file}: {group} is left out, as it is no list of names", file=sys.stderr)
    return found


def _nothing(why: str) -> dict[str, list[str]]:
    print(f"{why}: no group is reported apart", file=sys.stderr)
    return {}


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)
