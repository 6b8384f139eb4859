"""Everybody who may be recognised, in memory: one float32 matrix, swapped whole when it changes.

A person is scored by the distance to the mean of their templates, which beats the nearest
template at equal safety. `GalleryKeeper` looks at the store's version twice a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from backend.config import Settings
from backend.store.records import GalleryRows
from backend.vision.engines import open_engine

log = logging.getLogger(__name__)

_SAMPLE = 1000
"""People whose pairs are compared to learn how alike a gallery is: half a million pairs say enough."""


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

    def template_ids(self, person: UUID) -> tuple[UUID, ...]:
        """Those that were enrolled: they must stand for a sighting to count, while a learnt one may
        be replaced at any time."""
        ids = (self.ids[row] for row in self._rows.get(person, ()))
        return tuple(each for each in ids if each not in self._learnt)

    def distances(self, probe: np.ndarray) -> np.ndarray:
        """(people,) float32: the unit-length `probe`'s distance to each mean template."""
        if not self.people:
            return np.zeros(0, np.float32)
        return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * (self.means @ probe)))

    @cached_property
    def alikeness(self) -> float | None:
        """The distance that 5 % of the pairs of its people undercut; None below three people."""
        if len(self) < 3:
            return None
        means = self.means
        if len(means) > _SAMPLE:
            chosen = np.random.default_rng(0).choice(len(means), _SAMPLE, replace=False)
            means = means[chosen]
        products = (means @ means.T)[np.triu_indices(len(means), 1)]
        return float(np.sqrt(max(0.0, 2.0 - 2.0 * float(np.quantile(products, 0.95)))))


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
        """`source` is a Store or any GallerySource; `engine` the name of the engine in force."""
        if not hasattr(source, "load"):
            source = StoreSource(source, settings, engine or open_engine().name)
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
