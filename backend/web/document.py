"""Writes API_DOCUMENTATION.md from the OpenAPI document.

    python -m backend.web.document > API_DOCUMENTATION.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from backend.web.application import bare_app
from backend.web.topic import REFUSALS

METHODS = ("get", "post", "put", "patch", "delete")

INTRODUCTION = """# API

This page is generated from the server's own OpenAPI 3.1 document: `python -m backend.web.document >
API_DOCUMENTATION.md`. A running server has the document at `/api/v1/openapi.json` and a page to
browse it and try it out at `/api/v1/docs`, without anything from elsewhere.

## In short

```sh
# A key; it is shown once.
KEY=$(.venv/bin/python -m backend key create turnstile --scope persons:write \\
     --scope attendance:write --scope attendance:read)

curl -X POST http://127.0.0.1:5000/api/v1/persons -H "X-API-Key: $KEY" \\
     -H 'Content-Type: application/json' -d '{"person_id": "EMP001", "name": "Ada Lovelace"}'
curl -X POST http://127.0.0.1:5000/api/v1/attendance/mark -H "X-API-Key: $KEY" \\
     -H 'Content-Type: application/json' -d '{"person_id": "EMP001"}'
curl "http://127.0.0.1:5000/api/v1/attendance?start_date=2026-03-01" -H "X-API-Key: $KEY"
```

- **Key**: `X-API-Key: KEY` or `Authorization: Bearer KEY`. Without one 401, without the scope 403, too
  often 429 with `Retry-After`. Pages use a session cookie, and the header `X-CSRF-Token` for changes.
- **Success**: `{"success": true, "message"?, "data"?}`; `/sync/odoo/*` put their fields at the top level.
- **Failure**: `{"success": false, "error": "for people", "code": "for_programs", "details"?}`.
- **Times** go out as ISO 8601 with offset, in the site's zone. They come in with an offset, or without one
  in the site's zone; a local time that a clock change skips or repeats is 422 `nonexistent_time` or
  `ambiguous_time`.
- **Repeating a request** is safe for marks and punches: send the same `uuid`, or `Idempotency-Key`.
- **Unknown fields** in a body are passed over.

Any endpoint may also answer:

| answer | |
|---|---|
""" + "".join(f"| {status} | {text} |\n" for status, text in REFUSALS.items()) + """\
| 500 | A fault of the server; its log says more. |
| 503 | Too busy, or the database cannot be used at the moment; `Retry-After` says how long to wait. |
"""


def main() -> int:
    """Print the page."""
    sys.stdout.write(page(bare_app().api_doc))
    return 0


def page(document: dict[str, Any]) -> str:
    """The whole page, in Markdown."""
    schemas = document["components"]["schemas"]
    lines = [INTRODUCTION]
    for tag in document["tags"]:
        lines += [f"\n## {tag['name']}\n", f"{tag.get('description', '')}\n"]
        for method, path, operation in operations(document):
            if tag["name"] in operation["tags"]:
                lines += _endpoint(method, path, operation)
    lines += ["\n## Shapes\n"]
    for name in sorted(schemas):
        lines += _shape(name, schemas[name])
    return "\n".join(lines).rstrip() + "\n"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method in capitals, path, operation) of every endpoint, in the document's order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    lines = [f"\n### `{method} {path}`\n", operation["summary"] + "\n"]
    if description := operation.get("description"):
        lines.append(description + "\n")
    if parameters := operation.get("parameters"):
        lines += ["| parameter | in | type | |", "|---|---|---|---|"]
        lines += [f"| `{each['name']}` | {each['in']} | {_type(each['schema'])} | {_cell(each)} |"
                  for each in parameters]
        lines.append("")
    if body := operation.get("requestBody"):
        lines.append("Body: " + _media(body["content"]) + "\n")
    lines += ["| answer | |", "|---|---|"]
    lines += [f"| {status} | {_answer(answer)} |" for status, answer in sorted(operation["responses"].items())
              if status != "default" and answer.get("description") != REFUSALS.get(status)]
    lines.append("")
    return lines


def _answer(answer: dict[str, Any]) -> str:
    text = answer.get("description", "")
    content = answer.get("content", {})
    refers = str(content)
    if not content or "/Failure'" in refers:
        return text
    return f"{_media(content)}{': ' + text if text not in ('OK', 'Created', 'Accepted') else ''}"


def _media(content: dict[str, Any]) -> str:
    return ", or ".join(f"`{kind}`{_of(each.get('schema', {}))}" for kind, each in content.items())


def _of(schema: dict[str, Any]) -> str:
    if "properties" in schema:
        return " with " + ", ".join(f"`{name}`" for name in schema["properties"])
    return f" {_type(schema)}" if "$ref" in schema else ""


def _shape(name: str, schema: dict[str, Any]) -> list[str]:
    lines = [f"\n### {name}\n"]
    if text := schema.get("description"):
        lines.append(" ".join(text.split()) + "\n")
    if "properties" not in schema:
        return [*lines, _type({key: value for key, value in schema.items() if key != "title"}) + "\n"]
    required = schema.get("required", [])
    lines += ["| field | type | |", "|---|---|---|"]
    for field, about in schema["properties"].items():
        lines.append(f"| `{field}`{'' if field in required else '?'} | {_type(about)} | {_cell(about)} |")
    return [*lines, ""]


def _cell(about: dict[str, Any]) -> str:
    schema = about.get("schema", about)
    text = about.get("description") or schema.get("description") or ""
    default = schema.get("default")
    if default not in (None, "", {}, []):
        shown = str(default).lower() if isinstance(default, bool) else default
        text = f"{text} Default `{shown}`.".strip()
    return " ".join(text.split()).replace("|", "\\|")


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "const" in schema:
        return f"`{str(schema['const']).lower() if isinstance(schema['const'], bool) else schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


if __name__ == "__main__":
    sys.exit(main())
