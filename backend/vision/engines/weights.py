"""Reads a file of weights whole, and only where it is the one that was meant."""

from __future__ import annotations

import hashlib
from pathlib import Path

from backend.vision.engines.manifest import Manifest
from backend.vision.errors import WeightsDamaged, WeightsMissing


def read_of(manifest: Manifest, folder: Path) -> bytes:
    """The weights of `manifest` in `folder`. Raises WeightsMissing, WeightsDamaged."""
    if manifest.sha256 is None:
        raise WeightsDamaged(f"the SHA-256 of {manifest.file} is not confirmed: compare the file with its publisher's, "
                             f"and write the sum as sha256 in {manifest.origin}")
    return read(folder / manifest.file, manifest.sha256, manifest.remedy)


def read(path: Path, sha256: str, remedy: str) -> bytes:
    """The content of `path`, whose SHA-256 (64 hexadecimal digits) has to be `sha256`.

    `remedy` says how to get the file. Raises WeightsMissing, WeightsDamaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise WeightsMissing(f"{path} is not there; {remedy}") from None
    except OSError as error:
        raise WeightsMissing(f"{path} cannot be read: {error.strerror}; {remedy}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsDamaged(f"{path} is not the file that is meant: its SHA-256 is {found[:12]}…, not "
                             f"{sha256[:12]}…; delete it, then {remedy}")
    return content


def sum_of(path: Path) -> str | None:
    """The SHA-256 of a file; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
