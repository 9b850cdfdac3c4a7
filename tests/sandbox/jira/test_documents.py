"""Atlassian documents: what is refused, held against the published schema where it is at hand, and what is shown."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.jira import needs_specs, specs
from tests.sandbox.jira.asking import document
from vedette.sandbox.jira.documents import document_fault
from vedette.sandbox.jira.rendering import body_html, wiki_html


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def text(words: str, *marks: str, href: str = "") -> dict[str, Any]:
    made: list[dict[str, Any]] = [{"type": mark} for mark in marks]
    made += [{"type": "link", "attrs": {"href": href}}] if href else []
    return {"type": "text", "text": words, **({"marks": made} if made else {})}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"content": list(content)} if content else {}), **({"attrs": attrs} if attrs else {})}


def para(*content: Any) -> dict[str, Any]:
    return node("paragraph", *content)


SOUND = {
    "empty": doc(),
    "an empty paragraph": doc(para()),
    "words": document("words"),
    "a heading": doc(node("heading", text("Stack"), level=3)),
    "code": doc(node("codeBlock", text("a < b"), language="python")),
    "code without words": doc(node("codeBlock")),
    "a list": doc(node("bulletList", node("listItem", para(text("one"))), node("listItem", para(text("two"))))),
    "a nested list": doc(
        node("bulletList", node("listItem", para(text("a")), node("orderedList", node("listItem", para(text("b"))))))
    ),
    "marks": doc(para(text("bold", "strong"), text("code", "code"), text("link", href="https://acme.test/"))),
    "linked code": doc(
        para({"type": "text", "text": "x", "marks": [{"type": "code"}, text("", href="https://a.test")["marks"][0]]})
    ),
    "a break": doc(para(text("a"), node("hardBreak"), text("b"))),
    "a rule": doc(node("rule")),
    "a panel": doc(node("panel", para(text("careful")), panelType="warning")),
    "a quote": doc(node("blockquote", para(text("said")))),
    "a table": doc(
        node("table", node("tableRow", node("tableHeader", para(text("k"))), node("tableCell", para(text("v")))))
    ),
    "an expand": doc(node("expand", para(text("inside")), title="More")),
    "a card": doc(para(node("inlineCard", url="https://acme.test/"))),
}
BROKEN = {
    "empty text": document(""),
    "no version": {"type": "doc", "content": []},
    "another version": {"type": "doc", "version": 2, "content": []},
    "text at the top": doc(text("words")),
    "an unknown node": doc(node("marquee")),
    "an unknown mark": doc(para(text("x", "blink"))),
    "bold code": doc(para(text("x", "strong", "code"))),
    "a paragraph in a paragraph": doc(para(para(text("x")))),
    "an item outside of a list": doc(node("listItem", para(text("x")))),
    "words straight in an item": doc(node("bulletList", node("listItem", text("x")))),
    "a list without items": doc(node("bulletList")),
    "marks inside a code block": doc(node("codeBlock", text("x", "strong"))),
    "a heading without a level": doc({"type": "heading", "content": [text("x")]}),
    "a heading of level 7": doc(node("heading", text("x"), level=7)),
    "a link without an address": doc(para({"type": "text", "text": "x", "marks": [{"type": "link"}]})),
    "a panel without a kind": doc(node("panel", para(text("x")))),
    "an unknown key": doc({"type": "paragraph", "content": [], "colour": "red"}),
    "a heading inside a quote": doc(node("blockquote", node("heading", text("x"), level=1))),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_document_is_taken(name: str) -> None:
    assert document_fault(SOUND[name]) is None


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused_with_the_place(name: str) -> None:
    assert document_fault(BROKEN[name])


@needs_specs
def test_the_published_schema_agrees_with_every_verdict_of_the_tables() -> None:
    folder = specs()
    assert folder is not None
    schema = jsonschema_rs.validator_for(json.loads((folder / "adf-schema-full.json").read_bytes()))
    disagreed = [name for name, made in SOUND.items() if not schema.is_valid(made)]
    disagreed += [name for name, made in BROKEN.items() if schema.is_valid(made)]
    assert disagreed == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "content", "attrs", "marks", "text"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_value_makes_the_checker_fall_over(value: Any) -> None:
    assert document_fault(value) is None or isinstance(document_fault(value), str)
    assert document_fault(doc(para(value))) is None or "/0" in str(document_fault(doc(para(value))))


@given(st.text())
def test_no_words_become_markup_of_their_own(words: str) -> None:
    shown = wiki_html(words) + (body_html(document(words)) if words else "")
    stray = set(re.findall(r"<\s*/?([a-zA-Z!?]+)", shown)) - {
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
        "a",
        "strong",
        "em",
    }
    assert stray == set()


def test_every_sound_document_is_shown() -> None:
    shown = {name: body_html(made) for name, made in SOUND.items()}
    assert shown["code"] == "<pre><code>a &lt; b</code></pre>"
    assert shown["a heading"] == "<h4>Stack</h4>"
    assert '<a href="https://acme.test/" rel="noreferrer">link</a>' in shown["marks"]
    assert "<strong>bold</strong>" in shown["marks"]
    assert shown["a break"] == "<p>a<br>b</p>"
    assert 'class="panel warning"' in shown["a panel"]


def test_a_link_that_is_not_of_the_web_is_only_words() -> None:
    assert body_html(doc(para(text("x", href="javascript:alert(1)")))) == "<p>x</p>"
    assert "href" not in body_html(doc(para(node("inlineCard", url="javascript:alert(1)"))))
    assert "href" not in wiki_html("[x|javascript:alert(1)]")


def test_wiki_text_is_shown() -> None:
    shown = wiki_html(
        "h2. Owner\n*bold* and _italic_ and {{mono}} and \\*plain\\*\n* one\n* two\n# first\n----\n"
        "[the issue|https://acme.sentry.io/issues/1/] https://acme.test/a_b_c\n{code:python}\nif a < b: *x*\n{code}"
    )
    for piece in (
        "<h3>Owner</h3>",
        "<strong>bold</strong>",
        "<em>italic</em>",
        "<code>mono</code>",
        "*plain*",
        "<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol><hr>",
        '<a href="https://acme.sentry.io/issues/1/" rel="noreferrer">the issue</a>',
        ">https://acme.test/a_b_c</a>",
        "<pre><code>if a &lt; b: *x*\n</code></pre>",
    ):
        assert piece in shown
