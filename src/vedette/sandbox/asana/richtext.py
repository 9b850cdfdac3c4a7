"""Rich text as Asana takes it: one `<body>` of well-formed XML with a short list of tags; and its plain words.

The tags, their attributes and what may not stand in what: https://developers.asana.com/docs/rich-text
"""

import re
from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree as ET

_EVERYWHERE = frozenset({"strong", "em", "u", "s", "code", "ol", "ul", "li", "a", "blockquote", "pre"})
NOTES = _EVERYWHERE | {"h1", "h2", "hr", "img", "table", "tr", "td"}
COMMENT = _EVERYWHERE
_ATTRIBUTES = {"a": {"href"}, "img": {"src"}, "td": {"data-cell-widths"}}
_ASANA = "data-asana-"
_NOT_WITHIN = {
    "li": {"h1", "h2", "blockquote", "pre", "table"},
    "h1": {"ol", "ul", "h1", "h2", "pre", "blockquote"},
    "h2": {"ol", "ul", "h1", "h2", "pre", "blockquote"},
    "blockquote": {"ol", "ul", "h1", "h2", "pre"},
    "pre": {"ol", "ul", "h1", "h2", "pre", "blockquote"},
}
_BLOCKS = frozenset({"h1", "h2", "pre", "blockquote", "li", "hr", "tr"})
_SENTRY_LINK = re.compile(r"https?://[^\s<>\"'|\]\[{}()]+?/issues/\d+")
LONGEST = 65_535


def fault(text: object, *, allowed: frozenset[str]) -> str | None:
    """Say why Asana would not take this rich text, or None where it would."""
    if not isinstance(text, str):
        return "Expected a string"
    if len(text) > LONGEST:
        return "Text is too long"
    if "<!" in text:  # a document type could define entities; Asana's format has none
        return "XML is invalid"
    try:
        root = ET.fromstring(text)  # noqa: S314 - no entities can be defined, see above
    except ET.ParseError:
        return "XML is invalid"
    if root.tag != "body" or root.attrib:
        return "XML is invalid: the root must be <body>"
    return next(_faults(root, allowed), None)


def _faults(parent: ET.Element, allowed: frozenset[str]) -> Iterator[str]:
    for child in parent:
        if child.tag not in allowed:
            yield f"XML is invalid: unsupported tag <{child.tag}>"
        for name in child.attrib:
            if name not in _ATTRIBUTES.get(child.tag, ()) and not (child.tag == "a" and name.startswith(_ASANA)):
                yield f"XML is invalid: unsupported attribute {name} of <{child.tag}>"
        if any(each.tag in _NOT_WITHIN.get(child.tag, ()) for each in child.iter() if each is not child):
            yield f"XML is invalid: unsupported nesting in <{child.tag}>"
        if (child.tag == "li") != (parent.tag in ("ol", "ul")):
            yield f"XML is invalid: <{child.tag}> may not stand in <{parent.tag}>"
        yield from _faults(child, allowed)


def plain(text: str) -> str:
    """The words of rich text, as `notes` and `text` show them."""
    return "".join(_words(ET.fromstring(text))).strip("\n")  # noqa: S314 - `fault` let it in


def _words(node: ET.Element) -> Iterator[str]:
    if node.tag == "a" and node.get("href") not in (None, node.text):
        yield f"{node.text or ''} ({node.get('href')})"
    else:
        yield node.text or ""
        for child in node:
            yield "\n" if child.tag in _BLOCKS else ""
            yield from _words(child)
            yield "\n" if child.tag in _BLOCKS else ""
            yield child.tail or ""


def rich(text: str) -> str:
    """Plain words as rich text."""
    return f"<body>{escape(text)}</body>"


def sentry_links(*texts: str) -> tuple[str, ...]:
    """The Sentry issue links of some texts, each once and cut after the issue's number."""
    return tuple(dict.fromkeys(match for text in texts for match in _SENTRY_LINK.findall(text)))
