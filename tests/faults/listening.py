"""What an exchange was about, whichever of Odoo's protocols carried it. Secrets stay out."""

from __future__ import annotations

import json
import xmlrpc.client
from dataclasses import dataclass, field
from typing import Any

from tests.faults.wire import Message

_SESSION = "__face_attendance__.session_"


@dataclass(frozen=True)
class Heard:
    """`method` of `model`; `about` says for each session (its uuid) or row of Odoo (`#12`)
    what was sent or read, `said` is the whole in short."""

    model: str
    method: str
    said: str
    about: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.model}.{self.method}" if self.model else self.method


def understand(request: Message, answer: Message | None) -> Heard:
    """Never raises: what cannot be read is told as such."""
    try:
        model, method, args, kwargs = _call(request)
    except Exception:
        return Heard("", request.first, "")
    result = _result(answer)
    about: dict[str, str] = {}
    if method == "load":
        fields = args[0] if args else kwargs.get("fields", [])
        rows = (args[1] if len(args) > 1 else kwargs.get("data")) or []
        for place, row in enumerate(rows):
            cells = dict(zip(fields, row, strict=False))
            session = str(cells.pop("id", "")).removeprefix(_SESSION)
            about[session] = ", ".join(str(cell) for cell in cells.values())
            ids = result.get("ids") if isinstance(result, dict) else None
            if ids:
                about[session] += f" → #{ids[place]}"
                about[f"#{ids[place]}"] = about[session]
        said = f"{len(rows)} rows"
        if isinstance(result, dict) and result.get("messages"):
            said += f", messages {json.dumps(result['messages'], default=str)[:600]}"
        return Heard(model, method, said, about)
    if method == "check_object_reference":
        name = str((args or [*kwargs.values(), ""])[-1])
        return Heard(model, method, f"{result}", {name.removeprefix("session_"): f"{result}"})
    ids = args[0] if args and isinstance(args[0], list) else kwargs.get("ids", [])
    found = {row["id"]: row for row in result if isinstance(row, dict) and "id" in row} if isinstance(
        result, list) else {}
    if model == "hr.attendance":
        for one in [*(one for one in ids if isinstance(one, int)), *found]:
            values = found.get(one)
            about[f"#{one}"] = (f"{values.get('check_in')} to {values.get('check_out')}" if values else
                                str(args[1:] or {k: v for k, v in kwargs.items() if k != "ids"}))
    return Heard(model, method, f"{len(ids)} ids, answer {str(result)[:80] if not found else len(found)}", about)


def outcome(answer: Message | None) -> str:
    """The server's answer in a few words."""
    if answer is None:
        return "the server gave no answer"
    result = _result(answer)
    if isinstance(result, xmlrpc.client.Fault):
        return f"fault {result.faultCode} {str(result.faultString).strip().splitlines()[-1][:160]}"
    return f"HTTP {answer.status}"


def _call(request: Message) -> tuple[str, str, list[Any], dict[str, Any]]:
    path = request.path.split("?")[0]
    if path.startswith("/xmlrpc/"):
        params, method = xmlrpc.client.loads(request.body, use_builtin_types=True)
        return _service(path.rsplit("/", 1)[1], str(method), list(params))
    if path.startswith("/jsonrpc"):
        params = json.loads(request.body)["params"]
        return _service(params["service"], params["method"], list(params["args"]))
    if path.startswith("/json/2/"):
        model, method = path.split("/")[3:5]
        return model, method, [], json.loads(request.body)
    return "", request.first, [], {}


def _service(service: str, method: str, params: list[Any]) -> tuple[str, str, list[Any], dict[str, Any]]:
    if service != "object":
        return "", f"{service}.{method}", [], {}
    return params[3], params[4], list(params[5]), dict(params[6]) if len(params) > 6 else {}


def _result(answer: Message | None) -> Any:
    if answer is None:
        return None
    try:
        if answer.body.lstrip().startswith(b"<"):
            return xmlrpc.client.loads(answer.body, use_builtin_types=True)[0][0]
        told = json.loads(answer.body)
        return told.get("result", told.get("error")) if isinstance(told, dict) and "jsonrpc" in told else told
    except xmlrpc.client.Fault as fault:
        return fault
    except Exception:
        return None
