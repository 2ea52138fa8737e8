"""Runs the application under gunicorn: threads in each worker, as many workers as asked for, a clean end on SIGTERM.

gunicorn because it binds several addresses (the play origin may be a second port), forks after the checks, and is what
operators know. Part of the outermost layer, like cli.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask
from gunicorn.app.base import BaseApplication

from seattime.config import LOOPBACK_NAMES, Settings
from seattime.logs import GunicornLogger

THREADS = 16
GARBAGE_AFTER = 20_000
"""Objects: Python's default of 700 is less than one batch of statements makes."""


class PortTaken(Exception):
    """The port is in use; the message says so plainly and what to do."""


def binds(settings: Settings, host: str, port: int) -> list[str]:
    """The addresses to listen on: `port`, and the play origin's own port where it is another one on this machine."""
    public, play = urlsplit(settings.public_url), urlsplit(settings.play_origin.replace("{course}", "course"))
    ports = [port]
    if (
        settings.shared_play_origin
        and play.hostname == public.hostname
        and play.port
        and play.port != settings.public_port
    ):
        ports.append(port + (play.port - settings.public_port))
    hosts = ["127.0.0.1", "[::1]"] if host == "localhost" else [f"[{host}]" if ":" in host else host]
    return [f"{one}:{number}" for number in ports for one in hosts if one != "[::1]" or _has_ipv6()]


def check_free(addresses: list[str]) -> None:
    """Raises PortTaken where somebody listens already."""
    for address in addresses:
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host.strip("[]"), int(port)))
            except OSError as error:
                raise PortTaken(
                    f"Port {port} is taken by another program on this machine. Stop that program, or choose another port: "
                    f"seattime serve --port {int(port) + 10} (make run PORT={int(port) + 10})."
                ) from error


def is_loopback(host: str) -> bool:
    return host in LOOPBACK_NAMES


def serve(make_app: Callable[[], Flask], addresses: list[str], *, workers: int, on_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. `make_app` runs in each worker, after fork."""

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options = {
                "bind": addresses,
                "workers": workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "graceful_timeout": 15,
                "timeout": 120,
                "keepalive": 20,
                # xAPI puts actors and whole agents into addresses; the default of 4094 is short for them
                "limit_request_line": 8190,
                "accesslog": None,
                "errorlog": "-",
                "logger_class": GunicornLogger,
                "loglevel": "warning",
                "control_socket_disable": True,
                "when_ready": lambda _server: on_ready(),
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            app = make_app()
            _settle_memory()
            return app

    Server().run()


def _settle_memory() -> None:
    """What was made so far stays for as long as the process lives: Python need not look through it for garbage again and again. And it
    looks after so many new objects as a large request makes, not after so few as a small one (benchmarks/README.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
