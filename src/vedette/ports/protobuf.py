"""Protobuf: plain JSON values as wire format, by the shape of a message, and an unknown message's fields as they come.

Law: whatever is in the value is written, zeros too, since a quiet window's 0 must arrive as 0.
Encoding: https://protobuf.dev/programming-guides/encoding/.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Scalar = Literal["string", "double", "int64", "fixed64", "sfixed64"]
#: Of each name in JSON: the field's number, and what it is; a list is the field repeated.
Shape = Mapping[str, tuple[int, "Scalar | Shape"]]

_VARINT, _EIGHT, _BYTES = 0, 1, 2
_PACKED: Mapping[str, str] = {"double": "<d", "fixed64": "<Q", "sfixed64": "<q"}


class Malformed(ValueError):
    """Bytes that are no message."""


def encode(value: Mapping[str, Any], shape: Shape) -> bytes:
    """The message; KeyError for a name that the shape does not know. Whole numbers may be text, as JSON has them."""
    parts: list[bytes] = []
    for name, held in value.items():
        number, kind = shape[name]
        parts.extend(_field(number, kind, each) for each in (held if isinstance(held, list | tuple) else (held,)))
    return b"".join(parts)


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields by number: a whole number, or the bytes of anything longer. Raises Malformed."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        match key & 7:
            case 0:
                value, at = _read_varint(message, at)
                yield key >> 3, value
                continue
            case 1 | 5 as wire:
                size = 8 if wire == _EIGHT else 4
            case 2:
                size, at = _read_varint(message, at)
            case other:
                raise Malformed(f"wire type {other} is not known")
        if at + size > len(message):
            raise Malformed("the message ends within a field")
        yield key >> 3, message[at : at + size]
        at += size


def _field(number: int, kind: "Scalar | Shape", value: Any) -> bytes:
    if kind == "int64":
        return _varint(number << 3 | _VARINT) + _varint(int(value))
    if kind in ("double", "fixed64", "sfixed64"):
        held = float(value) if kind == "double" else int(value)
        return _varint(number << 3 | _EIGHT) + struct.pack(_PACKED[kind], held)
    # What no UTF-8 can say (a lone surrogate out of somebody's JSON) must not stop the rest.
    inner = value.encode("utf-8", "replace") if isinstance(kind, str) else encode(value, kind)
    return _varint(number << 3 | _BYTES) + _varint(len(inner)) + inner


def _varint(number: int) -> bytes:
    number &= 0xFFFF_FFFF_FFFF_FFFF  # a negative one is its two's complement
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + step + 1
    raise Malformed("a number does not end")
