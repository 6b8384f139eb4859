"""Which protocols a seed may run over, and with which versions of Odoo."""

from __future__ import annotations

COMBINATIONS = (("xmlrpc", 18), ("jsonrpc", 19), ("json2", 19), ("jsonrpc", 18), ("xmlrpc", 19))


def of(seed: int) -> tuple[str, int]:
    """The combination that a seed stands for: each comes up in turn."""
    return COMBINATIONS[seed % len(COMBINATIONS)]
