"""Packing: bodies as bytes, the same for the same content every time, so that a resend can be known as one."""

import gzip
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

#: The headers that go with `packed`.
PACKED: Mapping[str, str] = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


def size_of(value: Any) -> int:
    """How many bytes the value is as JSON, before it is packed."""
    return len(msgspec.json.encode(value))


def packed(body: Any) -> bytes:
    """The body as gzipped JSON; the same bytes for the same body, since no time is written into it."""
    return gzip.compress(msgspec.json.encode(body), compresslevel=6, mtime=0)


def request_id(body: Any) -> str:
    """A UUID in the form of version 4 that is the same for the same body."""
    digest = hashlib.sha256(msgspec.json.encode(body)).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
