"""Endpoint of punches: what a device recorded, any order, any number of times."""

from __future__ import annotations

from typing import Any

from flask import request

from backend.errors import BadInput
from backend.web.auth import caller
from backend.web.context import context
from backend.web.schemas.attendance import PunchesAnswer, PunchesBody, PunchResult, PunchResults
from backend.web.topic import Topic

bp = Topic("punches", "Punches", "Devices hand in what they recorded, also long after.")
_SCHEMA = PunchesBody.model_json_schema(ref_template="#/components/schemas/{model}")
bp.components_schemas.update(_SCHEMA.pop("$defs"), PunchesBody=_SCHEMA)

MOST_PUNCHES = 1000

BODY = {"required": True, "content": {"application/json": {
    "schema": {"$ref": "#/components/schemas/PunchesBody"}}}}


@bp.endpoint("POST", "/punches", "punch:write", PunchesAnswer, request_body=BODY)
def hand_in() -> PunchesAnswer:
    """Take a list of punches; each item has an answer of its own, in the order they came.

    A punch whose uuid is there already is the same punch, so a list may be sent again as a whole.
    """
    items, device = _items(request.get_json())
    answers = context().system.attendance.accept_punches(items, device)
    results = [PunchResult.model_validate(answer) for answer in answers]
    accepted = sum(result.success for result in results)
    return PunchesAnswer(data=PunchResults(results=results, accepted=accepted,
                                           refused=len(results) - accepted))


def _items(body: Any) -> tuple[list[Any], str]:
    device = caller().name.partition(":")[2]
    items = body
    if isinstance(body, dict):
        items = body.get("punches")
        device = body.get("device") or device
    if not isinstance(items, list):
        raise BadInput("Send a list of punches, or {\"punches\": [...]}.")
    if len(items) > MOST_PUNCHES:
        raise BadInput(f"At most {MOST_PUNCHES} punches are taken at once.", code="too_many_punches")
    if not isinstance(device, str) or len(device) > 100:
        raise BadInput("device: must be a text of at most 100 characters")
    return items, device

