"""Connections to several databases of Odoo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.web.schemas.envelope import DayIn, Input, Output
from backend.web.schemas.sync import OF_COMPANIES, Companies, Transport


class ConnectionBody(Input):
    name: Annotated[str, Field(max_length=64)] = Field(
        description="1 to 32 letters, digits and hyphens.", json_schema_extra={"example": "south-plant"})
    url: Annotated[str, Field(max_length=1000)]
    db: Annotated[str, Field(max_length=200)]
    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)] = Field(description="Password or API key.")
    transport: Transport | None = None
    key_expires: DayIn | None = Field(default=None, description="Last day of the API key.")
    companies: Companies | None = Field(default=None, description=OF_COMPANIES)


class ConnectionPath(Input):
    name: Annotated[str, Field(max_length=64)]


class ConnectionOut(Output):
    name: str
    configured: bool
    url: str | None
    db: str | None
    username: str | None
    password: str | None = Field(description="Asterisks where one is saved.")
    transport: str | None
    companies: list[int] = Field(description=OF_COMPANIES)
    people: int | None = Field(description="Active people who belong to it; null for the first one, to which "
                                           "everybody else belongs.")


class ConnectionsAnswer(Output):
    success: Literal[True] = True
    connections: list[ConnectionOut] = Field(description="The first one first.")


class ConnectionAnswer(Output):
    success: Literal[True] = True
    message: str
    connection: ConnectionOut


class ConnectionGone(Output):
    success: Literal[True] = True
    message: str
