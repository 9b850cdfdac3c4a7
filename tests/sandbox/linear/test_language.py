"""The stand-in's GraphQL: it reads what clients send, and refuses what the schema does not know."""

from typing import Any

import pytest

from tests.sandbox.linear.asking import Asking
from vedette.sandbox.linear.language import Unreadable, Variable, Word, read_document, read_slice


def test_a_document_is_read_with_variables_aliases_arguments_and_fragments() -> None:
    read = read_document(
        """query Q($a: [ID!]! = ["x"], $b: Int) { # why
          one: issues(filter: {id: {in: $a}}, orderBy: createdAt, first: $b) { nodes { ...P title } }
        }
        fragment P on Issue { id team { id } }"""
    )
    (field,) = read.fields
    assert (read.kind, read.name, field.name, field.answered_as) == ("query", "Q", "issues", "one")
    assert {name: (each.type, each.optional) for name, each in read.variables.items()} == {
        "a": ("[ID!]!", True),
        "b": ("Int", True),
    }
    assert field.arguments["filter"] == {"id": {"in": Variable("a")}}
    assert isinstance(field.arguments["orderBy"], Word)
    assert [each.name for each in field.fields[0].fields] == ["id", "team", "title"]


def test_what_is_asked_twice_is_answered_once_with_both_selections() -> None:
    read = read_document("{ issue(id: 1) { team { id } ...P } } fragment P on Issue { team { key } }")
    assert [each.name for each in read.fields[0].fields[0].fields] == ["id", "key"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "{ a(", "{ a ...B }", "{ a } { b }", "subscription S { a }", "{ a(b: ) }", "{ a % }", "{ a: b a: c }"],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_document(text)


def test_a_slice_of_a_schema_is_read() -> None:
    read = read_slice("type A { b(c: Int!, d: [String!]): [B!]! } input I { e: ID! } enum W { x y }")
    assert read.objects["A"]["b"].type == "[B!]!"
    assert read.objects["A"]["b"].arguments["d"].type == "[String!]"
    assert (read.inputs["I"]["e"].optional, read.words["W"]) == (False, ("x", "y"))


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ viewer { colour } }", {}),
        ("{ viewer }", {}),
        ("{ viewer { id { x } } }", {}),
        ("{ issue { id } }", {}),
        ('{ issue(id: "ENG-1", colour: 1) { id } }', {}),
        ("{ issue(id: 1) { id } }", {}),
        ("query($id: ID!) { issue(id: $id) { id } }", {"id": "ENG-1"}),
        ("query($id: String!) { issue(id: $id) { id } }", {}),
        ("query($id: String!) { issue(id: $id) { id } }", {"id": None}),
        ("{ issue(id: $id) { id } }", {}),
        ("{ viewer { id } }", {"more": 1}),
        ("query($f: IssueFilter) { issues(filter: $f) { nodes { id } } }", {"f": {"colour": {"eq": "red"}}}),
        ("{ issues(orderBy: priority) { nodes { id } } }", {}),
        ("mutation { issueDestroy(id: 1) { success } }", {}),
    ],
)
def test_what_the_schema_does_not_know_is_refused_before_anything_is_done(
    asking: Asking, query: str, variables: dict[str, Any]
) -> None:
    answer = asking.client.post(asking.linear.endpoint, json={"query": query, "variables": variables})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"query": 1}', b'{"query": "{ a }", "variables": []}'])
def test_a_body_that_is_no_request_is_refused(asking: Asking, body: bytes) -> None:
    answer = asking.client.post(asking.linear.endpoint, content=body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
