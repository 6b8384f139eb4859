"""Manifests: what a file of weights is, whose, how it is fed, and where its thresholds lie.

Those of the product stand in `manifests/`; an operator's own lie beside the weights in
`<DATA_DIR>/models`. A manifest is read without loading any network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.operating import OperatingPoint

SHIPPED = Path(__file__).parent / "manifests"
KINDS = ("detector", "embedder", "liveness")
RESERVED = ("dlib", "dlib-resnet-v1")
"""The engine that needs no manifest."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Licence:
    name: str
    url: str | None
    note: str | None
    """What somebody has to know before they use it."""


@dataclass(frozen=True)
class Feed:
    """How an embedder takes a face: `batch` crops at once, RGB or BGR, (value - mean) / divisor."""

    name: str | None
    """Of the network's input; None where it has one only."""
    side: int
    batch: int | None
    """The fixed number of crops; None where it takes any number."""
    colour: str
    mean: float
    divisor: float
    alignment: tuple[tuple[float, float], ...]
    """Where the five points of `Layout.MOUTH_CORNERS` go in the crop, in its pixels."""
    output: str | None
    dimension: int


@dataclass(frozen=True)
class Manifest:
    name: str
    kind: str
    title: str
    file: str
    sha256: str | None
    """None where the operator has to confirm it: such weights are never loaded."""
    size: int | None
    """In bytes, where it is known."""
    url: str | None
    """Where `models fetch` gets the file; None where it is copied by hand."""
    licence: Licence
    measured: str
    """Figures with their source, or that there are none."""
    origin: Path
    engine: str | None = None
    """Of an embedder: stands beside each template."""
    feed: Feed | None = None
    operating: OperatingPoint | None = None
    estimated: bool = False
    """Whether the operating point was carried over from elsewhere rather than measured."""

    @property
    def shipped(self) -> bool:
        return self.origin.parent == SHIPPED

    @property
    def remedy(self) -> str:
        """How to get the file, for the end of a sentence."""
        if self.url is None:
            return f"run: python -m backend models fetch {self.name} --from FILE_OR_ADDRESS"
        return (f"run: python -m backend models fetch {self.name}, or get the file elsewhere and add "
                "--from FILE")


def all_manifests(settings: Settings) -> dict[str, Manifest]:
    """Every manifest by name, the product's first, but those of which `wrong_manifests` tells."""
    return _collected(settings)[0]


def wrong_manifests(settings: Settings) -> list[str]:
    """What is wrong, in words, with manifests that cannot be used. They keep nobody from using others."""
    return _collected(settings)[1]


def _collected(settings: Settings) -> tuple[dict[str, Manifest], list[str]]:
    found: dict[str, Manifest] = {}
    wrong: list[str] = []
    for path in [*_files(SHIPPED), *_files(settings.data_path / "models")]:
        try:
            manifest = read(path)
            _stand_apart(manifest, found)
        except SettingError as error:
            wrong.append(str(error))
        else:
            found[manifest.name] = manifest
    return found, wrong


def find(settings: Settings, name: str, kind: str | None = None) -> Manifest:
    """The manifest of this name (and kind). Raises SettingError, naming those that there are and those that
    are wrong."""
    found, wrong = _collected(settings)
    manifests = {one.name: one for one in found.values() if kind in (None, one.kind)}
    if name not in manifests:
        raise SettingError("; ".join([f"there is no {kind or 'model'} named {name[:64]}",
                                      "there are: " + ", ".join(sorted(manifests)), *wrong]))
    return manifests[name]


def _stand_apart(manifest: Manifest, others: dict[str, Manifest]) -> None:
    if other := others.get(manifest.name):
        raise SettingError(f"{manifest.origin} is named {manifest.name}, as {other.origin.name} is already; give it "
                           "another name")
    for other in others.values():
        if manifest.engine and other.engine == manifest.engine:
            raise SettingError(
                f"{manifest.origin} has the engine {manifest.engine}, as {other.name} has: "
                "templates of different networks must never be compared; raise its version")


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.glob("*.yaml") if path.is_file()))


