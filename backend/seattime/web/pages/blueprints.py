"""How every blueprint of the pages is made: with its checks, its headers and its error pages."""

from __future__ import annotations

from flask import Blueprint

from seattime.web.pages import errors, security


def make_blueprint(name: str, *, open_to_all: bool = False) -> Blueprint:
    """A blueprint at /. `open_to_all`: for the pages by which one signs in."""
    blueprint = Blueprint(name, f"seattime.web.pages.{name}")
    return errors.handle_on(security.protect(blueprint, open_to_all=open_to_all))
