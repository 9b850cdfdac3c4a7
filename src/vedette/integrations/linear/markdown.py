"""Markdown: what Linear makes of it besides CommonMark, and how much of it is sent."""

import re

from vedette.model.document import Document
from vedette.rules import markdown

LONGEST_TITLE = 255
# Linear publishes no limit for descriptions and comments; past this nobody reads on.
LONGEST_TEXT = 50_000
NOTICE = "Cut here, being too long. The whole stands in Sentry."
# A mention begins with @, an emoji stands between colons.
_DIALECT = markdown.Dialect(
    longest=LONGEST_TEXT, notice=NOTICE, signs="@", active=re.compile(r":(?=[\w+-]+\\?:)"), inert=r"\\:"
)


def render(document: Document) -> str:
    """The document as Markdown of a bearable length."""
    return markdown.render(document, dialect=_DIALECT)
