"""Text: what may stand in a Linear field at all, and cutting what is too long with a notice."""

import re
from collections.abc import Callable
from dataclasses import replace
from math import ceil

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text

LONGEST_TITLE = 255
# Linear publishes no limit for descriptions and comments; past this nobody reads on.
LONGEST_TEXT = 50_000
NOTICE = "Cut here, being too long. The whole stands in Sentry."

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WEB = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


def clean(text: str) -> str:
    """The text without control characters and lone surrogates; every line end is one line feed."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The cleaned text on one line, runs of blanks made one."""
    return " ".join(clean(text).split())


def is_web(url: str) -> bool:
    """Whether an address leads to the web; anything else (javascript:, file:) stays plain words."""
    return _WEB.match(url) is not None


def fit_title(title: str, *, link: str) -> str:
    """One line within the limit that still ends with the link where it did: the words are cut, never the link."""
    line = one_line(title)
    tail = f" {link}" if link and line.endswith(link) and len(link) < LONGEST_TITLE - 2 else ""
    head = line.removesuffix(link).rstrip() if tail else line
    room = LONGEST_TITLE - len(tail)
    return f"{head}{tail}".strip() if len(head) <= room else f"{head[: room - 1].rstrip()}…{tail}"


def fit(document: Document, *, size: Callable[[Document], int], limit: int = LONGEST_TEXT) -> Document:
    """The document itself where it fits, else with its largest blocks shortened and a notice at the end."""
    blocks = list(document.blocks)
    if size(document) <= limit:
        return document
    notice = Paragraph((Text(NOTICE),))
    while blocks and (excess := size(Document((*blocks, notice))) - limit) > 0:
        sizes = [size(Document((block,))) for block in blocks]
        place = sizes.index(max(sizes))
        shorter = _shortened(blocks[place], share=min(excess / max(sizes[place], 1), 1.0))
        blocks[place : place + 1] = [] if shorter is None else [shorter]
    return Document((*blocks, notice))


def _shortened(block: Block, *, share: float) -> Block | None:
    """The block without that share of it, or None where nothing is left."""
    match block:
        case Code(text) | Heading(text):
            kept = _without_end(text, share=share)
            return replace(block, text=kept) if kept else None
        case Paragraph(parts):
            fewer = _shortened_parts(parts, share=share)
            return Paragraph(fewer) if fewer else None
        case Bullets(items):
            return Bullets(items[:-1]) if len(items) > 1 else None
        case Facts(rows):
            return Facts(rows[:-1]) if len(rows) > 1 else None


def _shortened_parts(parts: tuple[Inline, ...], *, share: float) -> tuple[Inline, ...]:
    *kept, last = parts or (Text(""),)
    shorter = "" if isinstance(last, Link) else _without_end(last.text, share=share)
    return (*kept, replace(last, text=shorter)) if shorter else tuple(kept)


def _without_end(text: str, *, share: float) -> str:
    return text[: len(text) - ceil(len(text) * share)]
