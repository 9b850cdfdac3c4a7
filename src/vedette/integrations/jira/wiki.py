"""Wiki text: a ticket's body as Jira Data Center takes it, every character of its content inert.

A backslash escapes, but two of them are a line break, hence the entity for the backslash itself.
Notation: https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
"""

import re
from collections.abc import Iterable
from itertools import groupby

from vedette.integrations.jira.text import fit, units
from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.rules.fitting import clean, is_web, one_line

_BACKSLASH = "&#92;"
_SPECIAL = re.compile(r"[{}\[\]*_+^~|!?#-]")
# Between letters or digits these two are ordinary (snake_case, a-b); elsewhere they may begin or end a phrase.
_ORDINARY = re.compile(r"(?<=[^\W_])[_-](?=[^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_OURS = re.compile(r"&#(?:38|92);")
_EMOTICON = re.compile(r":(?=[)(DPp])|;(?=\))|\((?=(?:[ynix/+]|on|off|flag|flagoff)\))")
_LINE_MARK = re.compile(r"^(\s*)(h[1-6]|bq)\.", re.MULTILINE)
_MACRO = re.compile(r"\{(?=code|noformat)")
# An unknown language makes Jira show an error in place of the code.
_LANGUAGES = frozenset(
    {"bash", "c", "c#", "c++", "css", "go", "html", "java", "javascript", "json", "kotlin", "php", "python", "ruby"}
    | {"rust", "scala", "sql", "xml", "yaml"}
)
_UNSAFE_IN_URL = re.compile(r"[\s|\[\]{}<>\"^`\\!*]")


def render(document: Document) -> str:
    """The document as wiki text that fits into a description or a comment."""
    return _render(fit(document, size=lambda shorter: units(_render(shorter))))


def marker_line(marker: str) -> str:
    """The quiet last line by which a comment is known again."""
    return f"{{color:#97a0af}}{escape(one_line(marker))}{{color}}"


def escape(text: str) -> str:
    """The text such that Jira shows it as it is; line ends stay."""
    words = _ENTITY.sub("&#38;", clean(text)).replace("\\", _BACKSLASH)
    ordinary = {match.start() for match in _ORDINARY.finditer(words)}
    ours = list(_OURS.finditer(words))
    entity = {match.start() + 1 for match in ours}
    # The end of our own entity may be the eye of a face; then its mouth is escaped.
    ends = {match.end() - 1 for match in ours}
    emoticon = {match.start() + (match.start() in ends) for match in _EMOTICON.finditer(words)}
    special = {match.start() for match in _SPECIAL.finditer(words)} - ordinary - entity
    marks = {match.end() - 1 for match in _LINE_MARK.finditer(words)}
    escaped = special | emoticon | marks
    return "".join(f"\\{char}" if place in escaped else char for place, char in enumerate(words))


def _render(document: Document) -> str:
    return "\n\n".join(text for block in document.blocks if (text := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Paragraph(parts):
            return _run(parts)
        case Heading(text):
            return f"h3. {escape(one_line(text))}"
        case Code(text, language):
            return _code(clean(text), language=language.lower())
        case Bullets(items):
            return "\n".join(f"* {_line(item)}" for item in items)
        case Facts(rows):
            return "\n".join(f"||{escape(one_line(name)) or ' '}|{_line(value) or ' '}|" for name, value in rows)


def _code(text: str, *, language: str) -> str:
    # Nothing can be escaped inside; a word joiner, which is not seen, keeps the content from ending the block.
    inert = _MACRO.sub("{\u2060", text)
    if language in _LANGUAGES:
        return f"{{code:{language}}}\n{inert}\n{{code}}"
    return f"{{noformat}}\n{inert}\n{{noformat}}"


def _line(parts: Iterable[Inline]) -> str:
    return " ".join(_run(parts).split("\n")).strip()


def _run(parts: Iterable[Inline]) -> str:
    """Words in a row. Plain ones are escaped together, or "h1" and "." would make a heading between them."""
    out: list[str] = []
    for is_plain, group in groupby(parts, key=lambda part: isinstance(part, Text) and not (part.strong or part.code)):
        if is_plain:
            out.append(escape("".join(part.text for part in group if isinstance(part, Text))))
        else:
            out += map(_inline, group)
    return "".join(out)


def _inline(part: Inline) -> str:
    match part:
        case Link(url, text):
            return _link(one_line(url), text=one_line(text))
        case Text(text, code=True):
            return _marked(one_line(text), before="{{", after="}}")
        case Text(text, strong=True):
            return _marked(one_line(text), before="*", after="*")
        case Text(text):
            return escape(text)


def _marked(text: str, *, before: str, after: str) -> str:
    return f"{before}{escape(text)}{after}" if text else ""


def _link(url: str, *, text: str) -> str:
    if not is_web(url):
        return escape(text or url)
    target = _UNSAFE_IN_URL.sub(lambda char: f"%{ord(char[0]):02X}", url)
    return f"[{escape(text)}|{target}]" if text and text != url else f"[{target}]"
