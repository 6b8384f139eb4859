"""The OpenAPI document and its browsable page, all from this server: nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import flask_openapi3_swagger
from flask import Blueprint, Response, current_app, jsonify, send_from_directory

bp = Blueprint("docs", __name__, url_prefix="/api/v1")

FILES = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"

# Swagger UI writes style attributes and puts its icons into data: addresses.
POLICY = ("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
          "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Face Attendance: API</title>
<link rel="icon" href="docs/files/images/swagger.svg">
<link rel="stylesheet" href="docs/files/css/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/files/js/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START = """SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""


@bp.get("/openapi.json")
def document() -> Response:
    """The OpenAPI 3.1 document."""
    return jsonify(current_app.api_doc)  # type: ignore[attr-defined]


@bp.get("/docs")
def page() -> Response:
    """Swagger UI on the document."""
    return Response(PAGE, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


@bp.get("/docs/start.js")
def start() -> Response:
    """Starts Swagger UI; a file of its own, because no inline script is allowed."""
    return Response(START, mimetype="text/javascript")


@bp.get("/docs/files/<path:name>")
def files(name: str) -> Response:
    """Swagger UI's own files, out of the installed package."""
    return send_from_directory(FILES, name, max_age=86_400)
