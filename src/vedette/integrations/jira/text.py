"""Text: how long a text is for Jira, and how much of one its fields take."""

from collections.abc import Callable

from vedette.model.document import Document
from vedette.rules import fitting

# The default of `jira.text.field.character.limit`, and Cloud's fixed limit for descriptions and comments.
LONGEST_TEXT = 32_767
LONGEST_TITLE = 255
LONGEST_LABEL = 255
NOTICE = "Cut here: Jira takes 32,767 characters. The whole stands in Sentry."


def units(text: str) -> int:
    """Length as Java counts it, in UTF-16 code units, since Jira's limits are Java's."""
    return len(text) + sum(char > "\uffff" for char in text)


def fit_title(title: str, *, link: str) -> str:
    """One line of at most 255 units that still ends with the link where it did."""
    return fitting.fit_title(title, link=link, longest=LONGEST_TITLE, size=units)


def fit(document: Document, *, size: Callable[[Document], int], limit: int = LONGEST_TEXT) -> Document:
    """The document itself where it fits, else cut, with a notice at the end."""
    return fitting.fit(document, size=size, limit=limit, notice=NOTICE)
