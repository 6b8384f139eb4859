"""What may be allowed: scopes of API keys, and the roles of page users as sets of scopes."""

from __future__ import annotations

from collections.abc import Iterable

from backend.errors import BadInput

SCOPES = (
    "persons:read", "persons:write", "faces:read", "faces:write", "recognize",
    "attendance:read", "attendance:write", "punch:write", "sync:read", "sync:write",
    "camera:read", "logs:read", "metrics:read", "admin", "*",
)
"""`admin` is for what administrators do (keys, cameras); `*` is everything."""

_VIEWER = frozenset(scope for scope in SCOPES if scope.endswith(":read")) - {"faces:read"}

ROLE_SCOPES: dict[str, frozenset[str]] = {
    "admin": frozenset({"*"}),
    "hr": _VIEWER | {"persons:write", "faces:read", "faces:write", "attendance:write"},
    "viewer": _VIEWER,
    "kiosk": frozenset({"attendance:read", "camera:read", "punch:write"}),
}
"""What page users may do by their role; a viewer reads everything but faces, a kiosk shows the
camera and who passes it, and may send pictures of its own."""

ROLES = tuple(ROLE_SCOPES)


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, sorted, each once; `hr` and `viewer` stand for those of that role.

    Raises BadInput for an unknown one and where there is none.
    """
    found: set[str] = set()
    for scope in scopes:
        if scope in SCOPES:
            found.add(scope)
        elif scope in ROLE_SCOPES:
            found |= ROLE_SCOPES[scope]
        else:
            raise BadInput(f"There is no scope {scope!r}; there are {', '.join(SCOPES)}",
                           code="bad_scope")
    if not found:
        raise BadInput("A key needs at least one scope, such as attendance:read", code="bad_scope")
    return tuple(sorted(found))


def allows(scopes: Iterable[str], wanted: str) -> bool:
    """Whether these scopes include the wanted one."""
    held = set(scopes)
    return "*" in held or wanted in held
