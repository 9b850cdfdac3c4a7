"""Labelling: names in the letters that a vendor takes, so that two that differ here differ there.

Law: a name that the vendor takes as it is stays as it is; one that had to be changed ends with a mark made of the
whole of it, since `a.b` and `a b` would otherwise become one series, and one would overwrite the other.
"""

import hashlib
import re
from dataclasses import dataclass

_MARK = 8


@dataclass(frozen=True, slots=True)
class Letters:
    """What a vendor takes: names that match `whole` and are no longer than `longest`.

    Each run of what matches `other` becomes one underscore; `lower`: capitals are turned into small letters.
    """

    whole: re.Pattern[str]
    other: re.Pattern[str]
    longest: int
    lower: bool = False


def label(text: str, letters: Letters) -> str:
    """The name in those letters, never empty: as it is, or changed and marked by 8 hexadecimal characters."""
    if 0 < len(text) <= letters.longest and letters.whole.fullmatch(text):
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    kept = letters.other.sub("_", text.lower() if letters.lower else text)
    kept = re.sub("_+", "_", kept[: letters.longest - _MARK - 1]).strip("_")
    return f"{kept}_{mark}" if kept else f"x_{mark}"


def cut_short(text: str, longest: int) -> str:
    """The text, with … for what is too much; what no UTF-8 can say (a lone surrogate) becomes a question mark."""
    sound = text.encode("utf-8", "replace").decode()
    return sound if len(sound) <= longest else f"{sound[: longest - 1]}…"
