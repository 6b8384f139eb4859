"""Every face of a folder laid out like LFW, embedded once an engine and kept.

The folder holds `<Name>/<Name>_0001.jpg` and so on. What is kept goes by the content of each
picture, the engine and its network, so that neither a moved folder nor a changed picture misleads.
Files that are no pictures are passed over and counted.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import dlib
import numpy as np

from backend.vision.engines import Detection, Engine
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.pictures import find_faces

_VERSION = 2
"""Of what is kept; a change of how faces are found or embedded takes the next number."""
_WRITE_EVERY = 500
_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, eq=False)
class Faces:
    """All faces found, one row a picture; `people[owner[row]]` is the name of who is on it."""

    people: tuple[str, ...]
    owner: np.ndarray
    """(n,) int."""
    plain: np.ndarray
    """(n, d) float32 of unit length."""
    mirrored: np.ndarray
    """(n, d) float32 of unit length: of the picture's mirror image."""
    raw: np.ndarray | None
    """(n, 128) float32, about 1.4 long: as face_recognition gives them, which looks for faces at twice
    the picture's size. dlib's engine only."""
    undetected: tuple[str, ...]
    """Of each picture in which the engine found no face, whose it is; such pictures are in no trial."""
    unreadable: int = 0
    """Files that could not be read as pictures."""

    @property
    def both(self) -> np.ndarray:
        """(n, d): the unit-length mean of picture and mirror image, as the product's templates are."""
        mean = self.plain + self.mirrored
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)

    def lost(self, templates: int) -> np.ndarray:
        """(people,): the share of the pictures left for probing, after `templates` that were enrolled, in
        which no face was found. Whoever enrols takes another picture where none is found."""
        found = np.bincount(self.owner, minlength=len(self.people))
        number = {name: index for index, name in enumerate(self.people)}
        missed = np.bincount(np.array([number[name] for name in self.undetected if name in number], int),
                             minlength=len(found))
        return missed / np.maximum(1, missed + np.maximum(0, found - templates))

    def rows(self) -> list[np.ndarray]:
        """By person: the rows of their pictures, in the order of the files' names."""
        return [np.flatnonzero(self.owner == person) for person in range(len(self.people))]


def embed_folder(engine: Engine, folder: Path, kept_in: Path) -> Faces:
    """Embeds what is not kept yet. Raises ValueError where the folder has no such pictures."""
    listed = sorted(file for file in folder.glob("*/*") if file.suffix.lower() in _SUFFIXES)
    contents = {file: digest for file in listed if (digest := _digest(file)) is not None}
    kept_in.mkdir(parents=True, exist_ok=True)
    store = kept_in / f"{engine.name}-{_VERSION}.npz"
    raw = _face_recognition(engine) if isinstance(engine, DlibEngine) else None
    known = _read(store, (2 if raw is None else 3, engine.dimension))
    new = {digest: file for file, digest in contents.items() if digest not in known}
    if new:
        engine.wait_for_runtime()
    for number, (digest, file) in enumerate(new.items(), 1):
        with suppress(cv2.error):  # more pixels than OpenCV takes, or a strip of one pixel
            if (vectors := _embed(engine, file, raw)) is not None:
                known[digest] = vectors
        if number % _WRITE_EVERY == 0 or number == len(new):
            print(f"{engine.name}: {number} of {len(new)} pictures embedded", file=sys.stderr)
            _write(store, known)
    files = [file for file, digest in contents.items() if digest in known]
    if unreadable := len(listed) - len(files):
        print(f"{engine.name}: {unreadable} files of {len(listed)} are passed over, as they cannot be read as pictures",
              file=sys.stderr)
    if not files:
        raise ValueError(f"{folder} holds no pictures laid out as <Name>/<Name>_0001.jpg")
    return _assemble(files, [known[contents[file]] for file in files], unreadable)


def _digest(file: Path) -> str | None:
    """The SHA-256 of what it holds; None where it is no file, or none that can be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    except OSError:
        return None


def _embed(engine: Engine, file: Path, raw: Callable[..., np.ndarray] | None) -> np.ndarray | None:
    """(2, d) or, with `raw`, (3, d): plain, mirrored, raw; all zeros where no face was found. None where the
    file is no picture."""
    picture = cv2.imread(str(file))
    if picture is None:
        return None
    found = _central(find_faces(engine, picture), picture.shape)
    if found is None:
        return np.zeros((2 if raw is None else 3, engine.dimension), np.float32)
    points = engine.landmarks(picture, found)
    mirrored = engine.embed(picture, points, mirrored=True)
    vectors = [engine.embed(picture, points), mirrored] + ([] if raw is None else [raw(picture, found)])
    return np.stack(vectors).astype(np.float32)


def _face_recognition(engine: DlibEngine) -> Callable[[np.ndarray, Detection], np.ndarray]:
    """`face_locations` and `face_encodings` with their defaults: HOG after one upsampling, five points,
    no jitter. Where that finds nobody, the face that the engine found serves."""
    detector = dlib.get_frontal_face_detector()

    def encode(picture: np.ndarray, otherwise: Detection) -> np.ndarray:
        rectangles = detector(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), 1)
        found = [Detection((r.left(), r.top(), r.width(), r.height()), 1.0) for r in rectangles]
        face = _central(found, picture.shape) or otherwise
        return engine.raw(picture, engine.landmarks(picture, face))

    return encode


def _read(store: Path, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """What is kept, by digest; nothing, with a line on stderr, where it is damaged."""
    if not store.is_file():
        return {}
    try:
        with np.load(store) as kept:
            digests, vectors = kept["digests"].tolist(), kept["vectors"]
        if vectors.shape != (len(digests), *shape) or not np.isfinite(vectors).all():
            raise ValueError(f"it holds {vectors.shape}")
    except (ValueError, TypeError, LookupError, OSError, EOFError, AttributeError, zipfile.BadZipFile,
            zlib.error) as error:
        print(f"{store} is damaged ({error}); all is embedded anew", file=sys.stderr)
        return {}
    return dict(zip(digests, vectors, strict=True))


def _write(store: Path, known: dict[str, np.ndarray]) -> None:
    if not known:
        return
    part = store.with_suffix(".part.npz")
    np.savez(part, digests=np.array(list(known)), vectors=np.stack(list(known.values())))
    os.replace(part, store)


def _assemble(files: Sequence[Path], vectors: Sequence[np.ndarray], unreadable: int) -> Faces:
    stack = np.stack(vectors)
    there = np.abs(stack).sum(axis=(1, 2)) > 0
    names = [file.parent.name for file, good in zip(files, there, strict=True) if good]
    people = tuple(dict.fromkeys(names))
    number = {name: index for index, name in enumerate(people)}
    stack = np.ascontiguousarray(stack[there].transpose(1, 0, 2))
    return Faces(people, np.array([number[name] for name in names], int), stack[0], stack[1],
                 stack[2] if len(stack) > 2 else None,
                 tuple(file.parent.name for file, good in zip(files, there, strict=True) if not good), unreadable)


def _central(found: Sequence[Detection], shape: tuple[int, ...]) -> Detection | None:
    """The face nearest to the picture's middle: who LFW's name is of, where there are several."""
    middle = np.array([shape[1], shape[0]]) / 2

    def off(item: Detection) -> float:
        x, y, width, height = item.box
        return float(np.linalg.norm(np.array([x + width / 2, y + height / 2]) - middle))

    return min(found, key=off, default=None)
