"""The web room: the API under /api/v1, its OpenAPI document, and the server that serves it.

`create_app` makes the Flask application, `server.WebServer` runs it. Nothing here decides who
was present or who is in a picture: views read a request, call a desk, and shape its answer.
"""

from backend.web.application import create_app

__all__ = ["create_app"]
