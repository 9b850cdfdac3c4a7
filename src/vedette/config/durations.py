"""Durations as people write them: `250ms`, `15m`, `24h`, `90d`, `1h30m`; read here and written back the same way."""

import re
from datetime import timedelta

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_PART = r"\d{1,9}(?:ms|[wdhms])"
_WHOLE = re.compile(rf"(?:{_PART})+")
_PARTS = re.compile(r"(\d+)(ms|[wdhms])")
# ASCII digits only: `\d` would let other scripts' digits in, which no reader of the file expects.
_REST = re.compile(r"(?P<word>[a-z]+)\s+(?P<span>\S+)", re.ASCII)

#: What an editor's JSON Schema checks a duration against.
PATTERN = r"^([0-9]{1,9}(ms|[wdhms]))+$"
EXAMPLE = "15m, 24h or 90d"


def duration(text: str) -> timedelta:
    """The time that `text` names; raises ValueError with a sentence where it names none."""
    if not text.isascii() or not _WHOLE.fullmatch(text):
        raise ValueError(f"is not a duration such as {EXAMPLE}")
    try:
        return sum((int(count) * _UNITS[unit] for count, unit in _PARTS.findall(text)), timedelta())
    except OverflowError:
        raise ValueError("is longer than any calendar") from None


def text_of(span: timedelta) -> str:
    """The shortest text that `duration` reads back as `span`; weeks are told in days, as policies do."""
    if not span:
        return "0s"
    parts: list[str] = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, span = divmod(span, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def word_and_days(text: str) -> tuple[str, int] | None:
    """The word and days of `quiet 14d`; None where the text is of another form; ValueError for a span of no whole days.

    An unknown word is the caller's to refuse.
    """
    found = _REST.fullmatch(text)
    if found is None:
        return None
    days, rest = divmod(duration(found["span"]), timedelta(days=1))
    if rest or not days:
        raise ValueError(f"counts whole days only, such as {found['word']} 14d")
    return found["word"], days