def read(path: Path) -> Manifest:
    """The manifest in `path`. Raises SettingError with the field that is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}") from None
    try:
        return _manifest(_Fields(content), path)
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from None


class _Fields:
    """Takes the fields of a mapping one by one; what is left at the end is unknown."""

    def __init__(self, content: Any, where: str = "") -> None:
        if not isinstance(content, dict):
            raise ValueError(f"{where or 'it'} must hold lines such as `name: sface`")
        self._left = dict(content)
        self._where = f"{where}." if where else ""

    def take(self, name: str, kind: type | tuple[type, ...], *, optional: bool = False) -> Any:
        value = self._left.pop(name, None)
        if value is None and optional:
            return None
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise ValueError(f"{self._where}{name} is missing or of another kind than it has to be")
        return value

    def text(self, name: str, *, pattern: re.Pattern[str] | None = None, optional: bool = False) -> Any:
        value = self.take(name, str, optional=optional)
        if value is not None and (not value.strip() or (pattern and not pattern.fullmatch(value))):
            raise ValueError(f"{self._where}{name} cannot be {value[:60]!r}")
        return value if value is None else value.strip()

    def number(self, name: str, least: float, most: float, *, optional: bool = False, whole: bool = False) -> Any:
        value = self.take(name, int if whole else (int, float), optional=optional)
        if value is not None and not least <= value <= most:
            raise ValueError(f"{self._where}{name} must lie between {least:g} and {most:g}")
        return value

    def inner(self, name: str) -> _Fields:
        return _Fields(self._left.pop(name, None), self._where + name)

    def end(self) -> None:
        if self._left:
            raise ValueError(f"{self._where}{next(iter(self._left))} is no field of a manifest")


def _manifest(given: _Fields, path: Path) -> Manifest:
    name = given.text("name", pattern=_NAME)
    kind = given.text("kind")
    if kind not in KINDS or name in RESERVED:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, and name none of {', '.join(RESERVED)}")
    licence = given.inner("licence")
    common: dict[str, Any] = {
        "name": name, "kind": kind, "title": given.text("title"), "file": given.text("file", pattern=_FILE),
        "sha256": (given.text("sha256", pattern=_DIGEST, optional=True) or "").lower() or None,
        "size": given.number("size", 1, 10**11, optional=True, whole=True),
        "url": given.text("url", pattern=re.compile(r"https?://\S+"), optional=True),
        "licence": Licence(licence.text("name"), licence.text("url", optional=True),
                           licence.text("note", optional=True)),
        "measured": given.text("measured"), "origin": path,
    }
    licence.end()
    if kind == "embedder":
        version = given.number("version", 1, 10**6, whole=True)
        point = given.inner("operating_point")
        common |= {"engine": f"{name}-v{version}", "feed": _feed(given),
                   "estimated": bool(point.take("estimated", bool, optional=True)),
                   "operating": _operating(point)}
    given.end()
    return Manifest(**common)


def _feed(given: _Fields) -> Feed:
    entry, out = given.inner("input"), given.inner("output")
    points = entry.take("alignment", list)
    side = entry.number("side", 16, 1024, whole=True)
    if len(points) != 5 or any(not isinstance(point, list) or len(point) != 2 or not all(
            isinstance(value, int | float) and 0 <= value <= side for value in point) for point in points):
        raise ValueError("input.alignment must be five pairs of pixels inside the crop")
    colour = entry.text("colour")
    if colour not in ("rgb", "bgr"):
        raise ValueError("input.colour must be rgb or bgr")
    feed = Feed(
        name=entry.text("name", optional=True), side=side,
        batch=entry.number("batch", 1, 64, optional=True, whole=True), colour=colour,
        mean=entry.number("mean", -1000, 1000), divisor=entry.number("divisor", 1e-6, 1e6),
        alignment=tuple((float(x), float(y)) for x, y in points),
        output=out.text("name", optional=True), dimension=out.number("dimension", 8, 4096, whole=True))
    entry.end()
    out.end()
    return feed


def _operating(given: _Fields) -> OperatingPoint:
    values = {}
    for field in fields(OperatingPoint):
        value = given.number(field.name, 0, 10**6, optional=field.default is not MISSING)
        if value is not None:
            values[field.name] = value
    given.end()
    return OperatingPoint(**values)
