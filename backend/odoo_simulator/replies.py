"""What goes over HTTP, either way: a request as a wire gets it, a reply as it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .fields import shown

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request. `headers` is looked up without regard to case; `path` is without the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    address: str = "127.0.0.1"

    @property
    def mimetype(self) -> str:
        """The content type without its parameters; empty where there is none."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def page(status: int, title: str, text: str, **headers: str) -> Reply:
    """A short HTML page, as werkzeug writes its errors."""
    body = f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    return Reply(status, body.encode(), HTML, {name.replace("_", "-"): value for name, value in headers.items()})


def in_json(value: Any, status: int = 200, content_type: str = JSON, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, default=_plain).encode(), content_type, headers or {})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return shown(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
