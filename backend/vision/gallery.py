"""Everybody who may be recognised, in memory: one float32 matrix, swapped whole when it changes.

A person is scored by the distance to the mean of their templates, which beats the nearest
template at equal safety. `GalleryKeeper` looks at the store's version twice a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.store.records import GalleryRows
from backend.vision.engines import engine_name

log = logging.getLogger(__name__)

_SAMPLE = 1000
"""People whose nearest other person is looked for to learn how alike a gallery is."""
_AT_ONCE = 100
"""Of them, so that a gallery of 100,000 takes 40 MB for it."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """What a search found for each track; arrays (t,)."""

    best: np.ndarray
    """Index into `Gallery.people`."""
    distance: np.ndarray
    """From the track's unit-length mean to the person's."""
    second: np.ndarray
    """The runner-up; the same as `best` in a gallery of one, at a distance without end."""
    second_distance: np.ndarray
    agreeing: np.ndarray
    """Frames whose own nearest person is `best`."""


class Gallery:
    """An immutable set of templates, and the mean template of each person."""

    def __init__(self, matrix: np.ndarray, owners: Sequence[UUID], ids: Sequence[UUID],
                 version: int = 0, learnt: frozenset[UUID] = frozenset()) -> None:
        """`matrix` is (n, d) float32 with rows of unit length; `owners` and `ids` go row by row.
        `learnt` are the ids of templates that were not enrolled."""
        if not len(matrix) == len(owners) == len(ids):
            raise ValueError("a gallery needs one owner and one id for each row")
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.owners = tuple(owners)
        self.ids = tuple(ids)
        self.version = version
        self._learnt = learnt
        rows: dict[UUID, list[int]] = {}
        for row, owner in enumerate(self.owners):
            rows.setdefault(owner, []).append(row)
        self._rows = rows
        self.people: tuple[UUID, ...] = tuple(rows)
        self.means = _unit(np.array([self.matrix[found].mean(axis=0) for found in rows.values()],
                                    np.float32)) if rows else np.zeros((0, 0), np.float32)

    @classmethod
    def empty(cls, version: int = 0) -> Gallery:
        return cls(np.zeros((0, 0), np.float32), (), (), version)

    def __len__(self) -> int:
        """How many people."""
        return len(self.people)

    def count(self, person: UUID) -> int:
        """How many templates."""
        return len(self._rows.get(person, ()))

    @cached_property
    def owner_rows(self) -> np.ndarray:
        """(n,): for each row of `matrix` the index into `people`."""
        number = {person: index for index, person in enumerate(self.people)}
        return np.array([number[owner] for owner in self.owners], int)

    def template_ids(self, person: UUID) -> tuple[UUID, ...]:
        """Those that were enrolled: they must stand for a sighting to count, while a learnt one may
        be replaced at any time."""
        ids = (self.ids[row] for row in self._rows.get(person, ()))
        return tuple(each for each in ids if each not in self._learnt)

    def search(self, tracks: np.ndarray) -> Nearest:
        """The two people nearest to each of `tracks`, (t, n, d) float32: n unit-length probes a track.

        One matrix product for everything: the product with a track's mean is the mean of the products
        with its frames. Raises ValueError where nobody is enrolled.
        """
        if not self.people:
            raise ValueError("nobody is enrolled")
        count, frames, _ = tracks.shape
        products = (tracks.reshape(count * frames, -1) @ self.means.T).reshape(count, frames, -1)
        if frames == 1:
            return self.nearest(products[:, 0])
        found = self.nearest(products.mean(axis=1), np.linalg.norm(tracks.mean(axis=1), axis=1))
        return replace(found, agreeing=(products.argmax(axis=2) == found.best[:, None]).sum(axis=1))

    def nearest(self, products: np.ndarray, lengths: np.ndarray | float = 1.0) -> Nearest:
        """The two nearest by `products`, (t, people) of probes `lengths` long with the mean templates.
        Each probe agrees with itself. Writes into `products`."""
        probe = np.arange(len(products))
        best = products.argmax(axis=1)
        near = products[probe, best] / lengths
        products[probe, best] = -np.inf
        second = products.argmax(axis=1)
        further = products[probe, second] / lengths
        return Nearest(best, _distance(near), second, _distance(further), np.ones(len(products), int))

    def distances(self, probe: np.ndarray) -> np.ndarray:
        """(people,) float32: the unit-length `probe`'s distance to each mean template."""
        if not self.people:
            return np.zeros(0, np.float32)
        return _distance(self.means @ probe)

    @cached_property
    def alikeness(self) -> float | None:
        """How near the nearest other person is, for the median person; None below three people."""
        if len(self) < 3:
            return None
        some = np.arange(len(self))
        if len(self) > _SAMPLE:
            some = np.random.default_rng(0).choice(len(self), _SAMPLE, replace=False)
        nearest = np.empty(len(some), np.float32)
        for start in range(0, len(some), _AT_ONCE):
            rows = some[start:start + _AT_ONCE]
            products = self.means[rows] @ self.means.T
            products[np.arange(len(rows)), rows] = -1.0
            nearest[start:start + _AT_ONCE] = products.max(axis=1)
        return float(np.median(_distance(nearest)))


