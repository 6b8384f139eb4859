"""Which fields a model has on this server, for this user: asked, never assumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from backend.odoo.client import OdooClient

RENEWED = 900.0
"""Seconds that an answer is believed: rights and versions change while we run, but not each minute."""


class FieldNames:
    """Asks `fields_get` once a model and remembers the answer for a while."""

    def __init__(self, client: OdooClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    def of(self, model: str) -> frozenset[str]:
        """Names of the fields that this user may use. Restricted ones are left out by Odoo:
        without HR rights an employee has no barcode."""
        asked, known = self._known.get(model, (0.0, None))
        if known is None or self._monotonic() - asked > RENEWED:
            asked = self._monotonic()
            known = frozenset(self._client.execute(model, "fields_get", attributes=["type"]))
            self._known[model] = asked, known
        return known

    def forget(self) -> None:
        """Ask again next time."""
        self._known.clear()

    def among(self, model: str, wanted: Sequence[str]) -> list[str]:
        """Those of `wanted` that exist, in their order."""
        known = self.of(model)
        return [name for name in wanted if name in known]
