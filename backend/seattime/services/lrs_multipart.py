"""Writing multipart/mixed: statements with their attachments (xAPI 1.0.3 Communication 1.5.2, RFC 2046 5.1). Must not import web."""

from __future__ import annotations

import uuid

from seattime.services.lrs_statements import Attached


def write_multipart(body: bytes, attachments: list[Attached]) -> tuple[str, bytes]:
    """Content-Type and body."""
    boundary = uuid.uuid4().hex
    parts = [b"Content-Type: application/json\r\n\r\n" + body]
    for each in attachments:
        head = f"Content-Type: {each.content_type}\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {each.sha2}\r\n\r\n"
        parts.append(head.encode("latin-1") + each.body)
    between = f"--{boundary}\r\n".encode()
    whole = b"".join(between + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return f"multipart/mixed; boundary={boundary}", whole
