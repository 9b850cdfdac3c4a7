"""Did you mean: the known word nearest to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

# Comparing is quadratic, and nobody mistypes a word this long.
_LONGEST = 60


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty text."""
    choices = {choice.lower(): choice for choice in known}
    found = get_close_matches(word.lower(), choices, n=1, cutoff=0.6) if len(word) <= _LONGEST else []
    return choices[found[0]] if found else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The cure for an unknown word: `did you mean project?`, else what is known."""
    words = sorted(known)
    meant = nearest(word, words)
    if meant:
        return f"did you mean {meant}?"
    return f"known: {', '.join(words)}" if words else ""
