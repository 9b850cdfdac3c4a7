r"""Patterns: the regular expressions that the file may hold, compiled once while it is read.

The law: what could search for minutes in one title is refused, since Python's `re` knows no time-out. The slow ones
repeat a group that holds a repeat or a choice without end, as `(a+)+` and `(a|ab)*` do; an atomic group `(?>…)` and a
possessive repeat `a++` never go back, and are let through.
"""

import re
import warnings

from vedette.config.schema.base import fault

LONGEST = 500
_MOST_ENDLESS = 4
_TOKEN = re.compile(
    r"(?P<open>\((?P<kind>\?(?:>|[:=!#]|<[=!]|P<\w+>|P=\w+|[aiLmsux-]+:?))?)"
    r"|(?:(?P<close>\))|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)"
    r"(?:(?P<often>[*+?]|\{\d+\}|\{\d*,\d*\})(?P<manner>[+?]?))?",
    re.DOTALL,
)
_OFTEN = re.compile(r"[*+]|\{\d*,(?:\d{2,})?\}")
_TIMES = re.compile(r"\{\d+\}")
_TEN_TIMES = re.compile(r"\{\d{2,}\}")
_CURE_SLOW = "repeat a set of characters instead, as [ab]*, or write an atomic group (?>…)"
_ASKS_ABSENCE = re.compile(r"\(\?<?!")


def checked(pattern: str, *, case: bool) -> None:
    """Raises a fault where the pattern is none, is slow by its form, or finds something in every text."""
    if len(pattern) > LONGEST:
        raise fault(f"is longer than {LONGEST} characters", "join several terms under any: instead")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = re.compile(pattern, 0 if case else re.IGNORECASE)
    except re.error as error:
        at = "" if error.pos is None else f" at character {error.pos + 1}"
        raise fault(f"is no regular expression: {error.msg}{at}", "mend it, or take regex: true out") from None
    except Warning as warning:
        # Python will read such sets otherwise one day: https://docs.python.org/3.11/library/re.html
        raise fault(f"is ambiguous: {str(warning).lower()}", "write a backslash before the bracket or sign") from None
    except (OverflowError, RecursionError, ValueError):
        raise fault("is no regular expression that can be used", "make it simpler") from None
    if found.search("") and found.search("\0") and not _ASKS_ABSENCE.search(pattern):
        raise fault("finds something in every text", "leave the term out, or demand a character: + instead of *")
    _quick(pattern)


def _quick(pattern: str) -> None:
    """Raises a fault for a group that can be matched in several ways and is repeated often, or for many repeats."""
    groups = [False]  # of each open pair of brackets: whether one text can be matched by it in several ways
    atomic: list[bool] = []
    endless = 0
    for token in _TOKEN.finditer(pattern):
        goes_back = bool(token["often"]) and token["manner"] != "+"
        endless += goes_back and _OFTEN.fullmatch(token["often"]) is not None
        if token["open"]:
            groups.append(False)
            atomic.append(token["kind"] == "?>")
        elif token["close"] and atomic:
            forks = groups.pop() and not atomic.pop()
            if forks and goes_back and (_OFTEN.fullmatch(token["often"]) or _TEN_TIMES.fullmatch(token["often"])):
                raise fault("could search for minutes: it repeats a group that holds a repeat or a choice", _CURE_SLOW)
            groups[-1] |= forks or goes_back
        else:
            varies = goes_back and not _TIMES.fullmatch(token["often"])
            groups[-1] |= varies or token[0] == "|"
    if endless > _MOST_ENDLESS:
        message = f"could search for minutes: it has more than {_MOST_ENDLESS} repeats without end"
        raise fault(message, "write several terms under all: instead")
