"""Change data: every kind of change survives the way into plain data and back, and nothing else comes in."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.changes import ORDER, Change, DeleteProject
from vedette.rules.change_data import WORDS, change_data, change_of

_PLAIN = st.dictionaries(
    st.text(max_size=9), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=3
)
_OPEN = ("before", "after", "body")  # fields that hold whatever a server said


def _any(kind: type[Change]) -> st.SearchStrategy[Change]:
    open_ = {each.name: _PLAIN for each in fields(kind) if each.name in _OPEN and "Mapping" in str(each.type)}
    return st.builds(kind, **open_)


@given(change=st.one_of([_any(kind) for kind in ORDER]))
def test_a_change_of_any_kind_comes_back_from_json(change: Change) -> None:
    data = json.loads(json.dumps(change_data(change)))
    again = change_of(data)
    assert type(again) is type(change)
    assert change_data(again) == change_data(change)


def test_every_change_has_a_word_of_its_own() -> None:
    assert len(set(WORDS.values())) == len(ORDER)
    assert WORDS[DeleteProject] == "delete_project"


def test_a_key_that_is_not_known_is_ignored_and_a_tuple_stays_one() -> None:
    found = change_of({"change": "delete_project", "project": "old", "teams": ["a", "b"], "later": 1})
    assert found == DeleteProject("old", teams=("a", "b"))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "None is no change; there are set_organization"),
        ({"change": "delete_everything"}, "'delete_everything' is no change"),
        ({"change": "create_team"}, "create_team: Object missing required field `team`"),
        ({"change": "create_team", "team": 7}, "create_team: Expected `str`"),
    ],
)
def test_what_is_no_change_is_refused_with_what_is_wrong(data: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        change_of(data)
