"""Signed statements (xAPI 1.0.3 Data 2.6): an attachment that is a JSON web signature over the statement.

What is checked: that it is one (RFC 7515, compact form), with RS256, RS384 or RS512; that what it signs is this statement; and,
where it carries the signer's certificate, that the certificate's key made the signature. Whether that certificate is to be
trusted is for whoever reads the statement. The cryptography is PyJWT's and cryptography's. Must not import web.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate

from seattime.domain.xapi import json_text
from seattime.domain.xapi.equality import same_statement
from seattime.domain.xapi.refusing import refuse
from seattime.domain.xapi.statements import SIGNATURE, check_statement
from seattime.domain.xapi.versions import Version

ALGORITHMS: Final = ("RS256", "RS384", "RS512")


def is_signature(attachment: dict[str, Any]) -> bool:
    return bool(attachment["usageType"] == SIGNATURE)


def check_signature(statement: dict[str, Any], body: bytes, where: str, version: Version) -> None:
    """Raises BadInput. `statement` was checked before; `body` is the attachment's."""
    try:
        header = jwt.get_unverified_header(body)
        signed = body.decode("ascii").split(".")[1]
        payload = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
    except (jwt.InvalidTokenError, UnicodeDecodeError, IndexError, binascii.Error, ValueError):
        refuse(where, "is not a JSON web signature in compact form")
    if header.get("alg") not in ALGORITHMS:
        refuse(where, f"must be signed with one of {', '.join(ALGORITHMS)}")
    what = f"the payload of {where}"
    original = check_statement(json_text.parse(json_text.decode(payload, what), what), what, version)
    if not same_statement(_without_signatures(original), _without_signatures(statement)):
        refuse(where, "signs another statement than the one that it is attached to")
    if header.get("x5c"):
        _check_certificate(header["x5c"], body, where)


def _check_certificate(chain: Any, body: bytes, where: str) -> None:
    """RFC 7515 4.1.6: the first certificate's key made the signature."""
    try:
        key = load_der_x509_certificate(base64.b64decode(chain[0], validate=True)).public_key()
    except (ValueError, TypeError, LookupError, binascii.Error):
        refuse(where, "has an x5c that holds no certificate")
    if not isinstance(key, RSAPublicKey):
        refuse(where, "has a certificate whose key is not one of RSA")
    try:
        jwt.PyJWS().decode(body, key, algorithms=list(ALGORITHMS))
    except jwt.InvalidTokenError:
        refuse(where, "was not made by the key of its certificate, or was changed since")


def _without_signatures(statement: dict[str, Any]) -> dict[str, Any]:
    kept = [each for each in statement.get("attachments", ()) if not is_signature(each)]
    made = {name: value for name, value in statement.items() if name != "attachments"}
    return made | {"attachments": kept} if kept else json.loads(json.dumps(made))
