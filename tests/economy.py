"""What makes two thousand applications cheap: what one of them has compiled, the others have too.

A test gets an application of its own, with an engine, addresses and templates, and Flask, SQLAlchemy and Jinja compile these anew
for each: two thirds of the time of a test of a page, a third of that of a service.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

COMPILED_STATEMENTS = 5_000
GARBAGE_AFTER = 50_000
"""Objects."""


def share_what_is_compiled() -> None:
    """For all applications that this process makes from now on."""
    _build_addresses_when_asked()
    _compile_statements_once()
    Flask.jinja_options = {"bytecode_cache": _CompiledTemplates()}


def leave_what_stays() -> None:
    """Python need not look for garbage among modules and collected tests, nor after every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)


def _build_addresses_when_asked() -> None:
    """Werkzeug compiles two functions for each route, which build its addresses, as soon as an application is made: half of its
    making. Two thousand applications are made here, and each is asked for a few addresses: so they are compiled at the first asking.
    """
    compile_now = Rule._compile_builder

    def compile_later(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(self, append_unknown))
            return made[0](rule, **values)

        return build

    # on purpose: where Werkzeug has no such function any more, every test says so at once
    Rule._compile_builder = compile_later  # type: ignore[method-assign]  # replaced on purpose, see above


def _compile_statements_once() -> None:
    """SQLAlchemy compiles a statement once for each engine. Two thousand engines are made here, of two kinds: those of one kind share what
    was compiled, since their dialects are set up alike.
    """
    compiled: dict[type[Dialect], LRUCache[Any, Any]] = {}

    def shared(engine: Engine) -> LRUCache[Any, Any]:
        kind = type(engine.dialect)
        if kind not in compiled:
            compiled[kind] = LRUCache(COMPILED_STATEMENTS)
            # what was compiled is known by its dialect, among other things
            setattr(kind, "__eq__", lambda one, other: type(one) is type(other))  # noqa: B010  # as mypy takes no other dunder of a type
            setattr(kind, "__hash__", lambda one: hash(type(one)))  # noqa: B010  # as above
        return compiled[kind]

    Engine._compiled_cache = property(shared, lambda _engine, _own: None)  # type: ignore[assignment]  # on purpose another kind


class _CompiledTemplates(BytecodeCache):
    """The code of templates, for all applications of this process; Jinja compiles them once for each application."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()
