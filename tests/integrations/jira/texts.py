"""Readers of what the translations write, and documents to translate: written apart from the product, to judge it."""

import re
from typing import Any

from hypothesis import strategies as st

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text

# `characters()` holds control characters and lone surrogates too, which `text()` alone leaves out.
ANY_TEXT = st.text(st.characters(), max_size=60)
# Mostly what markup is made of, since random text seldom is.
_MARKS = ["{code}", "{noformat}", *"{}[]!*_-+^~#", "??", "\\", "\\\\", "&", "&amp;", "&#92;", ":)", ";)", "(/)", "(y)"]
_LINES = ["h1.", "h1. ", "bq. ", "a", "b c", "[~name]"]
_BLANKS = ["|", "||", "\n", "\n\n", " ", "\t", "\r\n", "\x00", "\ud800", "\u2028", "é", "🐎", '"', "'", "$", "1"]
_PAIRS = ["http://x.test/a_b-c", "{{", "}}"]
NASTY_TEXT = st.lists(st.sampled_from([*_MARKS, *_LINES, *_BLANKS, *_PAIRS]), max_size=12).map("".join)
TEXTS = ANY_TEXT | NASTY_TEXT
URLS = st.sampled_from(
    [
        "https://acme.sentry.io/issues/7/",
        "http://x.test/a|b]c",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "",
        "https://",
    ]
)
INLINES: st.SearchStrategy[Inline] = st.one_of(
    st.builds(Text, TEXTS, strong=st.booleans(), code=st.booleans()), st.builds(Link, URLS, TEXTS)
)
PARTS = st.lists(INLINES, max_size=4).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, PARTS),
    st.builds(Heading, TEXTS),
    st.builds(Code, TEXTS, st.sampled_from(["", "python", "PYTHON", "nonsense"])),
    st.builds(Bullets, st.lists(PARTS, max_size=3).map(tuple)),
    st.builds(Facts, st.lists(st.tuples(TEXTS, PARTS), max_size=3).map(tuple)),
)
DOCUMENTS = st.lists(BLOCKS, max_size=5).map(lambda blocks: Document(tuple(blocks)))

_UNFIT = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\ufffe", "\uffff"} - {"\t", "\n"}


def fit_to_stand(text: str) -> str:
    """The text as Jira may hold it: the reference for `clean`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char not in _UNFIT and not 0xD800 <= ord(char) <= 0xDFFF)


def words_of(node: Any) -> str:
    """The words of an Atlassian document's node, as a reader sees them."""
    if node["type"] == "hardBreak":
        return "\n"
    return str(node.get("text", "")) + "".join(words_of(child) for child in node.get("content", ()))


_ORDINARY = re.compile(r"[^\W_]")


def shown(wiki: str) -> tuple[str, list[str]]:
    """What Jira shows of inline wiki text, and every piece in it that is markup and not content."""
    out: list[str] = []
    markup: list[str] = []
    at = 0
    while at < len(wiki):
        char = wiki[at]
        if entity := re.match(r"&#(\d+);", wiki[at:]):
            out.append(chr(int(entity[1])))
            at += entity.end()
        elif char == "\\":
            if wiki[at + 1 : at + 2] == "\\":
                markup.append("line break")
            out.append(wiki[at + 1 : at + 2])
            at += 2
        else:
            if _is_markup(wiki, at):
                markup.append(wiki[at : at + 4])
            out.append(char)
            at += 1
    return "".join(out), markup


def _is_markup(wiki: str, at: int) -> bool:
    char, rest = wiki[at], wiki[at:]
    if char in "_-":
        before, after = wiki[at - 1 : at] if at else "", wiki[at + 1 : at + 2]
        return not (_ORDINARY.fullmatch(before) and _ORDINARY.fullmatch(after))
    if char in "{}[]*+^~|!?#":
        return True
    if re.match(r"&#?\w+;|:[)(DPp]|;\)|\((?:[ynix/+!?*-]|on|off|flag|flagoff)\)", rest):
        return True
    line = wiki[wiki.rfind("\n", 0, at) + 1 : at]
    return not line.strip() and re.match(r"(?:h[1-6]|bq)\.", rest) is not None
