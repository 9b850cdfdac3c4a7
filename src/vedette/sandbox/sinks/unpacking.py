"""Unpacking: snappy's block format and protobuf's wire format, read by the book and by nothing of the product's.

Formats: https://github.com/google/snappy/blob/main/format_description.txt and
https://protobuf.dev/programming-guides/encoding/.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Literal

#: How a field is read: as text, a number, or a message of fields; "[]" at the end: it may come several times.
Kind = Literal["text", "double", "int64", "fixed64", "sfixed64"]
Message = Mapping[int, tuple[str, "Kind | Message", bool]]


class Unreadable(ValueError):
    """Bytes that break the format."""


def unsnap(packed: bytes) -> bytes:
    """What a block of snappy holds; raises Unreadable where it breaks off or points before its start."""
    length, at = varint(packed, 0)
    out = bytearray()
    while at < len(packed):
        tag = packed[at]
        if tag & 3 == 0:
            size, at = _literal(packed, at)
            if at + size > len(packed):
                raise Unreadable("snappy: a literal breaks off")
            out += packed[at : at + size]
            at += size
            continue
        size, offset, at = _copy(packed, at)
        if not 0 < offset <= len(out):
            raise Unreadable("snappy: a copy of what is not there")
        for _ in range(size):  # one by one: a copy may overlap what it writes
            out.append(out[-offset])
    if len(out) != length:
        raise Unreadable("snappy: another length than was promised")
    return bytes(out)


def read(message: bytes, shape: Message) -> dict[str, Any]:
    """The message as JSON, by its shape; raises Unreadable for a field that has none, or another wire type."""
    found: dict[str, Any] = {}
    for number, wire, raw in _fields(message):
        if number not in shape:
            raise Unreadable(f"field {number} is not known here")
        name, kind, several = shape[number]
        value = _value(kind, wire, raw)
        if several:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to 64 bits, and where what follows it begins."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Unreadable("a number breaks off")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if not byte & 128:
            return value, at


def _literal(packed: bytes, at: int) -> tuple[int, int]:
    size = packed[at] >> 2
    if size < 60:
        return size + 1, at + 1
    extra = size - 59
    return int.from_bytes(packed[at + 1 : at + 1 + extra], "little") + 1, at + 1 + extra


def _copy(packed: bytes, at: int) -> tuple[int, int, int]:
    tag, kind = packed[at], packed[at] & 3
    if kind == 1:
        low = packed[at + 1 : at + 2] or b"\0"
        return (tag >> 2 & 7) + 4, (tag >> 5) << 8 | low[0], at + 2
    width = 2 if kind == 2 else 4
    return (tag >> 2) + 1, int.from_bytes(packed[at + 1 : at + 1 + width], "little"), at + 1 + width


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(message, at)
            yield number, wire, value
            continue
        size, at = varint(message, at) if wire == 2 else ({1: 8, 5: 4}.get(wire, -1), at)
        if size < 0 or at + size > len(message):
            raise Unreadable("a field breaks off, or is of no known wire type")
        yield number, wire, message[at : at + size]
        at += size


def _value(kind: "Kind | Message", wire: int, raw: int | bytes) -> Any:
    if isinstance(raw, int):
        if kind != "int64" or wire != 0:
            raise Unreadable("a number where none belongs")
        return raw - (1 << 64) if raw >> 63 else raw
    if isinstance(kind, Mapping):
        return read(raw, kind) if wire == 2 else _wrong(wire)
    if kind == "text":
        return _text(raw) if wire == 2 else _wrong(wire)
    if wire != 1 or kind == "int64":
        return _wrong(wire)
    form = {"double": "<d", "fixed64": "<Q", "sfixed64": "<q"}[kind]
    return struct.unpack(form, raw)[0]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("a text is not UTF-8") from error


def _wrong(wire: int) -> Any:
    raise Unreadable(f"wire type {wire} where another belongs")
