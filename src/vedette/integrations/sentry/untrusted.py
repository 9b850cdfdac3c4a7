"""Untrusted: typed parts out of JSON that strangers shape; pure, and never an exception.

The law: what is missing, of another type or absurd reads as "nothing was said". Text leaves here without NUL and lone
surrogates, which JSON can carry and neither PostgreSQL nor UTF-8 can.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

# Sentry's ids are 64-bit integers, 20 digits at most.
_ID_DIGITS = 20
_LARGEST = 2**63 - 1
_EMPTY: Mapping[str, Any] = {}


def decode(body: bytes) -> Any:
    """The body as JSON, forgiving odd bytes, NaN and lone surrogates; raises `ValueError` where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return _decode_leniently(body)


def _decode_leniently(body: bytes) -> Any:
    words = body.decode("utf-8-sig", "replace")
    try:
        return json.loads(words, parse_constant=lambda _: None, parse_int=_small_int)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _small_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _ID_DIGITS + 1 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def items(value: Any) -> Sequence[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str:
    """Clean text of a string or a number; "" for anything else."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _clean(value)
    whole = number(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    return "" if whole is None else str(whole)


def _clean(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def first_text(*values: Any) -> str:
    """The first of the values that says something."""
    return next((said for said in map(text, values) if said), "")


def number(value: Any) -> int | None:
    """A whole number of a number or of digits (counts are strings); None for anything else or absurdly large."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _of_digits(value.strip())
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and abs(value) <= _LARGEST else None


def _of_digits(value: str) -> int | None:
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= _ID_DIGITS else None


def issue_id(value: Any) -> str:
    """A numeric id as text without leading zeros; "" for anything else."""
    if isinstance(value, float):
        return ""
    found = number(value)
    return str(found) if found is not None and found > 0 else ""
