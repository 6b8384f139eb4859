"""Settings of the Odoo connection. The names stand without the prefix, as Odoo users know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class OdooSettings:
    odoo_url: str | None = setting(
        None, parsing.web_address, "Address of Odoo; unset means what was saved.",
        "https://odoo.example.com", prefixed=False)
    odoo_db: str | None = setting(
        None, parsing.text, "Name of Odoo's database.", "company", prefixed=False)
    odoo_username: str | None = setting(
        None, parsing.text, "Login of the bridge user.", "bridge@example.com", prefixed=False)
    odoo_password: str | None = setting(
        None, parsing.text, "Password of the bridge user.", "(in ODOO_PASSWORD_FILE)",
        secret=True, prefixed=False)
    odoo_api_key: str | None = setting(
        None, parsing.text, "API key of the bridge user, instead of the password.",
        "(in ODOO_API_KEY_FILE)", secret=True, prefixed=False)
    odoo_key_expires: date | None = setting(
        None, parsing.day, "Last day of the API key that ODOO_API_KEY names; Odoo tells nobody by itself.",
        "2027-02-28")
    odoo_key_warning: timedelta = setting(
        timedelta(days=14), parsing.duration, "How long before its end a warning of an API key begins.", "30 d",
        minimum=timedelta(0), maximum=timedelta(days=365))
    odoo_transport: str | None = setting(
        None, parsing.one_of("auto", "xmlrpc", "jsonrpc", "json2"),
        "Protocol spoken with Odoo; auto asks the server, unset means what was saved, else auto.",
        "auto", prefixed=False)
    odoo_connect_timeout: timedelta = setting(
        timedelta(seconds=10), parsing.duration, "Longest wait for a connection to Odoo.", "5 s",
        minimum=timedelta(milliseconds=100), maximum=timedelta(minutes=2))
    odoo_read_timeout: timedelta = setting(
        timedelta(seconds=60), parsing.duration, "Longest wait for an answer of Odoo.", "120 s",
        minimum=timedelta(milliseconds=100), maximum=timedelta(minutes=15))
    odoo_ca_file: Path | None = setting(
        None, parsing.certificates, "Certificates to trust for Odoo besides the usual ones, PEM.",
        "/etc/ssl/company-ca.pem")
    odoo_verify_tls: bool = setting(
        True, parsing.boolean, "Check Odoo's certificate.", "false")
    odoo_batch: int = setting(
        200, parsing.integer, "Rows in one call to Odoo.", "50", minimum=1, maximum=200)
    odoo_page: int = setting(
        500, parsing.integer, "Employees read in one call.", "1000", minimum=1, maximum=5000)
    odoo_calls_per_second: float | None = setting(
        None, parsing.number, "Most calls to Odoo in a second, 0 for no bound; unset means 5, or 1 where the "
        "host ends in .odoo.com.", "2", minimum=0.0, maximum=1000.0)
    odoo_retries: int = setting(
        5, parsing.integer, "How often a call to Odoo that failed is made again at once, with growing waits; "
        "after that the next run goes on.", "3", minimum=0, maximum=20)
    odoo_run_budget: timedelta = setting(
        timedelta(minutes=15), parsing.duration, "Longest time that one run of the bridge takes; the next one "
        "goes on where it stopped.", "30 min", minimum=timedelta(seconds=10), maximum=timedelta(hours=12))
    odoo_companies: tuple[int, ...] = setting(
        (), parsing.integers, "Odoo's ids of the companies whose employees and attendance the bridge is about; "
        "none means all that the bridge user sees.", "1, 3")
    odoo_pull_overlap: timedelta = setting(
        timedelta(minutes=10), parsing.duration, "How far a pull reaches back before what the last one has seen: "
        "as long as the longest change in Odoo takes to be saved.", "30 min",
        minimum=timedelta(0), maximum=timedelta(days=1))
    odoo_sweep_limit: float = setting(
        0.1, parsing.share, "Largest share of the people whose employees may be gone from Odoo at once; five people "
        "may be in any case, but of fewer than ten no more than half. Beyond it a full pull deactivates nobody and "
        "says so; what hints tell within a day counts together.", "5 %", minimum=0.0, maximum=1.0)
    odoo_pull_pins: bool = setting(
        False, parsing.boolean, "Take the employees' PINs over from Odoo, hashed, for those who use no face.", "true")
    odoo_max_answer: int = setting(
        64_000_000, parsing.integer, "Largest answer taken from Odoo, in bytes.", "16000000",
        minimum=100_000, maximum=1_000_000_000)
    odoo_pull_schedule: str = setting(
        "0,30 * * * * *", parsing.cron,
        "When changed employees are read, as a cron line in the site's zone (six fields: seconds first), or off. "
        "Less often than once a minute, somebody archived in Odoo goes on being recognised for longer.",
        "0,20,40 * * * * *")
    odoo_full_pull_schedule: str = setting(
        "20 3 * * *", parsing.cron,
        "When all employees are read anew; only this finds those deleted in Odoo, and renamed departments.",
        "0 1 * * *")
    odoo_push_schedule: str = setting(
        "7 * * * *", parsing.cron,
        "When everything that waits is pushed, rows that were refused included.", "*/15 * * * *")
    odoo_reconcile_schedule: str = setting(
        "50 3 * * *", parsing.cron,
        "When the last days are compared with Odoo row by row, and mended.", "0 4 * * SUN")
    odoo_reconcile_days: int = setting(
        7, parsing.integer, "Days back that are compared.", "31", minimum=1, maximum=366)
    odoo_push_at_once: bool = setting(
        True, parsing.boolean, "Push each check-in and check-out as it happens.", "false")
    odoo_runs_kept: timedelta = setting(
        timedelta(days=90), parsing.duration, "How long runs of the bridge are kept.", "365 d",
        minimum=timedelta(days=1), maximum=timedelta(days=3650))
