"""Atlassian documents: any content survives, and whatever is written is a document in the format's own eyes."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given

from tests.contract.jira import specs
from tests.integrations.jira.texts import DOCUMENTS, TEXTS, fit_to_stand, words_of
from vedette.integrations.jira import adf
from vedette.model.document import Bullets, Code, Document, Facts, Heading, Link, Paragraph, Text
from vedette.sandbox.jira.documents import document_fault

SCHEMA = "adf-schema-full.json"
_folder = specs()
needs_schema = pytest.mark.skipif(
    _folder is None or not (_folder / SCHEMA).is_file(),
    reason=f"NO DOCUMENT WAS HELD AGAINST ITS SCHEMA: set VEDETTE_SPECS to the folder that holds {SCHEMA}",
)


@cache
def schema() -> jsonschema_rs.Validator:
    assert _folder is not None
    return jsonschema_rs.validator_for(json.loads((_folder / SCHEMA).read_bytes()))


def one(document: Any) -> Any:
    (node,) = document["content"]
    return node


@needs_schema
@given(DOCUMENTS)
def test_every_document_agrees_with_the_published_schema(document: Document) -> None:
    rendered = adf.render(document)
    assert [error.message for error in schema().iter_errors(rendered)] == []


@needs_schema
def test_the_schema_refuses_what_is_no_document() -> None:
    assert not schema().is_valid({"type": "doc", "version": 1, "content": [{"type": "text", "text": "bare"}]})
    empty = {"type": "paragraph", "content": [{"type": "text", "text": ""}]}
    assert not schema().is_valid({"type": "doc", "version": 1, "content": [empty]})


@given(DOCUMENTS)
def test_every_document_is_one_that_a_strict_jira_takes(document: Document) -> None:
    assert document_fault(adf.render(document)) is None


@given(TEXTS)
def test_any_words_survive_but_what_no_field_can_hold(text: str) -> None:
    rendered = adf.render(Document((Paragraph((Text(text),)), Code(text))))
    assert words_of(rendered) == fit_to_stand(text) * 2
    assert json.loads(msgspec.json.encode(rendered)) == rendered


def test_strong_code_and_link_are_marks_and_a_line_end_is_a_break() -> None:
    parts = (Text("a\nb", strong=True), Text("f()", strong=True, code=True), Link("https://x.test/1", "one"))
    node = one(adf.render(Document((Paragraph(parts),))))
    assert [child.get("text", child["type"]) for child in node["content"]] == ["a", "hardBreak", "b", "f()", "one"]
    marks = [[mark["type"] for mark in child.get("marks", ())] for child in node["content"]]
    assert marks == [["strong"], [], ["strong"], ["code"], ["link"]]
    assert node["content"][-1]["marks"][0]["attrs"] == {"href": "https://x.test/1"}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.test", "", "https://"]
)
def test_an_address_that_does_not_lead_to_the_web_is_only_words(url: str) -> None:
    node = one(adf.render(Document((Paragraph((Link(url, "click"),)),))))
    assert node["content"] == [{"type": "text", "text": "click"}]


def test_headings_lists_and_facts_become_their_nodes() -> None:
    blocks = (
        Heading("Why"),
        Bullets(((Text("a"),), (Text("b"),))),
        Facts((("Level", (Text("error"),)),)),
        Bullets(()),
        Facts(()),
    )
    kinds = [node["type"] for node in adf.render(Document(blocks))["content"]]
    assert kinds == ["heading", "bulletList", "table"]
    row = adf.render(Document((blocks[2],)))["content"][0]["content"][0]
    assert [cell["type"] for cell in row["content"]] == ["tableHeader", "tableCell"]
    assert words_of(row) == "Levelerror"


def test_a_stack_that_is_too_long_is_cut_with_a_notice_and_costs_nothing_else() -> None:
    sentence = Paragraph((Text("Owned by @acme/pay"),))
    document = Document((Paragraph((Text("boom"),)), Code("é" * 90_000), sentence))
    rendered = adf.render(document)
    assert len(msgspec.json.encode(rendered)) <= 32_767
    assert [words_of(node) for node in rendered["content"]][0::2] == ["boom", "Owned by @acme/pay"]
    assert "Cut here" in words_of(rendered["content"][-1])
    assert len(words_of(rendered["content"][1])) > 10_000
