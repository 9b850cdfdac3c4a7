"""Text search as Jira's index does it: words without signs, phrases in quotes, and a query syntax of its own."""

import re

from vedette.sandbox.jira.lexing import JqlError

_SPECIAL = set("()[]{}^:")


def words(text: str) -> list[str]:
    """Cut a text the way the index does: letters and digits are words, all else falls away (so do URLs' signs)."""
    return re.findall(r"\w+", text.casefold())


def phrases_of(value: str, field: str) -> list[list[str]]:
    """Read a text query into phrases (several words in order) and single words; raises on its own syntax errors."""
    pieces = re.split(r'(?<!\\)"', value)
    if len(pieces) % 2 == 0:
        raise _unparsable(value, field)
    phrases = [words(piece) for piece in pieces[1::2]]
    for piece in pieces[::2]:
        bare = re.sub(r"\\.", " ", piece)
        if _SPECIAL & set(bare):
            raise _unparsable(value, field)
        phrases += [[word] for word in words(bare)]
    kept = [phrase for phrase in phrases if phrase]
    if not kept:
        raise _unparsable(value, field)
    return kept


def contains(present: list[str], phrases: list[list[str]]) -> bool:
    return all(
        any(present[at : at + len(phrase)] == phrase for at in range(len(present) - len(phrase) + 1))
        for phrase in phrases
    )


def _unparsable(value: str, field: str) -> JqlError:
    return JqlError(f"Unable to parse the text '{value}' for field '{field}'.")
