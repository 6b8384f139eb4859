"""Settings of the attendance rules and of privacy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class AttendanceSettings:
    require_consent: bool = setting(
        True, parsing.boolean,
        "No template of a face without a recorded consent.", "false")
    keep_pictures: timedelta | None = setting(
        None, parsing.duration,
        "How long the pictures of an enrolment are kept, sealed, so that a change of engine need not ask everybody "
        "again; unset: not at all, and those that were kept are deleted.", "730 d",
        minimum=timedelta(hours=1), maximum=timedelta(days=3650))
    kept_picture_pixels: int = setting(
        480, parsing.integer, "Long side of a kept picture at most: the face and a little around it.", "640",
        minimum=160, maximum=2000)
    duplicate_window: timedelta = setting(
        timedelta(minutes=5), parsing.duration,
        "A punch this soon after the last one that counted is a duplicate.", "2 min",
        minimum=timedelta(0), maximum=timedelta(hours=4))
    max_shift: timedelta = setting(
        timedelta(hours=16), parsing.duration,
        "A session without check-out is closed by assumption after this long.", "12 h",
        minimum=timedelta(hours=1), maximum=timedelta(hours=48))
    period_lock: date | None = setting(
        None, parsing.day,
        "Days before this one are frozen: later arrivals are kept and flagged, and change nothing.",
        "2026-11-01")
    push_assumed_check_out: bool = setting(
        False, parsing.boolean,
        "Send check-outs closed by assumption to Odoo.", "true")
    max_clock_skew: timedelta = setting(
        timedelta(minutes=2), parsing.duration,
        "A punch this far ahead of the server's clock is clamped and flagged; further is refused "
        "or held for HR.", "5 min", minimum=timedelta(0), maximum=timedelta(hours=1))
    erasure_rows: str = setting(
        "pseudonymise", parsing.one_of("keep", "pseudonymise"),
        "What becomes of a person's attendance rows at erasure.", "keep")
    pin_tries_person: int = setting(
        5, parsing.integer, "Wrong PINs allowed for one person in PIN_WINDOW.", "3",
        minimum=1, maximum=100)
    pin_tries_device: int = setting(
        20, parsing.integer, "Wrong PINs allowed on one device in PIN_WINDOW.", "10",
        minimum=1, maximum=1000)
    ask_lifetime: timedelta = setting(
        timedelta(seconds=60), parsing.duration,
        "How long somebody whose face was not quite sure may confirm it by PIN or badge.", "30 s",
        minimum=timedelta(seconds=10), maximum=timedelta(minutes=10))
    badge_alone: bool = setting(
        False, parsing.boolean,
        "The kiosk takes a badge without a PIN from whoever uses no face; whoever finds a badge then "
        "is its owner.", "true")
    pin_window: timedelta = setting(
        timedelta(minutes=15), parsing.duration, "How long wrong PINs are counted.", "30 min",
        minimum=timedelta(minutes=1), maximum=timedelta(days=1))
