"""The tests' own way of waiting."""

from collections.abc import Iterator

import pytest

from tests.waiting import until


def test_the_first_truthy_answer_ends_the_waiting() -> None:
    answers: Iterator[list[int]] = iter([[], [], [7], []])
    assert until(lambda: next(answers), every=0) == [7]


def test_a_condition_that_never_holds_is_told_with_its_last_answer() -> None:
    with pytest.raises(AssertionError, match=r"waited 0\.01 s for the ticket; the last answer was \[\]"):
        until(list, within=0.01, every=0.001, saying="the ticket")
