"""Headers that every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = ("default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
          "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
"""Scripts and styles from this server only, none inline. Pictures may also be `data:` or `blob:`,
as the page that registers faces shows a picture before it is sent."""


def install(app: Flask) -> None:
    """Add the headers after every request of `app`."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.path.startswith(("/api/", "/health", "/metrics")):
        headers.setdefault("Cache-Control", "no-store")
    return response
