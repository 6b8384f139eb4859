"""Endpoint of the log."""

from __future__ import annotations

from backend.attendance.time import parse_start
from backend.web.context import context
from backend.web.schemas.operations import LogLineOut, LogList, LogQuery, LogsAnswer
from backend.web.topic import Topic

bp = Topic("logs", "Log", "What happened, for those who look after the product.")


@bp.endpoint("GET", "/logs", "logs:read", LogsAnswer)
def read_logs(query: LogQuery) -> LogsAnswer:
    """Read the log, newest first."""
    here = context()
    since = parse_start(query.since, here.zone, "since") if query.since else None
    lines = here.system.journal.logs(category=query.category, level=query.level, since=since,
                                     limit=min(query.limit, here.settings.page_limit))
    return LogsAnswer(data=LogList(logs=[
        LogLineOut(id=line.id, at=here.local(line.at), category=line.category, level=line.level,
                   message=line.message, details=line.details) for line in lines]))
