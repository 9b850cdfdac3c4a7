"""Signatures: is the sender who it says it is? Constant time over every secret, and no exception for odd input.

The law: each secret is tried to the end, so that the time taken tells nothing of which one matched, or how far.
"""

import hashlib
import hmac
import re

from vedette.model.secret import Secret

_HEX_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_NOTHING = "0" * 64


def verify_hex_hmac_sha256(body: bytes, signature: str | None, secrets: Secret) -> bool:
    """Whether the signature is the hex HMAC-SHA256 of the exact bytes under any of the secrets."""
    given = signature.strip() if signature else ""
    well_formed = _HEX_DIGEST.fullmatch(given) is not None
    candidate = given.lower() if well_formed else _NOTHING
    matched = False
    for value in secrets.values:
        expected = sign_hex_hmac_sha256(body, value)
        # An empty secret is no secret: whoever knows the algorithm could sign with it.
        matched |= hmac.compare_digest(expected, candidate) and bool(value)
    return matched and well_formed


def sign_hex_hmac_sha256(body: bytes, secret: str) -> str:
    """The hex HMAC-SHA256 of the bytes under the UTF-8 of the secret."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def token_matches(given: str | None, secrets: Secret) -> bool:
    """Whether the token of a secret path is any of the secrets; their lengths stay as hidden as their letters."""
    candidate = _digest(given or "")
    matched = False
    for value in secrets.values:
        matched |= hmac.compare_digest(_digest(value), candidate) and bool(value)
    return matched


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
