"""Atlassian documents: a ticket's body as Jira Cloud takes it.

Words are data in this format, so nothing needs escaping; what is not allowed in a node (empty text, marks in code) is
left out. Structure: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from vedette.integrations.jira.text import fit
from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.rules.fitting import clean, is_web, one_line

Node = dict[str, Any]


def render(document: Document) -> Node:
    """The document as an Atlassian document that fits into a description or a comment."""
    return _render(fit(document, size=_size))


def _render(document: Document) -> Node:
    content = [node for block in document.blocks for node in _block(block)]
    return {"type": "doc", "version": 1, "content": content}


def _size(document: Document) -> int:
    # Cloud limits the document's JSON, not its words; bytes are never fewer than its characters.
    return len(msgspec.json.encode(_render(document)))


def _block(block: Block) -> Iterator[Node]:
    match block:
        case Paragraph(parts):
            yield _paragraph(parts)
        case Heading(text):
            yield {"type": "heading", "attrs": {"level": 3}, "content": list(_words(one_line(text)))}
        case Code(text, language):
            attrs = {"attrs": {"language": language}} if language else {}
            yield {"type": "codeBlock", **attrs, "content": list(_words(clean(text)))}
        case Bullets(items) if items:
            yield {"type": "bulletList", "content": [_wrap("listItem", item) for item in items]}
        case Facts(rows) if rows:
            yield {"type": "table", "content": [_row(name, value) for name, value in rows]}


def _row(name: str, value: tuple[Inline, ...]) -> Node:
    return {"type": "tableRow", "content": [_wrap("tableHeader", (Text(name),)), _wrap("tableCell", value)]}


def _wrap(kind: str, parts: Iterable[Inline]) -> Node:
    return {"type": kind, "content": [_paragraph(parts)]}


def _paragraph(parts: Iterable[Inline]) -> Node:
    return {"type": "paragraph", "content": [node for part in parts for node in _inline(part)]}


def _inline(part: Inline) -> Iterator[Node]:
    match part:
        case Link(url, text):
            href = one_line(url)
            marks = [{"type": "link", "attrs": {"href": href}}] if is_web(href) else []
            yield from _words(one_line(text) or href, marks=marks)
        case Text(text, code=True):
            yield from _words(one_line(text), marks=[{"type": "code"}])
        case Text(text, strong):
            yield from _lines(clean(text), marks=[{"type": "strong"}] if strong else [])


def _lines(text: str, *, marks: list[Node]) -> Iterator[Node]:
    for place, line in enumerate(text.split("\n")):
        if place:
            yield {"type": "hardBreak"}
        yield from _words(line, marks=marks)


def _words(text: str, *, marks: list[Node] | None = None) -> Iterator[Node]:
    if text:
        yield {"type": "text", "text": text, **({"marks": marks} if marks else {})}
