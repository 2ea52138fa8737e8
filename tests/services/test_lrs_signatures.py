"""Signed statements (xAPI 1.0.3 Data 2.6)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput
from seattime.services.lrs_signatures import check_signature
from tests.domain.xapi.made import ATTACHMENT, made

SIGNATURE = {**ATTACHMENT, "usageType": "http://adlnet.gov/expapi/attachments/signature", "contentType": "application/octet-stream"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = built.not_valid_before(begin).not_valid_after(begin + timedelta(days=1)).sign(KEY, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.DER)).decode()


def signed(statement: Any, algorithm: str = "RS256", key: Any = KEY, **header: Any) -> bytes:
    payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers=header).encode()


def check(body: bytes, statement: dict[str, Any] | None = None) -> None:
    check_signature(statement or made(attachments=[SIGNATURE]), body, "the signature", Version.V1)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_over_this_statement_is_taken(algorithm: str) -> None:
    check(signed(made(), algorithm))
    check(signed(made(), algorithm, x5c=[certificate(KEY)]))


def test_other_attachments_are_part_of_what_is_signed() -> None:
    check(signed(made(attachments=[ATTACHMENT])), made(attachments=[ATTACHMENT, SIGNATURE]))
    with pytest.raises(BadInput, match="another statement"):
        check(signed(made()), made(attachments=[ATTACHMENT, SIGNATURE]))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not a JSON web signature"),
        (b"a.b.c", "not a JSON web signature"),
        (b"\xff.\xff.\xff", "not a JSON web signature"),
        (signed(made(), "HS256", "0123456789abcdef0123456789abcdef"), "must be signed with one of RS256"),
        (signed(b"{'a': 1}"), "is not JSON"),
        (signed(b"[]"), "must be a JSON object"),
        (signed(made(result={"success": True})), "another statement"),
        (signed(made(), x5c=[certificate(OTHER_KEY)]), "not made by the key"),
        (signed(made(), x5c=["nonsense"]), "holds no certificate"),
        (signed(made(), x5c="x"), "holds no certificate"),
        (signed(made(), x5c=[certificate(ec.generate_private_key(ec.SECP256R1()))]), "not one of RSA"),
        (signed(made(), x5c=[certificate(KEY)])[:-8] + b"AAAAAAAA", "not made by the key"),
    ],
)
def test_what_is_no_signature_over_this_statement_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check(body)
