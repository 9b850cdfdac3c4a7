"""Envelope: what an SDK posts, unpacked; pure.

The format is https://develop.sentry.dev/sdk/data-model/envelopes/: a header line, then per item a header line
and a payload of `length` bytes, or up to the next line feed when no length is given.
"""

import gzip
import zlib
from typing import Any, NamedTuple

import msgspec
import zstandard


class Malformed(Exception):
    """The bytes are no envelope; the text says why."""


class Item(NamedTuple):
    """One item: its type, and its payload as it came."""

    type: str
    payload: bytes


def unpack(body: bytes, encoding: str) -> bytes:
    """The body without its transport encoding; raises `Malformed`."""
    try:
        match encoding.strip().lower():
            case "" | "identity":
                return body
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
            case "zstd":
                return zstandard.ZstdDecompressor().decompressobj().decompress(body)
            case other:
                raise Malformed(f"unknown content encoding {other}")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as broken:
        raise Malformed(f"the body is not {encoding}: {broken}") from broken


def header(line: bytes) -> dict[str, Any]:
    """A header line; raises `Malformed`."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as broken:
        raise Malformed(f"invalid envelope header: {broken}") from broken


def items(body: bytes) -> tuple[dict[str, Any], list[Item]]:
    """The envelope's header and its items, in order; raises `Malformed`."""
    first, _, rest = body.partition(b"\n")
    found: list[Item] = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            continue
        item, payload, rest = _take(header(line), rest)
        found.append(Item(item, payload))
    return header(first), found


def _take(head: dict[str, Any], rest: bytes) -> tuple[str, bytes, bytes]:
    length = head.get("length")
    if not isinstance(length, int):
        payload, _, after = rest.partition(b"\n")
        return str(head.get("type")), payload, after
    if length > len(rest):
        raise Malformed("the envelope ends inside an item")
    return str(head.get("type")), rest[:length], rest[length:].removeprefix(b"\n")
