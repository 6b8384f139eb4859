"""Every face of a folder laid out like LFW, embedded once an engine and kept.

The folder holds `<Name>/<Name>_0001.jpg` and so on. What is kept goes by the content of each
picture, the engine and its network, so that neither a moved folder nor a changed picture misleads.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
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
    """Pictures in which the engine found no face; they are in no trial."""

    @property
    def both(self) -> np.ndarray:
        """(n, d): the unit-length mean of picture and mirror image, as the product's templates are."""
        mean = self.plain + self.mirrored
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)

    def rows(self) -> list[np.ndarray]:
        """By person: the rows of their pictures, in the order of the files' names."""
        return [np.flatnonzero(self.owner == person) for person in range(len(self.people))]


def embed_folder(engine: Engine, folder: Path, kept_in: Path) -> Faces:
    """Embeds what is not kept yet. Raises ValueError where the folder has no such pictures."""
    files = sorted(folder.glob("*/*.jpg"))
    if not files:
        raise ValueError(f"{folder} holds no pictures laid out as <Name>/<Name>_0001.jpg")
    kept_in.mkdir(parents=True, exist_ok=True)
    store = kept_in / f"{engine.name}-{_VERSION}.npz"
    known = _read(store)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    new = {digest: file for digest, file in zip(digests, files, strict=True) if digest not in known}
    raw = _face_recognition(engine) if isinstance(engine, DlibEngine) else None
    if new:
        engine.wait_for_runtime()
    for number, (digest, file) in enumerate(new.items(), 1):
        known[digest] = _embed(engine, file, raw)
        if number % _WRITE_EVERY == 0 or number == len(new):
            print(f"{engine.name}: {number} of {len(new)} pictures embedded", file=sys.stderr)
            _write(store, known)
    return _assemble(files, [known[digest] for digest in digests])


def _embed(engine: Engine, file: Path, raw: Callable[..., np.ndarray] | None) -> np.ndarray:
    """(2, d) or, with `raw`, (3, d): plain, mirrored, raw; all zeros where no face was found."""
    rows = 2 if raw is None else 3
    picture = cv2.imread(str(file))
    found = None if picture is None else _central(find_faces(engine, picture), picture.shape)
    if found is None:
        return np.zeros((rows, engine.dimension), np.float32)
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


def _read(store: Path) -> dict[str, np.ndarray]:
    if not store.is_file():
        return {}
    with np.load(store) as kept:
        return dict(zip(kept["digests"].tolist(), kept["vectors"], strict=True))


def _write(store: Path, known: dict[str, np.ndarray]) -> None:
    part = store.with_suffix(".part.npz")
    np.savez(part, digests=np.array(list(known)), vectors=np.stack(list(known.values())))
    os.replace(part, store)


def _assemble(files: Sequence[Path], vectors: Sequence[np.ndarray]) -> Faces:
    stack = np.stack(vectors)
    there = np.abs(stack).sum(axis=(1, 2)) > 0
    names = [file.parent.name for file, good in zip(files, there, strict=True) if good]
    people = tuple(dict.fromkeys(names))
    number = {name: index for index, name in enumerate(people)}
    stack = np.ascontiguousarray(stack[there].transpose(1, 0, 2))
    return Faces(people, np.array([number[name] for name in names]), stack[0], stack[1],
                 stack[2] if len(stack) > 2 else None,
                 tuple(file.name for file, good in zip(files, there, strict=True) if not good))


def _central(found: Sequence[Detection], shape: tuple[int, ...]) -> Detection | None:
    """The face nearest to the picture's middle: who LFW's name is of, where there are several."""
    middle = np.array([shape[1], shape[0]]) / 2

    def off(item: Detection) -> float:
        x, y, width, height = item.box
        return float(np.linalg.norm(np.array([x + width / 2, y + height / 2]) - middle))

    return min(found, key=off, default=None)
