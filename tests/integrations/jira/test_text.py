"""Titles, labels' neighbours and cutting: what fits is left alone, what does not is cut where it hurts least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.jira.texts import DOCUMENTS, TEXTS, fit_to_stand
from vedette.integrations.jira import adf, jql
from vedette.integrations.jira.text import NOTICE, fit, fit_title, units
from vedette.model.document import Bullets, Document, Facts, Heading, Link, Paragraph, Text, plain
from vedette.rules.fitting import clean
from vedette.sandbox.jira.jql import Clause, parse

LINK = "https://acme.sentry.io/issues/4711/"


@given(TEXTS)
def test_cleaning_takes_only_what_no_field_can_hold(text: str) -> None:
    assert clean(text) == fit_to_stand(text)


@given(st.text(st.characters(), max_size=400), st.sampled_from(["", " ", "\n"]))
def test_a_title_is_one_line_of_at_most_255_units_that_keeps_its_link(words: str, between: str) -> None:
    title = fit_title(f"{words}{between or ' '}{LINK}", link=LINK)
    assert title.endswith(LINK)
    assert len(title.encode("utf-16-le")) // 2 <= 255
    assert title == " ".join(title.split())


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (f"boom {LINK}", f"boom {LINK}"),
        (f"a\nb {LINK}", f"a b {LINK}"),
        ("x" * 300, "x" * 254 + "…"),
        (f"{'x' * 300} {LINK}", "x" * (255 - len(LINK) - 2) + f"… {LINK}"),
        (LINK, LINK),
    ],
)
def test_titles_by_example(title: str, expected: str) -> None:
    assert fit_title(title, link=LINK) == expected


@given(DOCUMENTS, st.integers(200, 3000))
def test_a_document_that_does_not_fit_is_cut_until_it_does_and_says_so(document: Document, limit: int) -> None:
    def size(shorter: Document) -> int:
        return units(plain(shorter))

    fitted = fit(document, size=size, limit=limit)
    assert size(fitted) <= limit
    assert (fitted == document) is (size(document) <= limit)
    assert fitted == document or plain(fitted).endswith(NOTICE)


@pytest.mark.parametrize(
    "large",
    [
        Paragraph((Text("a"), Text("x" * 5000))),
        Paragraph((Text("x" * 5000), Link("https://x.test/" + "y" * 5000))),
        Heading("x" * 5000),
        Bullets(tuple((Text("x" * 300),) for _ in range(20))),
        Bullets(((Text("x" * 5000),),)),
        Facts(tuple((f"n{place}", (Text("x" * 300),)) for place in range(20))),
        Facts((("n", (Text("x" * 5000),)),)),
    ],
    ids=lambda block: type(block).__name__,
)
def test_each_kind_of_block_gives_way(large: Paragraph | Heading | Bullets | Facts) -> None:
    last = Paragraph((Text("the end"),))
    fitted = fit(Document((large, last)), size=lambda shorter: units(plain(shorter)), limit=1000)
    assert last in fitted.blocks
    assert units(plain(fitted)) <= 1000


def test_what_fits_by_a_hair_is_not_cut() -> None:
    document = Document((Paragraph((Text("x" * 100),)),))
    assert fit(document, size=lambda each: units(plain(each)), limit=100) is document
    assert words_are_whole(adf.render(document))


def words_are_whole(rendered: dict[str, object]) -> bool:
    return NOTICE not in str(rendered)


@given(TEXTS)
def test_any_text_comes_back_out_of_a_query_as_it_went_in(text: str) -> None:
    query = parse(f"labels = {jql.quoted(text)} AND project = {jql.quoted('WB')}")
    values = [part.values for part in query.where.parts if isinstance(part, Clause)]  # type: ignore[union-attr]
    assert values == [(text,), ("WB",)]


@given(TEXTS)
def test_a_phrase_is_one_phrase_whatever_is_in_it(text: str) -> None:
    clause = parse(f"summary ~ {jql.phrase(text)}").where
    assert isinstance(clause, Clause)
    (value,) = clause.values
    assert value is not None
    assert value[0] == value[-1] == '"'
    inner = value[1:-1]
    assert inner.replace('\\"', '"').replace("\\\\", "\\") == text or "\\" in text
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


def test_a_text_cannot_add_a_clause_to_a_query() -> None:
    label = 'x" OR project = "SECRET'
    assert parse(f"labels = {jql.quoted(label)}").where == Clause("labels", "=", (label,))
