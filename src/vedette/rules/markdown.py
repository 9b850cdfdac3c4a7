"""Markdown: a document as Markdown in which every character of its content is inert.

Any ASCII punctuation may be escaped by a backslash: https://spec.commonmark.org/0.31.2/#backslash-escapes. What a
reader seeks beyond that, in the text that escaping leaves, is its dialect.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.rules.fitting import clean, fit, is_web, one_line

_SIGNS = r"\\`*_{}\[\]<>#|~&$!^"
# These begin a list, a line or a heading, but only where a line begins.
_LINE_START = re.compile(r"^([-+=])|^(\d+)([.)])", re.MULTILINE)
_LANGUAGE = re.compile(r"[a-z0-9+#-]+")
_UNSAFE_IN_URL = re.compile(r"[\s<>()\[\]\\`\"{}|^]")
_RUN = re.compile(r"`+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one reader of Markdown makes of text, and how much of it it takes.

    `signs` are escaped besides CommonMark's; then each match of `active` gives way to `inert` (a template of `re`).
    """

    longest: int
    notice: str
    active: re.Pattern[str]
    inert: str
    signs: str = ""


def render(document: Document, *, dialect: Dialect) -> str:
    """The document as Markdown within the dialect's length."""

    def size(shorter: Document) -> int:
        return len(_Writer(dialect).document(shorter))

    return _Writer(dialect).document(fit(document, size=size, limit=dialect.longest, notice=dialect.notice))


def link(url: str, *, text: str, dialect: Dialect) -> str:
    """A link to a web address."""
    return _Writer(dialect).link(Link(url, text))


class _Writer:
    """Writes documents in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._signs = re.compile(f"[{_SIGNS}{re.escape(dialect.signs)}]")

    def escape(self, text: str) -> str:
        """The text such that it is shown as it is; line ends stay, blanks at the ends of lines do not."""
        lines = "\n".join(line.strip() for line in clean(text).split("\n") if line.strip())
        escaped = self._signs.sub(r"\\\g<0>", lines)
        escaped = _LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", escaped)
        return self._dialect.active.sub(self._dialect.inert, escaped).replace("\n", "\\\n")

    def document(self, document: Document) -> str:
        return "\n\n".join(text for block in document.blocks if (text := self._block(block)))

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(parts):
                return self._run(parts)
            case Heading(text):
                return f"### {self.escape(one_line(text))}" if one_line(text) else ""
            case Code(text, language):
                return _code(clean(text), language=language.lower())
            case Bullets(items):
                return "\n".join(f"* {self._line(item)}" for item in items)
            case Facts(rows):
                named = ((Text(one_line(name), strong=True), value) for name, value in rows)
                return "\n".join(f"* {self._run((name,))}: {self._line(value)}".rstrip() for name, value in named)

    def _line(self, parts: Iterable[Inline]) -> str:
        return self._run(map(_flat, parts))

    def _run(self, parts: Iterable[Inline]) -> str:
        """Words in a row, of which those of one kind are escaped together."""
        return "".join(self._inline(part) for part in _joined(_joined(map(_safe, parts)))).strip()

    def _inline(self, part: Inline) -> str:
        match part:
            case Link():
                return self.link(part)
            case Text(text, code=True):
                return _spaced(text, _inline_code(one_line(text)))
            case Text(text, strong=True):
                return _spaced(text, f"**{self.escape(text.strip())}**")
        return _spaced(part.text, self.escape(part.text))

    def link(self, part: Link) -> str:
        address = one_line(part.url)
        target = _UNSAFE_IN_URL.sub(lambda char: "".join(f"%{byte:02X}" for byte in char[0].encode()), address)
        return f"[{self.escape(one_line(part.text) or address)}]({target})"


def _joined(parts: Iterable[Inline]) -> list[Inline]:
    """Neighbours of one kind made one, since "1" and ". x" would make a list between them, "#" and "12" a reference.

    Strong words that cannot be made strong are plain ones, and may then be neighbours of others: to be done twice.
    """
    out: list[Inline] = []
    for kind, group in groupby(filter(_says, parts), key=_kind):
        listed = list(group)
        if kind == "link":
            out += listed
            continue
        text = "".join(each.text for each in listed)
        out.append(Text(text, strong=kind == "strong" and _can_be_strong(text), code=kind == "code"))
    return out


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


def _can_be_strong(text: str) -> bool:
    # Stars beside other signs or blanks would be taken for words, or for the end of something else.
    inner = clean(text).strip()
    return inner[:1].isalnum() and inner[-1:].isalnum()


def _safe(part: Inline) -> Inline:
    """The part itself; a link that does not lead to the web is only words."""
    if isinstance(part, Text) or is_web(one_line(part.url)):
        return part
    return Text(one_line(part.text) or one_line(part.url))


def _flat(part: Inline) -> Inline:
    if isinstance(part, Link):
        return part
    # Blanks at the ends part the words of neighbours.
    return Text(re.sub(r"\s+", " ", clean(part.text)), strong=part.strong, code=part.code)


def _spaced(text: str, marked: str) -> str:
    """What was marked, with the blanks that parted it from its neighbours."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return f"{before}{marked}{after}" if marked else before


def _code(text: str, *, language: str) -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language if _LANGUAGE.fullmatch(language) else ''}\n{text}\n{fence}"


def _inline_code(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(each) for each in _RUN.findall(text)), default=0)
