"""Rich text as Jira takes it: checks Atlassian documents, and reads words and Sentry links out of either face's text.

The node table follows https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NOT_A_STRING = "Operation value must be a string"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
LONGEST = 32_767

_INLINE = {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard"}
_LISTS = {"bulletList", "orderedList"}
_PLAIN_BLOCKS = {"paragraph", "heading", "rule", "codeBlock", *_LISTS}
_CELL = _PLAIN_BLOCKS | {"blockquote", "panel", "blockCard"}
_BLOCKS = _CELL | {"table", "expand"}
CHILDREN: dict[str, set[str]] = {
    "doc": _BLOCKS,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": {"text"},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "codeBlock", *_LISTS},
    "blockquote": {"paragraph", "codeBlock", *_LISTS},
    "panel": _PLAIN_BLOCKS,
    "expand": _CELL,
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": _CELL,
    "tableHeader": _CELL,
}
_NEVER_EMPTY = {"bulletList", "orderedList", "listItem", "blockquote", "panel", "expand", "table"}
_NEEDED_ATTRIBUTE = {
    "heading": "level",
    "panel": "panelType",
    "mention": "id",
    "emoji": "shortName",
    "date": "timestamp",
    "status": "text",
}
_KEYS = {"type", "content", "attrs", "marks", "text", "version"}
_MARKS = {"strong", "em", "code", "strike", "underline", "link", "textColor", "subsup"}
_PANELS = {"info", "note", "tip", "warning", "error", "success"}

_SENTRY_LINK = re.compile(r"https?://[^\s<>\"'|\]\[{}()]+?/issues/\d+")


def document_fault(document: Any) -> str | None:
    """Say where a value breaks the document format, or None when it is sound."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        return "not a document"
    if document.get("version") != 1:
        return "the version must be 1"
    if not isinstance(document.get("content"), list):
        return "content is missing"
    return _node_fault(document, "doc")


def _node_fault(node: Any, where: str) -> str | None:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return f"{where} is not a node"
    if unknown := set(node) - _KEYS:
        return f"{where} has unknown keys {sorted(unknown)}"
    kind = node["type"]
    if kind == "text":
        return _text_fault(node, where)
    if "text" in node or (kind != "doc" and "version" in node):
        return f"{where} carries what only text or doc may"
    return _attribute_fault(node, where) or _children_fault(node, where)


def _children_fault(node: dict[str, Any], where: str) -> str | None:
    kind, content = node["type"], node.get("content", [])
    allowed = CHILDREN.get(kind, set())
    if not isinstance(content, list) or (kind in _NEVER_EMPTY and not content):
        return f"{where} needs content"
    for place, child in enumerate(content):
        inside = f"{where}/{place}"
        if _kind(child) not in allowed:
            return f"{inside} may not stand in {kind}"
        if kind == "codeBlock" and child.get("marks"):
            return f"{inside} has marks inside code"
        if fault := _node_fault(child, inside):
            return fault
    return None


def _attribute_fault(node: dict[str, Any], where: str) -> str | None:
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict):
        return f"{where} has attributes that are not an object"
    kind = node["type"]
    needed = _NEEDED_ATTRIBUTE.get(kind)
    if needed and needed not in attributes:
        return f"{where} lacks {needed}"
    if kind == "heading" and attributes["level"] not in range(1, 7):
        return f"{where} has an impossible level"
    if kind == "panel" and str(attributes["panelType"]) not in _PANELS:
        return f"{where} has an unknown panel"
    if kind == "inlineCard" and not ({"url", "data"} & set(attributes)):
        return f"{where} lacks url"
    return None


def _kind(node: Any) -> str:
    kind = node.get("type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else ""


def _href(mark: dict[str, Any]) -> str:
    attributes = mark.get("attrs")
    target = attributes.get("href") if isinstance(attributes, dict) else None
    return target if isinstance(target, str) else ""


def _text_fault(node: dict[str, Any], where: str) -> str | None:
    if not isinstance(node.get("text"), str) or not node["text"]:
        return f"{where} has empty text"
    marks = node.get("marks", [])
    if not isinstance(marks, list):
        return f"{where} has marks that are not a list"
    kinds = [_kind(mark) for mark in marks]
    if not set(kinds) <= _MARKS or len(set(kinds)) != len(kinds):
        return f"{where} has an unknown or repeated mark"
    if "code" in kinds and not set(kinds) <= {"code", "link"}:
        return f"{where} mixes code with {kinds}"
    if any(mark["type"] == "link" and not _href(mark) for mark in marks):
        return f"{where} has a link without href"
    return None


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.get("content") or ():
            yield from _walk(child)


def _words(node: dict[str, Any]) -> Iterator[str]:
    yield str(node.get("text", ""))
    yield str((node.get("attrs") or {}).get("url", ""))
    for mark in node.get("marks") or ():
        yield _href(mark)


def text_of(body: Any) -> str:
    """Return the words of a body, link targets included, whichever face wrote it."""
    if isinstance(body, dict):
        return " ".join(word for node in _walk(body) for word in _words(node) if word)
    return body if isinstance(body, str) else ""


def body_fault(body: Any, *, as_document: bool) -> str | None:
    """Say why Jira would not take this description or comment; `INVALID_INPUT` stands for a broken document."""
    if as_document:
        if not isinstance(body, dict):
            return NOT_A_DOCUMENT
        if document_fault(body):
            return "INVALID_INPUT"
        return TOO_LONG if len(msgspec.json.encode(body)) > LONGEST else None
    if not isinstance(body, str):
        return NOT_A_STRING
    return TOO_LONG if len(body) > LONGEST else None


def sentry_links(*texts: Any) -> tuple[str, ...]:
    """Return the Sentry issue links of some texts or documents, each once and cut after the issue's number."""
    found = (match for text in texts for match in _SENTRY_LINK.findall(text_of(text)))
    return tuple(dict.fromkeys(found))
