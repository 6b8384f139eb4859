"""What a pull has done, counted for its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_LINES = 500
"""Errors and warnings that an answer spells out; beyond it they are only counted."""


@dataclass
class Tally:
    """Each employee that was read counts once: added, updated, unchanged, deactivated, failed,
    erased, or archived in Odoo and a person of another database (`elsewhere`). `known` of them had
    a person here before; `in_step` are all who had one."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    failed: int = 0
    erased: int = 0
    elsewhere: int = 0
    read: int = 0
    known: int = 0
    in_step: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    _unsaid: int = 0

    def fail(self, odoo_id: int, why: str | None) -> None:
        """An employee that could not be settled: it is read again next time. `why` None where
        another line says it already."""
        self.failed += 1
        self.pending.append(odoo_id)
        if why is not None:
            self._say(self.errors, why)

    def warn(self, line: str) -> None:
        self._say(self.warnings, line)

    def note(self, line: str) -> None:
        """A warning that belongs into the message, so that the log of runs tells it, too."""
        self.notes.append(line)
        self.warnings.append(line)

    def result(self, *, dry_run: bool, full: bool, partial: bool = False) -> dict[str, Any]:
        """The answer of the contract. People who were not read, because nothing of theirs has
        changed, count as unchanged; those who were erased here do not count. `partial`: only
        what was read counts."""
        unread = 0 if full or partial else max(0, self.in_step - self.known)
        unchanged = self.unchanged + unread
        total = self.added + self.updated + unchanged + self.deactivated + self.failed
        if self._unsaid:
            self.errors.append(f"… and {self._unsaid} more lines like these")
        said = [f"{'Would sync' if dry_run else 'Synced'} {total} employees from Odoo"]
        if self.failed:
            said.append(f"{self.failed} of them could not be settled")
        return {"success": not self.errors, "message": ". ".join([*said, *self.notes]),
                "added": self.added, "updated": self.updated, "unchanged": unchanged,
                "deactivated": self.deactivated, "total": total, "read": self.read, "errors": self.errors,
                "warnings": self.warnings, "gone": self.gone, "erased": self.erased, "full": full,
                "dry_run": dry_run}

    def _say(self, lines: list[str], line: str) -> None:
        if len(self.errors) + len(self.warnings) < MOST_LINES:
            lines.append(line)
        else:
            self._unsaid += 1
