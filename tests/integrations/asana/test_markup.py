"""Whatever the words are, Asana takes them and shows them: well-formed, of the allowed tags, and nothing lost."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.jira.texts import DOCUMENTS, TEXTS
from vedette.integrations.asana import markup
from vedette.model.document import Bullets, Code, Document, Facts, Heading, Link, Paragraph, Text
from vedette.rules.fitting import clean
from vedette.sandbox.asana import richtext

LINK = "https://acme.sentry.io/issues/4711/"
WHOLE = Document(
    (
        Paragraph((Text("boom", strong=True), Text(" in "), Text("checkout()", code=True))),
        Heading("Stack"),
        Code("a < b\n  c"),
        Bullets(((Text("one"),), (Link(LINK, "Sentry"),))),
        Facts((("Level", (Text("error"),)),)),
    )
)


@given(DOCUMENTS)
def test_every_document_is_taken_as_notes_and_as_a_comment(document: Document) -> None:
    for text, allowed in (
        (markup.notes(document, footer=markup.anchor(LINK)), richtext.NOTES),
        (markup.comment(document), richtext.COMMENT),
    ):
        assert richtext.fault(text, allowed=allowed) is None
        assert len(text) <= markup.LONGEST + len("<body></body>")


@given(TEXTS)
def test_any_text_survives(text: str) -> None:
    document = Document((Paragraph((Text(text),)), Code(text)))
    root = ET.fromstring(markup.notes(document))
    assert root.text == f"{clean(text)}\n"
    assert root[0].text == (clean(text) or None)


@given(TEXTS, TEXTS)
def test_any_link_is_a_web_link_or_plain_words(url: str, text: str) -> None:
    root = ET.fromstring(f"<body>{markup.anchor(url, text)}</body>")
    assert all(each.get("href", "").lower().startswith(("http://", "https://")) for each in root)


def test_a_whole_document_by_example() -> None:
    assert markup.notes(WHOLE, footer="\nend") == (
        "<body><strong>boom</strong> in <code>checkout()</code>\n"
        "<h2>Stack</h2><pre>a &lt; b\n  c</pre>\n"
        f'<ul><li>one</li><li><a href="{LINK}">Sentry</a></li></ul>\n'
        "<strong>Level</strong>: error\n\nend</body>"
    )


def test_a_comment_has_no_headings() -> None:
    assert "<strong>Stack</strong>\n" in markup.comment(WHOLE)
    assert "<h2>" not in markup.comment(WHOLE)


def test_the_longest_block_gives_way_and_the_footer_never() -> None:
    document = Document((Code("x" * 100_000), Paragraph((Text("why you"),))))
    text = markup.notes(document, footer=markup.anchor(LINK))
    assert len(text) <= markup.LONGEST + len("<body></body>")
    assert "why you" in text
    assert markup.NOTICE in text
    assert text.endswith(f'<a href="{LINK}">{LINK}</a></body>')


@given(st.text(max_size=3000))
def test_a_title_is_one_line_that_fits_and_keeps_its_link(words: str) -> None:
    title = markup.fit_title(f"{words} {LINK}", link=LINK)
    assert title.endswith(LINK)
    assert len(title) <= markup.LONGEST_TITLE
    assert "\n" not in title


@pytest.mark.parametrize("text", ["a < b & c", 'it\'s "quoted"', "&amp;lt;"])
def test_plain_words_of_our_own_rich_text_are_the_words(text: str) -> None:
    assert markup.plain(markup.notes(Document((Paragraph((Text(text),)),)))) == f"{text}\n"
