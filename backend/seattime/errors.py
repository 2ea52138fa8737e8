"""Every error of the product, in one tree.

    SeatTimeError                  something that a person can be told in one sentence
    ├── BadInput                   what was sent cannot be used as it is                        (HTTP 400)
    │   ├── BadMessage             a commit message is not of the protocol's form
    │   ├── UnreadableDuration     nobody can read this as a length of time
    │   └── PackageRefused         this file cannot be imported                                 (HTTP 422)
    ├── NotAllowed                 known or not, this caller may not do this                    (HTTP 403)
    │   ├── NotSignedIn            nobody is signed in, or the API key is wrong                 (HTTP 401)
    │   └── LinkExpired            the launch link was good once                                (HTTP 410)
    ├── NotFound                   there is no such thing                                       (HTTP 404)
    ├── Conflict                   it clashes with what is there already                        (HTTP 409)
    └── Unavailable                not now: the caller should keep what it has and try again    (HTTP 503)
        └── DiskFull               the server's disk has no room left                           (HTTP 507)

Guarantees: `str(error)` and `error.message` are one public sentence without paths of the server, secrets or a stack;
`error.status` is the HTTP status that belongs to it. The cause, for the log, is in `__cause__`.
Imports nothing of ours.
"""

from typing import ClassVar


class SeatTimeError(Exception):
    """Something went wrong that a person can be told in one sentence."""

    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(SeatTimeError):
    """What was sent cannot be used as it is. `field` names the part that is wrong, where there is one."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class BadMessage(BadInput):
    """A commit message is not of the protocol's form (docs/protocol.md). `field` is the path of what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}.", field=field)
        self.reason = reason


class UnreadableDuration(BadInput):
    """Nobody can read this as a length of time. `raw` is what was sent, unchanged."""

    def __init__(self, raw: str, reason: str) -> None:
        shown = raw if len(raw) <= 60 else f"{raw[:57]}..."
        super().__init__(f"{shown!r} cannot be read as a length of time: {reason}.")
        self.raw = raw
        self.reason = reason


class PackageRefused(BadInput):
    """This file cannot be imported. `file` is the file or the entry in it that is to blame."""

    status = 422

    def __init__(self, message: str, *, file: str | None = None) -> None:
        super().__init__(message)
        self.file = file


class NotAllowed(SeatTimeError):
    """This caller may not do this."""

    status = 403


class NotSignedIn(NotAllowed):
    """Nobody is signed in, or the API key is wrong."""

    status = 401


class LinkExpired(NotAllowed):
    """The launch link was good once, and no longer is."""

    status = 410


class NotFound(SeatTimeError):
    """There is no such thing."""

    status = 404


class Conflict(SeatTimeError):
    """It clashes with what is there already."""

    status = 409


class Unavailable(SeatTimeError):
    """Not now: the caller should keep what it has and try again."""

    status = 503


class DiskFull(Unavailable):
    """The server's disk has no room left."""

    status = 507
