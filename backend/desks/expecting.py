"""The recognition desk: what to expect of the gallery in force, for the doctor and the health page."""

from __future__ import annotations

from typing import Any

from backend.desks.parts import Parts
from backend.vision.expected import Expectation, expect


class RecognitionDesk:
    """For one process. Opens no network: thresholds and templates are all it needs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: tuple[int, Expectation | None] | None = None

    def expected(self) -> Expectation | None:
        """For the templates in force of the engine in force; None where there are none. Computed
        once a gallery version: all templates have to be unsealed for it."""
        from backend.vision.decide import Judge
        from backend.vision.engines import named_engine
        from backend.vision.gallery import Gallery, StoreSource

        settings = self._parts.settings
        engine = named_engine(settings)
        source = StoreSource(self._parts.store, settings, engine.name)
        version = source.version()
        if self._known is None or self._known[0] != version:
            rows = source.load()
            gallery = Gallery(rows.matrix, rows.people, rows.ids, rows.version)
            found = expect(Judge(settings, engine), gallery, engine.name) if len(gallery) else None
            self._known = rows.version, found
        return self._known[1]

    def details(self) -> dict[str, Any]:
        """The same, JSON-ready; empty where there are no templates."""
        found = self.expected()
        if found is None:
            return {}
        return {"people": found.people, "people_with_few_templates": found.few_templates,
                "alikeness": _rounded(found.alikeness), "threshold": _rounded(found.threshold),
                "expected_fnir": _rounded(found.by_templates), "left_out_fnir": _rounded(found.left_out),
                "left_out_templates": found.tries}

    def text(self) -> str:
        """The same in one line for people."""
        found = self.expected()
        if found is None:
            return "nobody's face is registered yet"
        share = 100 * self._parts.settings.target_fpir
        line = f"{found.people} people, accepted up to {found.threshold:.3f} so that {share:g} % of strangers are"
        if found.by_templates is not None:
            line += f"; about {percent(found.by_templates)} of visits are not recognised at once, to go by LFW"
        if found.left_out is not None:
            line += (f"; single pictures: {percent(found.left_out)}, each of {found.tries} faces held against "
                     "its person's others")
        if found.few_templates:
            line += f". {found.few_templates} people have fewer than three faces: register more of them"
        return line


def percent(share: float) -> str:
    """In words that claim no more than was measured."""
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
