"""The webhook for hints from Odoo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from backend.web.schemas.envelope import Input, Output


class HookPath(Input):
    secret: str


class HintBody(Input):
    """What Odoo's action "Send Webhook Notification" sends; all other fields are passed over."""

    model: Annotated[str, Field(alias="_model", max_length=200)]
    id: Annotated[StrictInt, Field(alias="_id", ge=1, le=2**31 - 1)]


class AutomationOut(Output):
    model: str
    trigger: str = Field(description="What to choose as the trigger in Odoo.")
    trigger_fields: list[str] = Field(description="The fields to choose; without them Odoo sends many times.")


class WebhookAnswer(Output):
    success: Literal[True] = True
    message: str | None = None
    url: str = Field(description="What to paste into Odoo; it holds the secret.")
    secret: str
    url_without_secret: str = Field(description="For a sender that brings the secret in a header, or signs.")
    secret_header: str
    signature_header: str
    signature: str = Field(description="What goes into that header.")
    automations: list[AutomationOut]
