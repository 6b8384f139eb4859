"""Fetches weights: from the address in their manifest, another address, or a file; whole or not at all.

Only `models fetch` comes here. What arrives is put in its place only when its SHA-256 is the one in
the manifest; until then it is a file of another name, which goes away again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from backend import __version__
from backend.config import Settings
from backend.errors import FaceAttendanceError, SettingError
from backend.filelock import only_one
from backend.vision.engines import whole
from backend.vision.engines.detectors import models_folder
from backend.vision.engines.manifest import Manifest
from backend.vision.engines.weights import sum_of

_PIECE = 1 << 16


class FetchFailed(FaceAttendanceError):
    """The weights could not be had; nothing was kept."""

    code = "fetch_failed"
    status = 502


@dataclass(frozen=True)
class Fetched:
    path: Path
    size: int
    new: bool
    """False where the right file was there already."""


def fetch(settings: Settings, manifest: Manifest, source: str | None = None,
          progress: Callable[[int, int | None], None] = lambda done, total: None) -> Fetched:
    """Put the weights of `manifest` into the models' folder.

    `source` is a file or an http(s) address in place of the manifest's. `progress` is told bytes so
    far and in all, where that is known. Raises FetchFailed, and SettingError where the manifest has
    no digest or no address, or the folder cannot be written.
    """
    if manifest.sha256 is None:
        raise SettingError(f"the SHA-256 of {manifest.file} is not confirmed: write it as sha256 in {manifest.origin}")
    target = models_folder(settings) / manifest.file
    source = source or manifest.url
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with only_one(target):
            if sum_of(target) == manifest.sha256:
                return Fetched(target, target.stat().st_size, new=False)
            if source is None:
                raise SettingError(f"{manifest.title} has no address of its own; {manifest.remedy}")
            whole.write(target, _checked(_pieces(settings, manifest, source, progress), manifest, source))
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror or error}") from None
    return Fetched(target, target.stat().st_size, new=True)


def _pieces(settings: Settings, manifest: Manifest, source: str,
            progress: Callable[[int, int | None], None]) -> Iterator[bytes]:
    most = manifest.size or settings.models_max_bytes
    remote = urlsplit(source).scheme in ("http", "https")
    arrived = 0
    for piece, total in _from_address(settings, source) if remote else _from_file(Path(source)):
        arrived += len(piece)
        if arrived > most or (total or 0) > most:
            raise FetchFailed(f"{source} is larger than {most} bytes, and so not {manifest.title}")
        progress(arrived, total or manifest.size)
        yield piece


def _checked(pieces: Iterator[bytes], manifest: Manifest, source: str) -> Iterator[bytes]:
    """The pieces; raises FetchFailed after the last one where they are not the file that is meant."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
        yield piece
    if found.hexdigest() != manifest.sha256:
        raise FetchFailed(f"{source} is not {manifest.title}: its SHA-256 is {found.hexdigest()[:12]}…, not "
                          f"{str(manifest.sha256)[:12]}…; nothing was kept")


def _from_file(path: Path) -> Iterator[tuple[bytes, int | None]]:
    try:
        with path.open("rb") as file:
            total = path.stat().st_size
            while piece := file.read(_PIECE):
                yield piece, total
    except OSError as error:
        raise FetchFailed(f"{path} cannot be read: {error.strerror}") from None


def _from_address(settings: Settings, address: str) -> Iterator[tuple[bytes, int | None]]:
    patience = settings.models_timeout.total_seconds()
    try:
        with requests.Session() as session, closing(session.get(
                address, stream=True, timeout=patience, headers={
                    "User-Agent": f"face-attendance/{__version__}", "Accept-Encoding": "identity"})) as answer:
            if answer.status_code != 200:
                raise FetchFailed(f"{address} answers {answer.status_code} {answer.reason}; get the file elsewhere "
                                  "and add --from FILE")
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            arrived = 0
            for piece in answer.iter_content(_PIECE):
                arrived += len(piece)
                yield piece, total
            if total is not None and arrived < total:
                raise FetchFailed(f"{address} broke off after {arrived} of {total} bytes; try again")
    except (requests.RequestException, ValueError) as error:
        raise FetchFailed(f"{address} cannot be reached: {_reason(error)}; get the file elsewhere and add "
                          "--from FILE") from None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:160] + "…"
