"""Where the benchmarks find weights that are not installed with the product: the folders that the caller
names, the product's own, and one called `models` near the folder of faces."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.config import Settings, load
from backend.errors import FaceAttendanceError, SettingError
from backend.vision.engines import manifest, weights
from backend.vision.engines.manifest import Manifest

DETECTOR = "yunet"
"""What every engine but dlib finds faces by."""


def places(models: Path | None, faces: Path | None) -> list[Path]:
    """The folders to look in, the named one first."""
    found = [] if models is None else [models]
    try:
        settings = load()
    except SettingError:  # of the server that is set up here; no benchmark needs it to be right
        settings = load({}, {}, [])
    found.append(settings.data_path / "models")
    if faces is not None:
        found += [folder / "models" for folder in list(faces.absolute().parents)[:2]]
    return [folder for folder in dict.fromkeys(found) if folder.is_dir()]


class Weights:
    """Manifests and weights of several folders, copied into the one that an engine looks in."""

    def __init__(self, settings: Settings, folders: Sequence[Path]) -> None:
        self._settings = settings
        self._target = settings.data_path / "models"
        self._folders = [folder for folder in folders if not _same(folder, self._target)]
        for folder in reversed(self._folders):  # so that the first one wins
            for file in sorted(folder.glob("*.yaml")):
                self._take(file)

    def embedders(self) -> dict[str, Manifest]:
        """Every engine but dlib, by name, whether its weights are there or not. Raises SettingError."""
        return {name: one for name, one in manifest.all_manifests(self._settings).items() if one.kind == "embedder"}

    def bring(self, engine: str) -> str | None:
        """Why `engine`, dlib or an embedder, cannot be opened; None where all that it needs is there now."""
        if engine == "dlib":
            return None
        for one in (manifest.find(self._settings, engine, "embedder"), manifest.find(self._settings, DETECTOR)):
            for folder in self._folders:
                if one.sha256 and not self._has(one) and weights.sum_of(folder / one.file) == one.sha256:
                    _copy(folder / one.file, self._target)
            try:
                weights.read_of(one, self._target)
            except FaceAttendanceError as error:
                looked = ", ".join(str(folder) for folder in self._folders)
                return f"{error}" + (f" (looked in {looked}, too)" if looked else "; --models names another folder")
        return None

    def _has(self, one: Manifest) -> bool:
        return weights.sum_of(self._target / one.file) == one.sha256

    def _take(self, file: Path) -> None:
        """A copy of the manifest beside the weights, where it is a good one of a name of its own."""
        try:
            new = manifest.read(file)
            known = [one for one in manifest.all_manifests(self._settings).values() if one.origin.name != file.name
                     or one.shipped]
            for one in known:
                if new.name == one.name or (new.engine and new.engine == one.engine):
                    raise SettingError(f"{one.origin} has the name {one.name} and the engine {one.engine}, too")
            _copy(file, self._target)
        except FaceAttendanceError as error:
            print(f"{file} is left out: {error}", file=sys.stderr)


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{file.name}.part"
    shutil.copyfile(file, part)
    os.replace(part, folder / file.name)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
