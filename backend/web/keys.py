"""Endpoints of API keys."""

from __future__ import annotations

from typing import Any

from backend.attendance.time import parse_start
from backend.web.context import Context, context
from backend.web.schemas.access import (
    KeyAnswer,
    KeyBody,
    KeyList,
    KeyOut,
    KeyPath,
    KeysAnswer,
    NewKeyAnswer,
    NewKeyOut,
)
from backend.web.topic import Topic

bp = Topic("keys", "API keys", "Keys for programs; each is shown once.")


def _shown(here: Context, key: Any) -> dict[str, Any]:
    return {"id": key.id, "name": key.name, "prefix": key.prefix, "scopes": list(key.scopes),
            "created_at": here.local(key.created_at), "expires_at": here.local(key.expires_at),
            "last_used_at": here.local(key.last_used_at), "revoked_at": here.local(key.revoked_at)}


@bp.endpoint("GET", "/keys", "admin", KeysAnswer)
def list_keys() -> KeysAnswer:
    """List the keys, without the keys themselves."""
    here = context()
    return KeysAnswer(data=KeyList(keys=[KeyOut(**_shown(here, key)) for key in here.system.access.list_keys()]))


@bp.endpoint("POST", "/keys", "admin", {201: NewKeyAnswer})
def create_key(body: KeyBody) -> tuple[NewKeyAnswer, int]:
    """Make a key. The answer shows it; only its hash is kept."""
    here = context()
    expires = parse_start(body.expires, here.zone, "expires") if body.expires else None
    key, plain = here.system.access.create_key(body.name, sorted(set(body.scopes)), expires)
    return NewKeyAnswer(message="Keep the key: it is not shown again.",
                        data=NewKeyOut(**_shown(here, key), key=plain)), 201


@bp.endpoint("DELETE", "/keys/<int:key_id>", "admin", KeyAnswer, fails={404: "No such key."})
def revoke_key(path: KeyPath) -> KeyAnswer:
    """Revoke a key at once."""
    here = context()
    key = here.system.access.revoke_key(path.key_id)
    return KeyAnswer(message=f"Revoked {key.name}.", data=KeyOut(**_shown(here, key)))
