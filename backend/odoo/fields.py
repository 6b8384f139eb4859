"""Which fields a model has on this server, for this user: asked, never assumed."""

from __future__ import annotations

from collections.abc import Sequence

from backend.odoo.client import OdooClient


class FieldNames:
    """Asks `fields_get` once a model and remembers the answer."""

    def __init__(self, client: OdooClient) -> None:
        self._client = client
        self._known: dict[str, frozenset[str]] = {}

    def of(self, model: str) -> frozenset[str]:
        """Names of the fields that this user may use. Restricted ones are left out by Odoo:
        without HR rights an employee has no barcode."""
        if model not in self._known:
            told = self._client.execute(model, "fields_get", attributes=["type"])
            self._known[model] = frozenset(told)
        return self._known[model]

    def forget(self) -> None:
        """Ask again next time: rights and versions change while we run."""
        self._known.clear()

    def among(self, model: str, wanted: Sequence[str]) -> list[str]:
        """Those of `wanted` that exist, in their order."""
        known = self.of(model)
        return [name for name in wanted if name in known]
