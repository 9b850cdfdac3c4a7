"""Signatures: is the sender who it says it is? Constant time over every secret, and no exception for odd input.

The law: each secret is tried to the end, so that the time taken tells nothing of which one matched, or how far.
"""

import hashlib
import hmac
import os
import re

from vedette.model.secret import Secret

_HEX_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_NOTHING = "0" * 64
_SALT = 16


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


def sealed(value: str, *, key: str) -> bytes:
    """The text under a key, for a store that must not hold it readable: 16 bytes of salt, then as many as it has.

    It says nothing of who wrote it: a text that was tampered with, or opened with another key, comes out as another.
    """
    salt = os.urandom(_SALT)
    return salt + _under(value.encode(), key=key, salt=salt)


def unsealed(kept: bytes, *, key: str) -> str:
    """What `sealed` was given, where the key is the same; else some other text."""
    salt, rest = kept[:_SALT], kept[_SALT:]
    return _under(rest, key=key, salt=salt).decode("utf-8", "replace")


def _under(text: bytes, *, key: str, salt: bytes) -> bytes:
    # A keyed sponge as a stream: the salt is new for each text, so no stream is used twice.
    name = key.encode("utf-8", "surrogatepass")
    stream = hashlib.shake_256(b"%d:" % len(name) + name + salt).digest(len(text))
    return bytes(left ^ right for left, right in zip(text, stream, strict=True))


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
