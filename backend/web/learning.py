"""Endpoints of learning over time: who drifts away, and forgetting what was learnt."""

from __future__ import annotations

from dataclasses import asdict

from backend.web.auth import caller
from backend.web.context import context
from backend.web.schemas.envelope import PersonPath
from backend.web.schemas.learning import DriftAnswer, DriftOut, DriftQuery, LearntGone, LearntGoneAnswer
from backend.web.topic import Topic

bp = Topic("learning", "Learning over time", "Whose faces drift away from what was enrolled, and what was "
                                             "learnt from sightings.")


@bp.endpoint("GET", "/faces/drift", "faces:read", DriftAnswer)
def show_drift(query: DriftQuery) -> DriftAnswer:
    """Show whose sightings, and which camera's, lie further from the templates than they used to."""
    return DriftAnswer(data=DriftOut.model_validate(asdict(context().system.learning.drift(query.months))))


@bp.endpoint("DELETE", "/faces/learnt", "faces:write", LearntGoneAnswer)
def forget_all() -> LearntGoneAnswer:
    """Delete every template that was learnt from a sighting; those enrolled stay."""
    return _gone(context().system.learning.forget(by=caller().name))


@bp.endpoint("DELETE", "/persons/<person_id>/learnt-faces", "faces:write", LearntGoneAnswer,
             fails={404: "Nobody has this id (`person_not_found`)."})
def forget(path: PersonPath) -> LearntGoneAnswer:
    """Delete what was learnt of one person; the templates enrolled stay."""
    return _gone(context().system.learning.forget(path.person_id, by=caller().name))


def _gone(deleted: int) -> LearntGoneAnswer:
    return LearntGoneAnswer(message=f"Deleted {deleted} learnt {'template' if deleted == 1 else 'templates'}.",
                            data=LearntGone(deleted=deleted))
