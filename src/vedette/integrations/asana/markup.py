"""Rich text: a document → Asana's `html_notes` and `html_text`, one `<body>` of well-formed XML.

Asana keeps white space, so lines end in line feeds; headings and lists may stand in notes, headings not in comments:
https://developers.asana.com/docs/rich-text
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.rules import fitting
from vedette.rules.fitting import clean, is_web, one_line

# The documentation names no limit; people report 65,535 for notes. Half of it leaves room for words of theirs.
LONGEST = 32_000
LONGEST_TITLE = 1024
NOTICE = "Cut here: the whole stands in Sentry."


def fit_title(title: str, *, link: str) -> str:
    """One line of at most 1,024 characters that still ends with the link where it did."""
    return fitting.fit_title(title, link=link, longest=LONGEST_TITLE)


def anchor(url: str, text: str = "") -> str:
    """A link where the address leads to the web, else its words alone."""
    href, words = one_line(url), one_line(text) or one_line(url)
    return f'<a href="{escape(href)}">{escape(words)}</a>' if is_web(href) else escape(words)


def notes(document: Document, *, footer: str = "") -> str:
    """A document as `html_notes`, with a footer of rich text that is never cut."""
    return f"<body>{_fitted(document, room=LONGEST - len(footer), headings=True)}{footer}</body>"


def comment(document: Document, *, footer: str = "") -> str:
    """A document as a comment's `html_text`, which knows no headings."""
    return f"<body>{_fitted(document, room=LONGEST - len(footer), headings=False)}{footer}</body>"


def plain(html: str) -> str:
    """The words of rich text of our own making, for an Asana that refuses it."""
    return (
        re.sub(r"<[^>]*>", "", html)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
    )


def _fitted(document: Document, *, room: int, headings: bool) -> str:
    """The largest block gives way first, so that a long stack never costs the owner's sentence that follows it."""
    blocks, notice = list(document.blocks), ""
    rendered = [_block(block, headings=headings) for block in blocks]
    while blocks and sum(map(len, rendered)) + len(notice) > room:
        notice = f"{NOTICE}\n"
        place = max(range(len(rendered)), key=lambda each: len(rendered[each]))
        shorter = _halved(blocks[place])
        blocks[place : place + 1] = [] if shorter is None else [shorter]
        rendered[place : place + 1] = [] if shorter is None else [_block(shorter, headings=headings)]
    return "".join(rendered) + notice


def _halved(block: Block) -> Block | None:
    match block:
        case Code(text) | Heading(text):
            return replace(block, text=text[: len(text) // 2]) if len(text) > 1 else None
        case Paragraph(parts) if len(parts) == 1 and isinstance(parts[0], Text) and len(parts[0].text) > 1:
            return Paragraph((replace(parts[0], text=parts[0].text[: len(parts[0].text) // 2]),))
        case Paragraph(parts):
            return Paragraph(parts[: len(parts) // 2]) if len(parts) > 1 else None
        case Bullets(items):
            return Bullets(items[: len(items) // 2]) if len(items) > 1 else None
        case Facts(rows):
            return Facts(rows[: len(rows) // 2]) if len(rows) > 1 else None


def _block(block: Block, *, headings: bool) -> str:
    match block:
        case Paragraph(parts):
            return f"{_run(parts)}\n"
        case Heading(text):
            words = escape(one_line(text))
            return f"<h2>{words}</h2>" if headings else f"<strong>{words}</strong>\n"
        case Code(text):
            return f"<pre>{escape(clean(text))}</pre>\n"
        case Bullets(items):
            listed = "".join(f"<li>{_run(item)}</li>" for item in items)
            return f"<ul>{listed}</ul>\n" if listed else ""
        case Facts(rows):
            return "".join(f"<strong>{escape(one_line(name))}</strong>: {_run(value)}\n" for name, value in rows)


def _run(parts: Iterable[Inline]) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:
    match part:
        case Link(url, text):
            return anchor(url, text)
        case Text(text, code=True):
            return f"<code>{escape(one_line(text))}</code>"
        case Text(text, strong=True):
            return f"<strong>{escape(clean(text))}</strong>"
        case Text(text):
            return escape(clean(text))
