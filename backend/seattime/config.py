"""Settings, read once from the environment (prefix `SEATTIME_`). Imports nothing of ours.

Every setting is a field here and a row in docs/configuration.md; a test compares the two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

PREFIX = "SEATTIME_"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
XAPI_VERSIONS = ("1.0.3", "2.0.0")


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and says what to do."""


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "seattime"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. Times in seconds unless the name says otherwise."""

    database_url: str = ""
    """Empty: the embedded SQLite database in `data_dir`."""
    data_dir: Path = field(default_factory=_default_data_dir)
    secret_key: str = ""
    """Signs tokens and cookies; empty: made once and kept in `data_dir/keys.json`."""
    api_keys: str = ""
    """`id:secret`, comma-separated."""
    public_url: str = "http://localhost:8000"
    play_origin: str = ""
    """`{course}` stands for the course's own label; empty: chosen from `public_url`."""
    heartbeat_s: float = 15.0
    link_expiry_s: int = 120
    cookie_days: int = 30
    token_days: int = 30
    max_package_bytes: int = 5 * 1024**3
    max_package_files: int = 50_000
    max_package_ratio: int = 200
    fetch_private_hosts: str = ""
    """Hosts, comma-separated, that import jobs may fetch packages from although their addresses are not public."""
    leniencies: str = ""
    """Changes to what the adapter accepts beyond the standards; read by `domain.leniencies`."""
    readable_modules: bool = False
    """The player's JavaScript as it is written, with its comments."""
    log_level: str = "info"
    log_format: str = "text"
    xapi_version: str = "1.0.3"
    """Of xAPI: what /xapi answers in to a request that names none."""
    forward_xapi_endpoint: str = ""
    """Of another record store, to which all statements are forwarded; empty: none."""
    forward_xapi_user: str = ""
    forward_xapi_password: str = field(default="", repr=False)
    pool_size: int = 10
    pool_recycle_s: int = 300
    pool_pre_ping: bool = True
    connect_timeout_s: int = 5
    statement_timeout_ms: int = 10_000
    lock_timeout_ms: int = 2_000
    commit_tries: int = 3
    commit_try_ms: int = 3_000
    commit_budget_ms: int = 6_000
    silent_after_s: int = 600
    spool_dir: Path | None = None
    """Empty: `spool` in `data_dir`."""
    spool_cache: str = ""
    """The Flask-Caching backend of the spool; empty: ours."""
    spool_any_folder: bool = False
    spool_max_bytes: int = 1024**3
    held_max_bytes: int = 64 * 1024**2

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **changes: Any) -> Settings:
        """Settings from the environment, `changes` (from the command line) winning. Raises BadSetting."""
        env = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for item in fields(cls):
            raw = env.get(PREFIX + item.name.upper())
            if raw is None or raw == "":
                continue
            values[item.name] = _parse(item.name, raw, str(item.type))
        values.update({name: value for name, value in changes.items() if value is not None})
        return cls(**values).checked()

    def checked(self) -> Settings:
        """Self, with addresses normalised. Raises BadSetting where they cannot work."""
        public = _normal(self.public_url)
        parts = _split(public)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise BadSetting(f"SEATTIME_PUBLIC_URL must look like http://localhost:8000, not {self.public_url!r}.")
        play = _normal(self.play_origin) or default_play_origin(public)
        if not re.fullmatch(r"https?://[a-z0-9.{}\-\[\]:]+", play) or not _split(play).hostname:
            raise BadSetting(
                f"SEATTIME_PLAY_ORIGIN must look like http://{{course}}.play.localhost:8000, not {self.play_origin!r}."
            )
        if _is_played_at(public, play):
            raise BadSetting(
                "SEATTIME_PLAY_ORIGIN must differ from SEATTIME_PUBLIC_URL, also for every course that {course} may stand for: "
                "course content must not share an origin with sign-in cookies."
            )
        return replace(
            self,
            public_url=public,
            play_origin=play,
            forward_xapi_endpoint=self._checked_endpoint(),
            xapi_version=_one_of("XAPI_VERSION", self.xapi_version, XAPI_VERSIONS),
            log_level=_one_of("LOG_LEVEL", self.log_level, LOG_LEVELS),
            log_format=_one_of("LOG_FORMAT", self.log_format, LOG_FORMATS),
        )

    def _checked_endpoint(self) -> str:
        endpoint = self.forward_xapi_endpoint.strip().rstrip("/")
        if not endpoint:
            return ""
        parts = _split(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
            raise BadSetting(f"SEATTIME_FORWARD_XAPI_ENDPOINT must look like https://lrs.example.org/xapi, not {endpoint!r}.")
        if endpoint.endswith("/statements"):
            raise BadSetting("SEATTIME_FORWARD_XAPI_ENDPOINT must be the address above /statements.")
        if not self.forward_xapi_user or not self.forward_xapi_password:
            raise BadSetting("SEATTIME_FORWARD_XAPI_ENDPOINT needs SEATTIME_FORWARD_XAPI_USER and SEATTIME_FORWARD_XAPI_PASSWORD.")
        return endpoint

    @property
    def sqlalchemy_url(self) -> str:
        """The address SQLAlchemy opens: psycopg 3 for PostgreSQL, the SQLite file where nothing is set."""
        url = self.database_url
        if not url:
            return f"sqlite:///{self.data_dir / 'seattime.sqlite3'}"
        for old in ("postgres://", "postgresql://"):
            if url.startswith(old):
                return "postgresql+psycopg://" + url.removeprefix(old)
        return url

    @property
    def spool_folder(self) -> Path:
        """Where this host's spool lies."""
        return self.spool_dir or self.data_dir / "spool"

    @property
    def public_port(self) -> int:
        parts = urlsplit(self.public_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def secure(self) -> bool:
        """Whether the public address is HTTPS: cookies are `Secure` then."""
        return self.public_url.startswith("https://")

    @property
    def shared_play_origin(self) -> bool:
        return "{course}" not in self.play_origin

    def play_origin_of(self, course_slug: str) -> str:
        """The origin on which a course is played, without a trailing slash."""
        return self.play_origin.replace("{course}", course_slug)


def default_play_origin(public_url: str) -> str:
    """`*.play.localhost` where the server is reached by a loopback name; else the next port of the same host (design, section 7)."""
    parts = urlsplit(public_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if (parts.hostname or "") in LOOPBACK_NAMES or (parts.hostname or "").endswith(".localhost"):
        return f"{parts.scheme}://{{course}}.play.localhost:{port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{port + 1}"


def _normal(url: str) -> str:
    """As browsers write it in Origin and Host: lower case, no default port."""
    url = url.rstrip("/").lower()
    return url.removesuffix({"http": ":80", "https": ":443"}.get(url.partition(":")[0], "/"))


def _split(url: str) -> SplitResult:
    """The parts; without a host where the port is not one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _is_played_at(public: str, play: str) -> bool:
    """Whether the host of the pages is one of the hosts on which courses play. Requests tell hosts and ports, no schemes."""
    hosts = re.escape(_split(play).netloc).replace(re.escape("{course}"), "[a-z0-9-]+")
    return re.fullmatch(hosts, _split(public).netloc) is not None


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    found = value.strip().lower()
    if found not in known:
        raise BadSetting(f"{PREFIX}{name} must be one of {', '.join(known)}, not {value!r}.")
    return found


def _parse(name: str, raw: str, kind: str) -> Any:
    try:
        if kind == "int":
            return int(raw)
        if kind == "float":
            return float(raw)
        if kind == "bool":
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[raw.strip().lower()]
        if kind.startswith("Path"):
            return Path(raw).expanduser()
    except KeyError:
        raise BadSetting(f"{PREFIX}{name.upper()} must be 1 or 0, not {raw!r}.") from None
    except ValueError:
        raise BadSetting(f"{PREFIX}{name.upper()} must be a number, not {raw!r}.") from None
    return raw
