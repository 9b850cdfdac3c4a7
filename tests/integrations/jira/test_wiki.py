"""Wiki text: every character of the content is inert, whatever the content is."""

import pytest
from hypothesis import given

from tests.integrations.jira.texts import DOCUMENTS, NASTY_TEXT, TEXTS, fit_to_stand, shown
from vedette.integrations.jira import wiki
from vedette.integrations.jira.text import units
from vedette.model.document import Bullets, Code, Document, Facts, Heading, Link, Paragraph, Text

NOTATIONS = (
    *(
        "{code}",
        "[x|http://y]",
        "a|b",
        "!x.png!",
        "{color:red}",
        "*x*",
        "_x_",
        "-x-",
        "----",
        "||a||",
        "??x??",
        "{{x}}",
    ),
    *("(/)", ":)", "\\\\", "C:\\Users\\new", "&lt;", "~x~", "^x^", "+x+", "[~admin]", "a -b- c"),
    *("\\)", "a&b;)", "h1. x", "bq. x", "# x", "* x", "- x"),
)


@given(TEXTS)
def test_any_words_are_shown_as_they_are_and_none_of_them_is_markup(text: str) -> None:
    assert shown(wiki.escape(text)) == (fit_to_stand(text), [])


@pytest.mark.parametrize("text", NOTATIONS)
def test_each_notation_of_the_wiki_is_only_words(text: str) -> None:
    assert shown(text)[1] or "\\" in text, "the judge must see the markup that is to be escaped"
    assert shown(wiki.escape(text)) == (text, [])


@pytest.mark.parametrize(
    "text", ["snake_case and kebab-case", "foo(bar) at 12:30; fine", "app/pay.py:12 in checkout", "50% & more"]
)
def test_ordinary_words_are_left_readable(text: str) -> None:
    assert wiki.escape(text) == text


@given(NASTY_TEXT)
def test_no_content_ends_its_code_block(text: str) -> None:
    rendered = wiki.render(Document((Code(text), Code(text, "python"))))
    assert rendered.count("{noformat}") == 2
    assert rendered.count("{code}") == 1
    assert rendered.startswith("{noformat}\n")
    assert rendered.endswith("\n{code}")
    assert fit_to_stand(text) in rendered.replace("{\u2060", "{")


def test_a_language_that_jira_does_not_know_makes_no_error_macro() -> None:
    assert wiki.render(Document((Code("x", "brainf"),))) == "{noformat}\nx\n{noformat}"
    assert wiki.render(Document((Code("x", "Python"),))) == "{code:python}\nx\n{code}"


@given(DOCUMENTS)
def test_every_document_is_text_that_jira_can_hold(document: Document) -> None:
    rendered = wiki.render(document)
    assert rendered == fit_to_stand(rendered)
    assert units(rendered) <= 32_767


@given(NASTY_TEXT)
def test_a_row_stays_one_row_and_a_bullet_one_bullet(text: str) -> None:
    rendered = wiki.render(Document((Facts(((text, (Text(text),)), ("b", (Text(text),)))), Bullets(((Text(text),),)))))
    table, _, bullets = rendered.partition("\n\n")
    assert [line[:2] for line in table.split("\n")] == ["||", "||"]
    assert [line[:2] for line in bullets.split("\n")] == ["* "]


def test_links_lead_only_to_the_web_and_cannot_be_broken_out_of() -> None:
    parts = (Link("https://x.test/a|b]c {d}", "see | ]"), Link("javascript:alert(1)", "bad"), Link("https://y.test/1"))
    rendered = wiki.render(Document((Paragraph(parts),)))
    assert rendered == r"[see \| \]|https://x.test/a%7Cb%5Dc%20%7Bd%7D]bad[https://y.test/1]"


@given(NASTY_TEXT, NASTY_TEXT)
def test_words_in_two_pieces_make_no_markup_between_them(first: str, second: str) -> None:
    assert shown(wiki.render(Document((Paragraph((Text(first), Text(second))),))))[1] == []
    assert wiki.render(Document((Paragraph((Text("h1"), Text(". x"))),))) == "h1\\. x"


def test_strong_code_and_headings() -> None:
    document = Document(
        (
            Heading("Why *now*"),
            Paragraph((Text("a*b", strong=True), Text(" "), Text("f{}", code=True), Text("", strong=True))),
        )
    )
    assert wiki.render(document) == "h3. Why \\*now\\*\n\n*a\\*b* {{f\\{\\}}}"


def test_a_stack_that_is_too_long_is_cut_with_a_notice() -> None:
    rendered = wiki.render(Document((Code("🐎" * 40_000), Paragraph((Text("Owned by @acme/pay"),)))))
    assert units(rendered) <= 32_767
    assert rendered.startswith("{noformat}\n🐎🐎")
    assert "Owned by @acme/pay\n\nCut here" in rendered


def test_the_marker_line_of_a_comment_is_quiet_and_inert() -> None:
    assert (
        wiki.marker_line("vedette-default-1-main-1 {x}\n") == "{color:#97a0af}vedette-default-1-main-1 \\{x\\}{color}"
    )
