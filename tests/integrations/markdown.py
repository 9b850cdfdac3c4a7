"""A reader of Markdown that is not ours, and documents to translate, to judge the translation."""

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text

# Linear and GitHub read more than CommonMark: tables and struck-out words too.
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

_MARKS = ["**", "*", "_", "__", "`", "```", "~~", "#", "##", "<b>", "<!--", "&amp;", "&", "\\", "\\\\", "[x](http://y)"]
_MORE = ["![i](http://y/z.png)", "[", "]", "(", ")", "|", "|-|-|", "---", "===", "+", "-", "1.", "1)", ">", ":smile:"]
_BLANKS = ["\n", "\n\n", " ", "    ", "\t", "\r\n", "\x00", "\ud800", "a", "b c", "é", "🐎", "1", "@lead", "$x$", "!"]
_CALLS = [
    "@",
    "acme/team",
    "#",
    "12",
    "GH",
    "-7",
    "www",
    ".x.test",
    "http",
    "://x",
    ":",
    "tada:",
    "[ ]",
    "[x]",
    "mail@x.test",
]
NASTY_TEXT = st.lists(st.sampled_from([*_MARKS, *_MORE, *_BLANKS, *_CALLS]), max_size=12).map("".join)
TEXTS = st.text(st.characters(), max_size=60) | NASTY_TEXT
URLS = st.sampled_from(
    [
        "https://acme.sentry.io/issues/7/",
        "http://x.test/a|b]c)d(e",
        "http://x.test/a b<c>d\\e",
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
    st.builds(Code, TEXTS, st.sampled_from(["", "python", "PYTHON", "non sense", "`"])),
    st.builds(Bullets, st.lists(PARTS, max_size=3).map(tuple)),
    st.builds(Facts, st.lists(st.tuples(TEXTS, PARTS), max_size=3).map(tuple)),
)
DOCUMENTS = st.lists(BLOCKS, max_size=5).map(lambda blocks: Document(tuple(blocks)))


def tokens(markdown: str) -> list[Token]:
    """What a reader of Markdown sees, flat."""
    found: list[Token] = []
    for each in _READER.parse(markdown):
        found += [each, *(each.children or ())]
    return found


def shown(markdown: str) -> str:
    """The words that a reader sees, without any blank, not even one of no width."""
    said = [
        each.content
        for each in tokens(markdown)
        if each.type in ("text", "code_inline", "fence", "code_block", "html_inline", "html_block", "text_special")
    ]
    return "".join("".join(said).replace("\u200b", "").split())


def kinds(markdown: str) -> set[str]:
    """The kinds of markup in it."""
    return {each.type for each in tokens(markdown)}
