"""The pages for people, on the public origin only: an administrator's view of courses, learners and their time.

Package content never runs on this origin, and nothing here answers on a play origin (web/hosts.py).
"""

from __future__ import annotations

from flask import Flask

from seattime.web.pages import (
    addresses,
    api_keys,
    assets,
    comparison,
    courses,
    errors,
    formats,
    health,
    home,
    imports,
    learners,
    policies,
    registrations,
    reports,
    security,
    sign_in,
    statements,
    uploads,
)


def init_app(app: Flask) -> None:
    """Called once by the app factory."""
    app.request_class = uploads.UploadRequest
    security.init_app(app)
    formats.init_app(app)
    addresses.init_app(app)
    errors.init_app(app)
    app.register_blueprint(assets.blueprint)
    for part in (sign_in, home, imports, courses, learners, registrations, statements, reports, comparison, policies, api_keys, health):
        app.register_blueprint(part.blueprint)
