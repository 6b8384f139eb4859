"""Endpoints for rows that Odoo did not take: why, what helps, and another try."""

from __future__ import annotations

from backend.web.context import context
from backend.web.schemas.sync import (
    ProblemList,
    ProblemOut,
    ProblemsAnswer,
    ProblemsQuery,
    Retried,
    RetriedAnswer,
    RetryBody,
)
from backend.web.topic import Topic

bp = Topic("problems", "Odoo", "Rows that wait for somebody to mend something.")


@bp.endpoint("GET", "/sync/problems", "sync:read", ProblemsAnswer)
def list_problems(query: ProblemsQuery) -> ProblemsAnswer:
    """List the rows that Odoo did not take, oldest first, each with its reason and remedy."""
    here = context()
    found = here.system.odoo_of(query.connection).problems()
    told = [ProblemOut(**{**one, "check_in": here.local(one["check_in"]), "check_out": here.local(one["check_out"]),
                          "since": here.local(one["since"])}) for one in found[:query.limit]]
    return ProblemsAnswer(data=ProblemList(problems=told, total=len(found)))


@bp.endpoint("POST", "/sync/retry", "sync:write", RetriedAnswer, fails={404: "A row named does not wait for anybody."})
def retry(body: RetryBody) -> RetriedAnswer:
    """Let rows that Odoo did not take try again: those named, or all but those that HR deleted."""
    result = context().system.odoo_of(body.connection).retry(body.attendance_ids)
    return RetriedAnswer(message=result["message"], data=Retried(retried=result["retried"]))
