"""An INSERT that knows ON CONFLICT, on either database, and what a database session is called here."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, scoped_session

DbSession = Session | scoped_session[Any]


def insert_into(session: DbSession, model: Any) -> Any:
    """SQLAlchemy has ON CONFLICT in each dialect's own INSERT only."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return build(model)
