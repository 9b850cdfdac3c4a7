r"""Patterns: the regular expressions that the file may hold, compiled once while it is read.

The law: what could search for minutes in one error is refused, since Python's `re` knows no time-out and strangers
write the texts. Slow are a repeat without end of a group that holds a repeat or a choice, `(a+)+` and `(a|ab)*`, and
several repeats in a row that may share what they match, `a.*b.*c`. What never gives anything back is let through: an
atomic group `(?>…)`, a possessive repeat `a++`.
"""

import re
import warnings
from dataclasses import dataclass

from vedette.config.schema.base import fault

LONGEST = 500
_TOKEN = re.compile(
    r"(?P<open>\((?P<kind>\?(?:>|[:=!#]|<[=!]|P<\w+>|P=\w+|[aiLmsux-]+:?))?)"
    r"|(?P<one>(?P<close>\))|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)"
    r"(?:(?P<often>[*+?]|\{\d+\}|\{\d*,\d*\})(?P<manner>[+?]?))?",
    re.DOTALL,
)
_OFTEN = re.compile(r"[*+]|\{\d*,(?:\d{2,})?\}")
_TIMES = re.compile(r"\{\d+\}")
_TEN_TIMES = re.compile(r"\{\d{2,}\}")
_NARROW = re.compile(r"\\[ds]|\[0-9\]| ")  # such a run ends soon in the texts of errors
_ATOMIC = ("?>", "?=", "?!", "?<=", "?<!")  # nothing in these is tried again once they have matched
_ASKS_ABSENCE = re.compile(r"\(\?<?!")
# The time grows with this power of a text's length; squared, eight thousand characters take a tenth of a second, and
# cubed twenty seconds (measured).
_HIGHEST_POWER = 2


@dataclass(slots=True)
class _Group:
    """One pair of brackets. `forks`: one text can be matched by it in several ways; `power`: by how many repeats."""

    atomic: bool = False
    forks: bool = False
    choice: bool = False
    chosen: int = 0  # the highest power of the alternatives before
    power: int = 0

    def inner_power(self) -> int:
        """What it adds to the group around it."""
        most = max(self.chosen, self.power)
        return max(most - 1, 0) if self.atomic else most


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
    """Raises a fault for what can be slow."""
    whole = _measured(pattern)
    anchored = pattern.startswith(("^", "\\A")) and not whole.choice
    if whole.inner_power() + (not anchored) > _HIGHEST_POWER:
        message = "could search for minutes: repeats without end may share what they match"
        cure = "write several terms under all:, or (?>.*?word) in place of .*word, or ++ in place of +"
        raise fault(message, cure)


def _measured(pattern: str) -> _Group:
    """The pattern as one group; raises a fault for a group that forks and is repeated often."""
    groups = [_Group()]
    for token in _TOKEN.finditer(pattern):
        often = token["often"] or "{1}"
        endless = _OFTEN.fullmatch(often) is not None and token["manner"] != "+"
        if token["open"]:
            groups.append(_Group(atomic=token["kind"] in _ATOMIC))
            continue
        forks = token["manner"] != "+" and not _TIMES.fullmatch(often)
        power = int(endless and not _NARROW.fullmatch(token["one"]))
        if token["close"] and len(groups) > 1:
            inner = groups.pop()
            if inner.forks and not inner.atomic and (endless or _TEN_TIMES.fullmatch(often)):
                cure = "repeat a set of characters instead, as [ab]*, or write an atomic group (?>…)"
                raise fault("could search for minutes: it repeats a group that holds a repeat or a choice", cure)
            forks, power = forks or (inner.forks and not inner.atomic), power + inner.inner_power()
        group = groups[-1]
        group.forks |= forks or token[0] == "|"
        group.power += power
        if token[0] == "|":
            group.choice, group.chosen, group.power = True, max(group.chosen, group.power), 0
    return groups[0]
