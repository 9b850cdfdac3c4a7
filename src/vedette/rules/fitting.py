"""Fitting: which characters may stand in a ticket, and cutting what is too long with a notice."""

import re
from collections.abc import Callable
from dataclasses import replace
from math import ceil

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text

# XML 1.0 cannot carry these, nor several databases under trackers; tab and line feed stay.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WEB = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """The text without control characters and lone surrogates; every line end is one line feed."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The cleaned text on one line, runs of blanks made one."""
    return " ".join(clean(text).split())


def is_web(url: str) -> bool:
    """Whether an address leads to the web; anything else (javascript:, file:) stays plain words."""
    return _WEB.match(url) is not None


def fit_title(title: str, *, link: str, longest: int, size: Callable[[str], int] = len) -> str:
    """One line of at most `longest` that still ends with the link where it did: the words are cut, never the link.

    `size` measures a text as the tracker does; what it says of a longer text must not be less.
    """
    line = one_line(title)
    tail = f" {link}" if link and line.endswith(link) and size(link) < longest - 2 else ""
    head = line.removesuffix(link).rstrip() if tail else line
    room = longest - size(tail)
    if size(head) <= room:
        return f"{head}{tail}".strip()
    while size(head) > room - size(_ELLIPSIS):
        head = head[: -max(1, (size(head) - room) // 2)]
    return f"{head.rstrip()}{_ELLIPSIS}{tail}"


def fit(document: Document, *, size: Callable[[Document], int], limit: int, notice: str) -> Document:
    """The document itself where it fits, else with its largest blocks shortened and a notice at the end.

    The largest block gives way first, so that a long stack never costs the owner's sentence that follows it.
    """
    blocks = list(document.blocks)
    if size(document) <= limit:
        return document
    told = Paragraph((Text(notice),))
    while blocks and (excess := size(Document((*blocks, told))) - limit) > 0:
        sizes = [size(Document((block,))) for block in blocks]
        place = sizes.index(max(sizes))
        shorter = _shortened(blocks[place], share=min(excess / max(sizes[place], 1), 1.0))
        blocks[place : place + 1] = [] if shorter is None else [shorter]
    return Document((*blocks, told))


def _shortened(block: Block, *, share: float) -> Block | None:
    """The block without that share of it (sizes may be bytes, texts are characters), or None where nothing is left."""
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
