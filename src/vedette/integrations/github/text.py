"""Text: how much of one GitHub's fields take, and whether a text names a link."""

import re

from vedette.rules import fitting
from vedette.rules.fitting import one_line

# GitHub refuses longer ones with 422: "is too long (maximum is …)".
LONGEST_TITLE = 256
LONGEST_BODY = 65_536
LONGEST_LABEL = 50
# The link and the hidden marker follow the words and are never cut.
LONGEST_TEXT = LONGEST_BODY - 4_096
NOTICE = "Cut here, being too long. The whole stands in Sentry."


def fit_title(title: str, *, link: str) -> str:
    """One line within the limit that still ends with the link where it did."""
    return fitting.fit_title(title, link=link, longest=LONGEST_TITLE)


def label(text: str) -> str:
    """A text as GitHub takes it for a label."""
    return one_line(text)[:LONGEST_LABEL].strip()


def has_link(text: str, link: str) -> bool:
    """Whether the exact link stands in a text: issue 12 is not issue 123, nor an event beneath it."""
    base = link.rstrip("/")
    return bool(base) and re.search(rf"{re.escape(base)}/?(?=$|[\s)\]>,;\"'])", text) is not None
