"""Markdown in every dialect: each character of the content is inert, by a reader that is not ours."""

from collections.abc import Callable

import pytest
from hypothesis import example, given

from tests.integrations.markdown import DOCUMENTS, NASTY_TEXT, PARTS, TEXTS, kinds, shown, tokens
from vedette.integrations.github import markdown as github
from vedette.integrations.github import text as github_text
from vedette.integrations.linear import markdown as linear
from vedette.model.document import Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.rules.fitting import clean, one_line

PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "hardbreak"}
WORDS = PLAIN | {"code_inline", "strong_open", "strong_close", "link_open", "link_close"}
NOTATIONS = (
    *("**x**", "_x_", "`x`", "~~x~~", "# x", "> x", "- x", "+ x", "* x", "1. x", "1) x", "<b>x</b>", "&lt;"),
    *("[x](http://y)", "![x](http://y)", "<http://y>", "---", "***", "a\n===", "a\n---", "|a|\n|-|", "```\nx", "    x"),
    *("\\*x\\*", "C:\\Users\\new", ":smile:", "a  \nb"),
)


Write = Callable[[Document], str]
EACH = pytest.mark.parametrize(
    "write", [pytest.param(linear.render, id="linear"), pytest.param(github.render, id="github")]
)


def run(write: Write, *parts: Inline) -> str:
    """One paragraph."""
    return write(Document((Paragraph(parts),)))


def squeezed(text: str) -> str:
    """The words of a text as they may stand, without blanks."""
    return "".join(clean(text).replace("\u200b", "").split())


def words_of(part: Inline) -> str:
    """The words of a part as a reader should see them, without blanks."""
    return squeezed(part.url if isinstance(part, Link) and not one_line(part.text) else part.text)


@EACH
@given(TEXTS)
def test_any_words_are_shown_as_they_are_and_none_of_them_is_markup(write: Write, text: str) -> None:
    rendered = run(write, Text(text))
    assert shown(rendered) == squeezed(text)
    assert kinds(rendered) <= PLAIN


@EACH
@pytest.mark.parametrize("text", NOTATIONS)
def test_each_notation_is_only_words(write: Write, text: str) -> None:
    rendered = run(write, Text(text))
    assert shown(rendered) == squeezed(text)
    assert kinds(rendered) <= PLAIN


@EACH
@pytest.mark.parametrize("text", ["foo(bar) at 12:30; fine", "app/pay.py:12 in checkout", "50% + more", "well-known"])
def test_ordinary_words_are_left_readable(write: Write, text: str) -> None:
    assert run(write, Text(text)) == text


@EACH
@example((Text("1"), Text(". x(", strong=True)))
@example((Text("0", code=True), Text(""), Text("0", code=True)))
@example((Text("0", strong=True), Link("", ""), Text("\x00"), Text("0", strong=True)))
@given(PARTS)
def test_a_run_of_words_holds_no_markup_but_what_its_parts_ask_for(write: Write, parts: tuple[Inline, ...]) -> None:
    rendered = run(write, *parts)
    assert kinds(rendered) <= WORDS
    assert shown(rendered) == "".join(words_of(each) for each in parts)
    hrefs = [str(each.attrs.get("href")) for each in tokens(rendered) if each.type == "link_open"]
    assert all(href.startswith(("http://", "https://")) for href in hrefs)


@EACH
@given(DOCUMENTS)
def test_no_content_makes_a_block_that_the_document_does_not_have(write: Write, document: Document) -> None:
    rendered = write(document)
    found = [each.type for each in tokens(rendered)]
    assert not {"html_block", "html_inline", "blockquote_open", "hr", "image", "table_open", "code_block"} & set(found)
    assert found.count("fence") == sum(isinstance(each, Code) for each in document.blocks)
    assert found.count("heading_open") <= sum(isinstance(each, Heading) for each in document.blocks)
    assert "ordered_list_open" not in found


@EACH
@example("```")
@example("a\n````\nb")
@example("~~~\n``` \n")
@given(NASTY_TEXT)
def test_no_content_ends_its_code_block(write: Write, text: str) -> None:
    rendered = write(Document((Code(text, "python"), Paragraph((Text("after"),)))))
    fences = [each for each in tokens(rendered) if each.type == "fence"]
    assert [(each.info, each.content.rstrip("\n")) for each in fences] == [("python", clean(text).rstrip("\n"))]


@EACH
def test_each_block_is_what_it_should_be(write: Write) -> None:
    link = Link("https://acme.sentry.io/issues/7/", "MERCHANT-1")
    rendered = write(
        Document(
            (
                Paragraph((Text("bad", strong=True), Text(" in "), Text("a`b", code=True), Text(" see "), link)),
                Heading("Stack"),
                Code("x = 1", "python"),
                Bullets(((Text("one\ntwo"),), (link,))),
                Facts((("Level", (Text("error"),)),)),
            )
        )
    )
    assert rendered == (
        "**bad** in ``a`b`` see [MERCHANT-1](https://acme.sentry.io/issues/7/)\n\n### Stack\n\n"
        "```python\nx = 1\n```\n\n* one two\n* [MERCHANT-1](https://acme.sentry.io/issues/7/)\n\n* **Level**: error"
    )


@EACH
@pytest.mark.parametrize("strong", ["(x)", "*x*", " x ", "x:", "x", "", "`"])
def test_strong_words_between_others_are_shown_whole(write: Write, strong: str) -> None:
    rendered = run(write, Text("a"), Text(strong, strong=True), Text("b"), Text("c", code=True), Text("d", strong=True))
    assert shown(rendered) == squeezed(f"a{strong}bcd")


@EACH
def test_a_link_that_leads_nowhere_safe_is_only_words(write: Write) -> None:
    assert run(write, Link("javascript:alert(1)", "click")) == "click"
    assert "link_open" not in kinds(run(write, Link("file:///etc/passwd", "")))


@EACH
def test_a_long_body_is_cut_at_its_longest_block_and_says_so(write: Write) -> None:
    long = Document((Paragraph((Text("why you"),)), Code("line\n" * 40_000), Paragraph((Text("the end"),))))
    rendered = write(long)
    assert len(rendered) <= github_text.LONGEST_TEXT
    assert rendered.startswith("why you")
    assert "the end" in rendered
    assert rendered.endswith("Cut here, being too long. The whole stands in Sentry.")
