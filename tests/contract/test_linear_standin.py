"""The stand-in Linear speaks a true slice of the published schema, and answers what that schema lets it answer."""

from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from tests.contract.linear import contract, needs_specs, probes, roots, slice_problems
from tests.contract.test_linear_client import tour
from tests.integrations.linear.standing import standing
from vedette.sandbox.linear import KNOWN, Exchange
from vedette.sandbox.linear.language import Slot

pytestmark = needs_specs


@pytest.fixture(scope="module")
def spoken() -> list[Exchange]:
    """What a client's tour said over the wire."""
    with standing() as case:
        tour(case)
        return case.linear.exchanges()


def test_every_type_field_argument_and_input_of_the_slice_is_as_published() -> None:
    assert slice_problems(KNOWN, contract().schema) == []


def test_a_slice_that_says_something_else_is_noticed() -> None:
    issue = {**KNOWN.objects["Issue"], "title": Slot("Int!", {}), "colour": Slot("String", {})}
    inputs = {**KNOWN.inputs, "AttachmentCreateInput": {}}
    wrong = replace(KNOWN, objects={**KNOWN.objects, "Issue": issue}, inputs=inputs)
    found = "\n".join(slice_problems(wrong, contract().schema))
    assert all(word in found for word in ("Issue.title", "Issue.colour", "AttachmentCreateInput.url is left out"))


def test_every_exchange_agrees_with_the_schema(spoken: list[Exchange], say: Callable[[str], None]) -> None:
    contract().check_all(spoken)
    say(contract().report())
    assert len({contract().operation(each) for each in spoken}) >= 15


def test_a_wrong_query_variable_or_answer_of_every_operation_is_noticed(
    spoken: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    right = [each for each in spoken if b'"errors"' not in each.answer_body]
    firsts = {checker.operation(each): each for each in reversed(right)}
    tried = [(name, probe) for name, each in firsts.items() for probe in probes(each)]
    say(f"stand-in Linear: {len(tried)} negative probes over {len(firsts)} operations")
    assert [(name, probe) for name, probe in tried if not checker.problems(probe)] == []


def test_refusals_have_the_one_shape_of_linear() -> None:
    with standing() as case:
        linear = case.linear
        for key, query in (
            (linear.config.token, '{ issue(id: "ENG-9") { id } }'),
            (linear.config.token, "{ viewer { id "),
            (linear.config.token, "{ viewer { colour } }"),
            ("wrong", "{ viewer { id } }"),
        ):
            httpx2.post(linear.endpoint, json={"query": query}, headers={"authorization": key})
        refused = linear.exchanges()
    assert [each.status for each in refused] == [200, 400, 400, 401]
    contract().check_all(refused)
    assert roots(contract()._read("{ viewer { id } }")[0]) == ["viewer"]
