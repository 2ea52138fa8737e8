"""The signing keys: made once, kept in the data folder, rotated by adding and never by replacing (design, section 7).

Guarantees: a key that ever signed anything stays known, so tokens of journals that are still out there keep their worth.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

FILE_NAME = "keys.json"


def load_keys(data_dir: Path, configured: str = "") -> tuple[str, ...]:
    """All keys, oldest first; the last one signs. Makes the file at the first call.

    `configured` is SEATTIME_SECRET_KEY: if it is new, it is added as the newest one.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    try:
        keys = _read(path)
    except FileNotFoundError:
        keys = _create(path, [configured or secrets.token_urlsafe(48)])
    if configured and configured not in keys:
        keys = [*keys, configured]
        _write(path, keys)
    elif configured:
        keys = [*(key for key in keys if key != configured), configured]
    return tuple(keys)


def rotate(data_dir: Path) -> None:
    """Adds a new key, which signs from the next start on."""
    keys = load_keys(data_dir)
    _write(data_dir / FILE_NAME, [*keys, secrets.token_urlsafe(48)])


def _read(path: Path) -> list[str]:
    return [str(key) for key in json.loads(path.read_text())["keys"]]


def _create(path: Path, keys: list[str]) -> list[str]:
    """Several workers may start at once: the file appears whole and the first one wins."""
    temporary = path.with_suffix(f".{secrets.token_hex(6)}.tmp")
    _write_file(temporary, keys)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return _read(path)
    finally:
        temporary.unlink()
    return keys


def _write(path: Path, keys: list[str]) -> None:
    temporary = path.with_suffix(f".{secrets.token_hex(6)}.tmp")
    _write_file(temporary, keys)
    temporary.replace(path)


def _write_file(path: Path, keys: list[str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump({"keys": keys}, handle)
        handle.flush()
        os.fsync(handle.fileno())
