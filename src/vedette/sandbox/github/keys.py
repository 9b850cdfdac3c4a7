"""Keys: who may call. A token of an account, or tokens that an App was given for a signed statement.

The signature is checked by arithmetic (RFC 8017, 8.2.2), so that the stand-in shares no library with what it judges.
"""

import base64
import hashlib
import time
from typing import Any

import msgspec

from vedette.sandbox.github.settings import App, Config

# The encoding of "SHA-256" that stands before the digest in a signature (RFC 8017, 9.2, note 1).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
_LONGEST = 600


class Keys:
    """Everything that opens a stand-in."""

    def __init__(self) -> None:
        self.tokens: dict[str, float] = {}
        self._given = 0

    def opens(self, config: Config, authorization: str) -> bool:
        """Whether this header is that of somebody who may call."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() not in ("bearer", "token"):
            return False
        if config.app is None:
            return token == config.token
        return self.tokens.get(token, 0.0) > time.time()

    def give(self, app: App) -> tuple[str, float]:
        """A fresh token of the installation, and its end."""
        self._given += 1
        token, ends = f"ghs_sandbox{self._given:04}", time.time() + app.token_lasts
        self.tokens[token] = ends
        return token, ends


def statement_fault(app: App, authorization: str, *, now: float) -> str | None:
    """Why an App's statement is refused, in GitHub's words; None where it is good."""
    scheme, _, token = authorization.partition(" ")
    parts = token.split(".")
    if scheme.casefold() != "bearer" or len(parts) != 3:
        return "A JSON web token could not be decoded"
    try:
        header, claims = (msgspec.json.decode(_plain(each)) for each in parts[:2])
        signature = int.from_bytes(_plain(parts[2]))
    except (ValueError, msgspec.DecodeError):
        return "A JSON web token could not be decoded"
    if header.get("alg") != "RS256" or not _is_signed(app, f"{parts[0]}.{parts[1]}".encode(), signature):
        return "A JSON web token could not be decoded"
    return _claims_fault(app, claims, now=now)


def _claims_fault(app: App, claims: dict[str, Any], *, now: float) -> str | None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now:
        return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    if not isinstance(ends, int) or ends <= now:
        return "'Expiration time' claim ('exp') must be a numeric value representing the future time"
    if ends - now > _LONGEST:
        return "'Expiration time' claim ('exp') is too far in the future"
    return None if str(claims.get("iss")) == app.id else "Integration not found"


def _is_signed(app: App, message: bytes, signature: int) -> bool:
    modulus = int(app.modulus, 16)
    size = (modulus.bit_length() + 7) // 8
    wanted = _SHA256 + hashlib.sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    return pow(signature, app.exponent, modulus).to_bytes(size) == padded


def _plain(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
