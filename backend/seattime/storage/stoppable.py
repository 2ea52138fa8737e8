"""A database that stops answering on purpose: what the sceptic's page means by "stop the database" (`services.demo`).

Guarantees: while it is stopped every statement on the ledger's database fails as the driver's own error of a lost
connection, whichever engine of this process sends it, so that retry, spool and recovery do their real work; what runs
inside `let_through` is not touched; databases at other addresses neither. Without `make_stoppable` there is no hook at all.
Must not import services or web.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Engine, event, make_url

EVENTS = ("do_execute", "do_execute_no_params", "do_executemany")

_let_through: contextvars.ContextVar[bool] = contextvars.ContextVar("seattime_stoppable_let_through", default=False)
_stoppable: dict[str, Callable[[], bool]] = {}
"""By the address of the database."""


@contextmanager
def let_through() -> Iterator[None]:
    """What the sceptic's page itself reads, to show what the database held when it was stopped."""
    token = _let_through.set(True)
    try:
        yield
    finally:
        _let_through.reset(token)


def make_stoppable(url: str, stopped: Callable[[], bool]) -> None:
    """From now on every engine at this address asks `stopped` before each statement, whoever makes the engine, and when."""
    if not _stoppable:
        for name in EVENTS:
            event.listen(Engine, name, _before_statement)
    _stoppable[_written(make_url(url))] = stopped


def is_stopped(url: URL) -> bool:
    """Whether whoever goes to this address now finds nobody there. What goes around SQLAlchemy's engines has to ask."""
    asked = _stoppable.get(_written(url)) if _stoppable else None
    return asked is not None and not _let_through.get() and asked()


def refuse_if_stopped(engine: Engine) -> None:
    """Raises the driver's OperationalError where this engine's database is stopped."""
    if is_stopped(engine.url):
        raise engine.dialect.loaded_dbapi.OperationalError("The database was stopped on the sceptic's page.")


def _before_statement(*arguments: Any) -> None:
    refuse_if_stopped(arguments[-1].root_connection.engine)  # the execution context, in each of the events


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)