def _distance(products: np.ndarray) -> np.ndarray:
    """Of unit-length vectors, from their products."""
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * products))


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)


class GallerySource(Protocol):
    """Where templates come from."""

    def version(self) -> int:
        """A number that changes with every change of what `load` would bring."""

    def load(self) -> GalleryRows:
        """All templates in force, with the version they are of."""


class StoreSource:
    """The templates in force of a `backend.store.Store`, of one engine."""

    def __init__(self, store: Any, settings: Settings, engine: str) -> None:
        self._store = store
        self._engine = engine
        self._require_consent = settings.require_consent
        self._learnt = settings.adaptive_templates

    def version(self) -> int:
        with self._store.read() as unit:
            return unit.templates.gallery_version()

    def load(self) -> GalleryRows:
        with self._store.read() as unit:
            return unit.templates.all_in_force(self._engine, require_consent=self._require_consent,
                                               learnt=self._learnt)


class GalleryKeeper:
    """Holds the gallery in force; for one thread."""

    def __init__(self, source: Any, settings: Settings, engine: str | None = None,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        """`source` is a Store or any GallerySource; `engine` its engine's name, else that in force."""
        if not hasattr(source, "load"):
            source = StoreSource(source, settings, engine or engine_name(settings))
        self._source: GallerySource = source
        self._every = settings.gallery_poll.total_seconds()
        self._monotonic = monotonic
        self._looked: float | None = None
        self._failing = False
        self._gallery = Gallery.empty(version=-1)

    def current(self) -> Gallery:
        """The gallery, at most GALLERY_POLL behind the store.

        Where the store cannot be read, the gallery held goes on serving and the log says so
        once; whoever was removed meanwhile is still refused when the punch is written.
        """
        if self._looked is None or self._monotonic() - self._looked >= self._every:
            return self.newest()
        return self._gallery

    def newest(self) -> Gallery:
        """As `current`, but as new as the store: for whoever has just registered a face."""
        self._looked = self._monotonic()
        try:
            self._refresh()
        except Exception as error:  # any database driver's error: recognition must not stop
            if not self._failing:
                log.warning("the gallery cannot be read, going on with the one held: %s", error)
            self._failing = True
        else:
            self._failing = False
        return self._gallery

    def _refresh(self) -> None:
        if self._source.version() == self._gallery.version:
            return
        rows = self._source.load()
        self._gallery = Gallery(rows.matrix, rows.people, rows.ids, rows.version, rows.learnt)
        log.info("gallery version %s: %d people, %d templates",
                 rows.version, len(self._gallery), len(rows.ids))
