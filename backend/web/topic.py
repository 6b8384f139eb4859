"""A topic: a blueprint whose every endpoint names its scope and its answers.

The scope is checked before the request is read (auth.py); what a view returns is a model of
`schemas`, so that the answers and the OpenAPI document cannot part ways.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

PUBLIC = "public"
"""Stands for no scope: anybody may ask."""

LOGGED_IN = "logged_in"
"""Stands for any key or page user, whatever the scopes."""

OWN_SECRET = "own_secret"
"""Stands for an address with a secret of its own, which the topic itself checks."""

SECURITY = [{"ApiKey": []}, {"Bearer": []}, {"PageSession": []}]

REFUSALS: dict[str, str] = {
    "400": "The body cannot be read: no JSON, or JSON that is refused.",
    "401": "No key, or one that is unknown, expired or revoked.",
    "403": "The key or page user has not the scope.",
    "413": "The request is too large.",
    "415": "The body is of another type than this address takes.",
    "422": "Something in the request cannot be used as it is; the text says what.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
}

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}

View = Callable[..., Any]


class Topic(APIBlueprint):
    """`@topic.endpoint("GET", "/persons", "persons:read", PersonsAnswer)` above a view."""

    def __init__(self, name: str, title: str, about: str) -> None:
        super().__init__(name, __name__, abp_tags=[Tag(name=title, description=about)])
        self.endpoint_scopes: dict[str, str] = {}
        self.picture_endpoints: set[str] = set()

    def endpoint(self, method: str, rule: str, scope: str,
                 answer: type[BaseModel] | Mapping[int, Any], *,
                 fails: Mapping[int, str] | None = None,
                 request_body: Mapping[str, Any] | None = None,
                 parameters: list[dict[str, Any]] | None = None,
                 pictures: bool = False) -> Callable[[View], View]:
        """Declare a view: its address, scope, answers by status (200 where only a model is
        given) and the ways in which it may fail, by status, in words for the documentation.

        `request_body` and `parameters` are OpenAPI objects for what Pydantic cannot say. Only
        where `pictures` come may a body be as large as MAX_REQUEST_BYTES.
        """
        answers = answer if isinstance(answer, Mapping) else {200: answer}

        def declare(view: View) -> View:
            self.endpoint_scopes[f"{self.name}.{view.__name__}"] = scope
            if pictures:
                self.picture_endpoints.add(f"{self.name}.{view.__name__}")
            takes_body = request_body is not None or "body" in view.__annotations__
            described: dict[str, Any] = {str(status): model for status, model in answers.items()}
            described |= _failures(scope, takes_body, fails or {})
            more: dict[str, Any] = {"x-scope": scope}
            if request_body is not None:
                more["requestBody"] = request_body
            documented = getattr(self, method.lower())(
                rule, responses=described, openapi_extensions=more,
                security=[] if scope in (PUBLIC, OWN_SECRET) else SECURITY,
                operation_id=f"{self.name}_{view.__name__}",
                description=_description(view, scope))(_answering(view))
            if parameters:
                self._document_parameters(method, rule, parameters)
            return documented

        return declare

    def _document_parameters(self, method: str, rule: str, parameters: list[dict[str, Any]]) -> None:
        from flask_openapi3.models import Parameter
        from flask_openapi3.utils import parse_rule

        operation = getattr(self.paths[parse_rule(rule, url_prefix=self.url_prefix)], method.lower())
        operation.parameters = [*(operation.parameters or []), *(Parameter(**each) for each in parameters)]


def _failures(scope: str, takes_body: bool, fails: Mapping[int, str]) -> dict[str, Any]:
    expected = {"422"}
    if scope not in (PUBLIC, OWN_SECRET):
        expected |= {"401", "403", "429"}
    if takes_body:
        expected |= {"400", "413", "415"}
    texts = {status: REFUSALS[status] for status in sorted(expected)}
    texts |= {str(status): text for status, text in fails.items()}
    described: dict[str, Any] = {
        status: {"description": text, "content": ERROR} for status, text in texts.items()}
    described["default"] = {"description": "Any other failure, in the same shape.", "content": ERROR}
    return described


def _description(view: View, scope: str) -> str:
    needs = {PUBLIC: "Needs no key.", OWN_SECRET: "Needs the secret for hints from Odoo.",
             LOGGED_IN: "Needs any key or page session."}.get(
                 scope, f"Scope: `{scope}`.")
    lines = (view.__doc__ or "").strip().split("\n")[1:]
    return "\n".join([*(line.strip() for line in lines), "", needs]).strip()


def _answering(view: View) -> View:
    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        result = view(*args, **kwargs)
        status = 200
        if isinstance(result, tuple):
            result, status = result
        return result if isinstance(result, Response) else to_response(result, status)

    return answered


def to_response(answer: BaseModel, status: int = 200) -> Response:
    """A model as a JSON answer; `message` and `data` are left out where there is nothing in them."""
    content = answer.model_dump(mode="json", by_alias=True)
    if "success" in content:
        content = {name: value for name, value in content.items()
                   if value is not None or name not in ("message", "data")}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status=status, mimetype="application/json")
