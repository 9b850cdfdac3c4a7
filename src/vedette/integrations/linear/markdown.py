"""Markdown: a ticket's body as Linear takes it, every character of its content inert.

Any ASCII punctuation may be escaped by a backslash: https://spec.commonmark.org/0.31.2/#backslash-escapes
"""

import re
from collections.abc import Iterable
from itertools import groupby

from vedette.integrations.linear.text import clean, fit, is_web, one_line
from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text

_ANYWHERE = re.compile(r"[\\`*_{}\[\]<>#|~&$!^@]")
# These begin a list, a line or a heading, but only where a line begins.
_LINE_START = re.compile(r"^([-+=])|^(\d+)([.)])", re.MULTILINE)
_EMOJI = re.compile(r":(?=[\w+-]+\\?:)")
_LANGUAGE = re.compile(r"[a-z0-9+#-]+")
_UNSAFE_IN_URL = re.compile(r"[\s<>()\[\]\\`\"{}|^]")
_RUN = re.compile(r"`+")


def render(document: Document) -> str:
    """The document as Markdown of a bearable length."""
    return _render(fit(document, size=lambda shorter: len(_render(shorter))))


def escape(text: str) -> str:
    """The text such that it is shown as it is; line ends stay, blanks at the ends of lines do not."""
    lines = "\n".join(line.strip() for line in clean(text).split("\n") if line.strip())
    escaped = _ANYWHERE.sub(r"\\\g<0>", lines)
    escaped = _LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", escaped)
    return _EMOJI.sub(r"\\:", escaped).replace("\n", "\\\n")


def _render(document: Document) -> str:
    return "\n\n".join(text for block in document.blocks if (text := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Paragraph(parts):
            return _run(parts)
        case Heading(text):
            return f"### {escape(one_line(text))}" if one_line(text) else ""
        case Code(text, language):
            return _code(clean(text), language=language.lower())
        case Bullets(items):
            return "\n".join(f"* {_line(item)}" for item in items)
        case Facts(rows):
            return "\n".join(f"* {_strong(one_line(name))}: {_line(value)}".rstrip() for name, value in rows)


def _code(text: str, *, language: str) -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language if _LANGUAGE.fullmatch(language) else ''}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(each) for each in _RUN.findall(text)), default=0)


def _line(parts: Iterable[Inline]) -> str:
    flat = (Link(part.url, one_line(part.text)) if isinstance(part, Link) else _flat(part) for part in parts)
    return _run(flat)


def _flat(part: Text) -> Text:
    # Blanks at the ends part the words of neighbours.
    text = re.sub(r"\s+", " ", clean(part.text))
    return Text(text, strong=part.strong, code=part.code)


def _run(parts: Iterable[Inline]) -> str:
    """Words in a row. Those of one kind are escaped together, or "1" and ". x" would make a list between them."""
    out: list[str] = []
    for kind, group in groupby(filter(_says, map(_safe, parts)), key=_kind):
        listed = list(group)
        if kind == "link":
            out += [_link(each.url, text=one_line(each.text)) for each in listed if isinstance(each, Link)]
            continue
        text = "".join(each.text for each in listed if isinstance(each, Text))
        out.append(_spaced(text, _marked(kind, text)))
    return "".join(out).strip()


def _safe(part: Inline) -> Inline:
    """The part itself; a link that does not lead to the web is only words."""
    if isinstance(part, Text) or is_web(one_line(part.url)):
        return part
    return Text(one_line(part.text) or one_line(part.url))


def _says(part: Inline) -> bool:
    # An empty part would let the marks of its neighbours run into one another.
    return isinstance(part, Link) or bool(clean(part.text))


def _kind(part: Inline) -> str:
    match part:
        case Link():
            return "link"
        case Text(code=True):
            return "code"
        case Text(strong=True):
            return "strong"
    return "plain"


def _marked(kind: str, text: str) -> str:
    match kind:
        case "code":
            return _inline_code(one_line(text))
        case "strong":
            return _strong(text)
    return escape(text)


def _spaced(text: str, marked: str) -> str:
    """What was marked, with the blanks that parted it from its neighbours."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return f"{before}{marked}{after}" if marked else before


def _strong(text: str) -> str:
    inner = text.strip()
    # Stars beside other signs or blanks would be taken for words, or for the end of something else.
    bold = inner[:1].isalnum() and inner[-1:].isalnum()
    return f"**{escape(inner)}**" if bold else escape(inner)


def _inline_code(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _link(url: str, *, text: str) -> str:
    address = one_line(url)
    target = _UNSAFE_IN_URL.sub(lambda char: "".join(f"%{byte:02X}" for byte in char[0].encode()), address)
    return f"[{escape(text or address)}]({target})"
