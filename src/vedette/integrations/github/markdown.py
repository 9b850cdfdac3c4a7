"""Markdown: what GitHub makes of it besides CommonMark, and how that is kept from pinging and linking anybody.

Mentions, references, emoji, bare addresses and boxes to tick are sought in the words *after* escaping, so that only a
character between them helps: a zero-width space, as an entity so that whoever edits the body sees it.
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
The hash of a commit may still become a link to that commit: it tells nobody, and broken it could not be copied.
"""

import re

from vedette.integrations.github.text import LONGEST_TEXT, NOTICE
from vedette.model.document import Document
from vedette.rules import markdown

# @team and a@b, #12 and a/b#12, GH-12, :tada:, http://, www., and [x]; escaping has put backslashes before some signs.
_ACTIVE = (
    r"@",
    r"\\#(?=\d)",
    r"(?<![^\W_])GH(?=-\d)",
    r":(?=(?:[\w+-]|\\_)+:|//)",
    r"(?<![^\W_])www(?=\.)",
    r"\\\[(?=[\sx]?\\\])",
)
_DIALECT = markdown.Dialect(
    longest=LONGEST_TEXT,
    notice=NOTICE,
    active=re.compile("|".join(_ACTIVE), re.IGNORECASE),
    inert=r"\g<0>&#8203;",
)


def render(document: Document) -> str:
    """The document as Markdown that fits into a body."""
    return markdown.render(document, dialect=_DIALECT)


def link(url: str, *, text: str) -> str:
    """A link to a web address."""
    return markdown.link(url, text=text, dialect=_DIALECT)
