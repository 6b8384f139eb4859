"""The hash chain over punches: whoever changes, drops or reorders an old punch breaks it.

Each link is the SHA-256 of a canonical JSON (version 1) of the link before it and of the
punch's immutable fields. The person stands in it as a random pseudonym, so that erasing the
mapping erases the person and leaves the chain whole. The store keeps the order (`seq`) and
calls `link` inside the inserting transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backend.attendance.model import Punch

VERSION = 1
GENESIS = "0" * 64
"""What the very first punch is linked to."""


def immutable_fields(punch: Punch) -> dict[str, str | bool | None]:
    """What the chain protects, as text: times in UTC to the second, shares to six decimals."""
    return {
        "uuid": str(punch.uuid),
        "at": _instant(punch.at),
        "received_at": _instant(punch.received_at),
        "claimed_at": _instant(punch.claimed_at),
        "device": punch.device,
        "source": str(punch.source),
        "direction": str(punch.direction),
        "confidence": _share(punch.confidence),
        "distance": _share(punch.distance),
        "liveness": _share(punch.liveness),
        "clock_suspect": bool(punch.clock_suspect),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _share(value: float | None) -> str | None:
    # As fixed text: a database may give back another last bit of a float.
    return None if value is None else format(float(value) + 0.0, ".6f")


def link(previous_hash: str, punch_fields: Mapping[str, Any], pseudonym: str) -> str:
    """The hash of the next punch, 64 hexadecimal characters.

    `punch_fields` comes from `immutable_fields`; `pseudonym` is the person's random one.
    """
    canonical = json.dumps(
        {"v": VERSION, "previous": previous_hash, "person": pseudonym, "punch": dict(punch_fields)},
        sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class ChainEntry:
    """One stored link; `seq` rises from entry to entry without a gap."""

    seq: int
    fields: Mapping[str, Any]
    pseudonym: str
    hash: str


@dataclass(frozen=True)
class ChainBreak:
    """Where the chain is broken, and how."""

    seq: int
    reason: str


def verify(entries: Iterable[ChainEntry], previous_hash: str = GENESIS,
           previous_seq: int = 0) -> ChainBreak | None:
    """The first break in entries that are in order of `seq`, or None where the chain is whole.

    After retention has taken the oldest rows, start from the checkpoint's hash and seq.
    """
    for entry in entries:
        if entry.seq != previous_seq + 1:
            return ChainBreak(entry.seq, f"seq {previous_seq + 1} is missing")
        if link(previous_hash, entry.fields, entry.pseudonym) != entry.hash:
            return ChainBreak(entry.seq, "the row does not agree with its hash")
        previous_hash, previous_seq = entry.hash, entry.seq
    return None
