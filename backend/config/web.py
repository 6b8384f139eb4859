"""Settings of the web server: addresses, TLS, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    host: str = setting("127.0.0.1", parsing.text, "Address to listen on.", "0.0.0.0")
    port: int = setting(5000, parsing.integer, "Port to listen on; 0 takes any free one.", "8443",
                        minimum=0, maximum=65535)
    tls_cert: Path | None = setting(None, parsing.path, "TLS certificate, PEM.", "/etc/ssl/kiosk.pem")
    tls_key: Path | None = setting(None, parsing.path, "TLS private key, PEM.", "/etc/ssl/kiosk.key")
    tls_self_signed: bool = setting(
        False, parsing.boolean,
        "Serve TLS with a certificate of our own making, kept in DATA_DIR.", "true")
    web_threads: int = setting(32, parsing.integer, "Threads of the web server.", "16",
                               minimum=4, maximum=256)
    max_streams: int = setting(
        12, parsing.integer,
        "Live streams (previews and events) at once; one more is answered 503.", "24",
        minimum=1, maximum=250)
    max_request_bytes: int = setting(
        40_000_000, parsing.integer, "Largest request body, in bytes.", "10000000",
        minimum=10_000, maximum=1_000_000_000)
    rate_limit: int = setting(
        600, parsing.integer, "Requests a minute of one key or one browser that is logged in.", "120",
        minimum=1, maximum=1_000_000)
    login_tries: int = setting(
        10, parsing.integer,
        "Wrong passwords or unknown keys from one address in 5 minutes before it has to wait.",
        "5", minimum=1, maximum=10_000)
    session_lifetime: timedelta = setting(
        timedelta(hours=12), parsing.duration, "How long a page user stays logged in.", "8 h",
        minimum=timedelta(minutes=5), maximum=timedelta(days=90))
    kiosk_session_lifetime: timedelta = setting(
        timedelta(days=90), parsing.duration,
        "The same for page users of the role kiosk, who can do nothing but show and use a kiosk.",
        "30 d", minimum=timedelta(minutes=5), maximum=timedelta(days=400))
    page_limit: int = setting(
        500, parsing.integer, "Most rows that one answer lists.", "1000",
        minimum=10, maximum=10_000)
    metrics_loopback: bool = setting(
        False, parsing.boolean, "Answer /metrics on loopback without a key.", "true")
    sync_wait: timedelta = setting(
        timedelta(seconds=25), parsing.duration,
        "A sync run that takes longer is answered 202 with its run_id.", "10 s",
        minimum=timedelta(0), maximum=timedelta(minutes=5))
    min_free_disk: int = setting(
        200_000_000, parsing.integer,
        "Health warns when less than this many bytes are free on the data folder's disk.",
        "1000000000", minimum=0, maximum=10**13)
