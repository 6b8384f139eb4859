"""Page sessions, the first-run set-up, and API keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.web.schemas.envelope import Answer, Input, Line, Moment, MomentIn, Output

Scope = Literal[
    "persons:read", "persons:write", "faces:read", "faces:write", "recognize", "attendance:read",
    "attendance:write", "punch:write", "sync:read", "sync:write", "camera:read", "logs:read",
    "metrics:read", "admin", "*"]
Password = Annotated[str, Field(min_length=1, max_length=1000)]


class Login(Input):
    username: Line
    password: Password


class SetupBody(Input):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = Field(
        description="The one-time code that the server printed on its console.")
    username: Line
    password: Password


class PageUser(Output):
    username: str
    role: str = Field(description="admin, hr, viewer or kiosk.")


class SessionOut(Output):
    user: PageUser
    csrf: str = Field(description="Goes back in the header X-CSRF-Token with each change.")
    scopes: list[str]
    expires_at: Moment
    timezone: str = Field(description="The site's zone, such as Europe/Brussels.")
    badge_alone: bool = Field(description="Whether a kiosk takes a badge without a PIN.")


class SessionAnswer(Answer):
    data: SessionOut


class SetupState(Output):
    needed: bool = Field(description="True until the first administrator is there.")


class SetupAnswer(Answer):
    data: SetupState


class KeyBody(Input):
    name: Line
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    expires: MomentIn | None = Field(
        default=None, description="When the key ends; of a plain day its beginning; null for never.")


class KeyPath(Input):
    key_id: int = Field(ge=1, le=2**53)


class KeyOut(Output):
    id: int
    name: str
    prefix: str = Field(description="The key's beginning, to recognise it by.")
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None


class NewKeyOut(KeyOut):
    key: str = Field(description="The key itself; shown this once.")


class NewKeyAnswer(Answer):
    data: NewKeyOut


class KeyAnswer(Answer):
    data: KeyOut


class KeyList(Output):
    keys: list[KeyOut]


class KeysAnswer(Answer):
    data: KeyList
