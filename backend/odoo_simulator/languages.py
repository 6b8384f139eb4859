"""Texts for users of another language than English.

Real Odoo translates what it says to people: whoever looks for English words in it fails with the
first customer from elsewhere. Here, every user whose language is not English reads the same texts
with other vowels.
"""

from __future__ import annotations

from typing import Any, TypeVar

from .errors import UserError
from .reading import Environment

Said = TypeVar("Said")
OTHER_VOWELS = str.maketrans("aeiouAEIOU", "àéîôûÀÉÎÔÛ")


def in_the_language_of(env: Environment, said: Said) -> Said:
    """What a user is told: an error raised for him, or the messages of load(); anything else as it is."""
    language = env.context.get("lang") or env.user.get("lang") or "en_US"
    if str(language).startswith("en"):
        return said
    if isinstance(said, UserError):
        return type(said)(_translated(str(said)))
    if isinstance(said, dict) and isinstance(said.get("messages"), list):
        return {**said, "messages": [_message(one) for one in said["messages"]]}  # type: ignore[return-value]
    return said


def _message(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "message": _translated(str(message["message"]))}


def _translated(text: str) -> str:
    return text.translate(OTHER_VOWELS)
