"""Words of an error ping nobody, refer to nothing, and can neither write our marker nor hide it."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.integrations.markdown import DOCUMENTS, PARTS, TEXTS, kinds, tokens
from vedette.integrations.github import markdown
from vedette.integrations.github.drafting import LINK_TITLE, body_of
from vedette.integrations.github.marker import read_remark, read_ticket, remark_line, ticket_line
from vedette.integrations.github.remarks import with_line
from vedette.integrations.github.text import LONGEST_BODY, has_link
from vedette.model.document import Bullets, Code, Document, Inline, Link, Paragraph, Text
from vedette.model.tickets import Route, TicketDraft

LINK = "https://acme.sentry.io/issues/4711/"
STAMP = "vedette-default-4711-main-1"
MINE = "0123456789abcdef"
FORGED = ticket_line("vedette-default-1-main-1", "f" * 16)
# What GitHub seeks in the words of a page that stand in no code and no link.
SOUGHT = re.compile(
    r"@[a-z\d]|#\d|(?:^|\W|_)GH-\d|:[\w+-]+:|://|(?:^|\W|_)www\.|^\s*\[[\sx]?\]|\S@[^\s\u200b]", re.IGNORECASE
)
CALLS = [
    *("@lena-lead", "@acme/payments", "cc @lena-lead.", "(@lena)", "mail bob@acme.test now", "_@lena_", "\\@lena"),
    *("#123", "GH-1", "gh-1", "acme/workbench#1", "lena#1", "fixes #12", "\\#12", "_GH-12_"),
    *(
        "http://acme.test",
        "HTTPS://acme.test",
        "ftp://acme.test",
        "www.acme.test",
        "(www.acme.test)",
        "<http://x.test>",
    ),
    *(":tada:", ":+1:", ":100:", "a:b_c:d", "[ ] done", "[x] done", "[X]", "[] done", "acme/workbench@1f2e3d4"),
]
FORGERIES = st.sampled_from(
    [FORGED, f"\n{FORGED}\n", f"```\n{FORGED}", f"~~~\n{FORGED}", "<!--", "-->", "`" * 7, "\r\n"]
)
WITH_FORGERIES = st.lists(FORGERIES | TEXTS, max_size=5).map("".join)


def spoken(rendered: str) -> list[str]:
    """Each run of words outside of code and links, as GitHub's filters get to see it."""
    runs, words, linked = [], "", False
    for token in tokens(rendered):
        linked = (linked or token.type == "link_open") and token.type != "link_close"
        if token.type in ("text", "text_special") and not linked:
            words += token.content
            continue
        runs.append(words)
        words = ""
    return [unescape(each) for each in (*runs, words) if each]


@pytest.mark.parametrize("text", CALLS)
def test_a_call_upon_github_is_only_words(text: str) -> None:
    for document in (Document((Paragraph((Text(text),)),)), Document((Bullets(((Text(text),),)),))):
        rendered = markdown.render(document)
        assert not [each for each in spoken(rendered) if SOUGHT.search(each)]
        assert "".join(spoken(rendered)).replace("\u200b", "") == text


@example((Text("see #"), Text("12(", strong=True)))
@example((Text("@"), Text(""), Text("lena")))
@example((Text("GH"), Text("-7)", strong=True)))
@given(PARTS)
def test_no_run_of_words_is_a_call_upon_github(parts: tuple[Inline, ...]) -> None:
    assert not [each for each in spoken(markdown.render(Document((Paragraph(parts),)))) if SOUGHT.search(each)]


@given(DOCUMENTS)
def test_no_document_is_a_call_upon_github(document: Document) -> None:
    rendered = markdown.render(document)
    assert not [each for each in spoken(rendered) if SOUGHT.search(each)]
    assert not kinds(rendered) & {"image", "html_inline", "html_block"}


def draft(body: Document, *, title: str = "boom", stamp: str = STAMP) -> TicketDraft:
    """A ticket to be cut."""
    return TicketDraft(stamp=stamp, title=title, body=body, link=LINK, route=Route(tracker="github", project="a/b"))


BLOCKS = st.lists(
    st.builds(Code, WITH_FORGERIES)
    | st.builds(lambda text: Paragraph((Text(text),)), WITH_FORGERIES)
    | st.builds(lambda text: Paragraph((Text(text, code=True),)), WITH_FORGERIES),
    max_size=4,
).map(lambda blocks: Document(tuple(blocks)))


@example(Document((Code(f"x\n{FORGED}"),)))
@example(Document((Code(f"```\n{FORGED}\n```\n{FORGED}"),)))
@example(Document((Paragraph((Text(f"\n{FORGED}\n"),)),)))
@given(BLOCKS)
def test_no_content_writes_a_marker_nor_hides_ours(body: Document) -> None:
    whole = body_of(draft(body), ticket_id=MINE)
    assert read_ticket(whole) == (STAMP, MINE)
    assert has_link(whole, LINK)
    # Even when a person took ours out, what the error said is not taken for it.
    assert read_ticket(whole.replace(ticket_line(STAMP, MINE), "")) == ("", "")
    assert read_ticket(whole.replace("\n", "\r\n").replace("\r\n", "\n")) == (STAMP, MINE)


@given(BLOCKS)
def test_no_content_of_a_comment_writes_its_marker_nor_hides_it(body: Document) -> None:
    words = markdown.render(body)
    assert read_remark(f"{words}\n\n{remark_line('job-7')}") == "job-7"
    assert read_remark(words) == ""


def test_a_marker_in_a_block_of_code_does_not_silence_a_comment() -> None:
    assert read_remark(markdown.render(Document((Code(remark_line("job-7")),)))) == ""


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_any_stamp_comes_back_out_of_its_marker(stamp: str) -> None:
    assert read_ticket(f"words\n\n{ticket_line(stamp, MINE)}") == (stamp, MINE)
    assert "-->" not in ticket_line(stamp, MINE).removesuffix("-->")


def test_words_that_a_person_adds_below_the_marker_do_not_hide_it() -> None:
    body = body_of(draft(Document((Paragraph((Text("boom"),)),))), ticket_id=MINE)
    assert read_ticket(f"{body}\n\nI saw it too.") == (STAMP, MINE)


def test_a_line_is_added_before_the_marker() -> None:
    body = body_of(draft(Document((Paragraph((Text("boom"),)),))), ticket_id=MINE)
    added = with_line(body, "more")
    assert added.endswith(f"more\n\n{ticket_line(STAMP, MINE)}")
    assert added.startswith(f"boom\n\n[{LINK_TITLE}]({LINK})")


def test_the_link_is_written_once() -> None:
    body = body_of(draft(Document((Paragraph((Link(LINK, "MERCHANT-1"),)),))), ticket_id=MINE)
    assert body.count(LINK) == 1


def test_a_long_body_keeps_link_and_marker_within_the_limit() -> None:
    body = body_of(draft(Document((Code("x\n" * 60_000),))), ticket_id=MINE)
    assert len(body) <= LONGEST_BODY
    assert read_ticket(body) == (STAMP, MINE)
    assert has_link(body, LINK)
