"""Look-alikes: the index finds whom a comparison of each with each would find."""

from hypothesis import given
from hypothesis import strategies as st

from tests.rules.access.people import account
from vedette.rules.access.lookalikes import Lookalikes
from vedette.rules.access.matching import resembles

_Names = tuple[str, str, str]
_WORDS = ("ada", "lovelace", "love", "bo", "Bo", "ada-lovelace", "al", "", "x", "Ada L.", "grace hopper", "hop")
_words = st.sampled_from(_WORDS)
_members = st.lists(st.tuples(_words, _words, _words), max_size=5)


@given(_members, st.lists(st.one_of(_words, st.text(max_size=8)), max_size=3))
def test_nobody_who_resembles_is_missed_and_nobody_else_found(people: list[_Names], names: list[str]) -> None:
    members = [
        account(number, f"{local}@acme.test", name=name, username=login)
        for number, (name, login, local) in enumerate(people)
    ]
    assert Lookalikes(members).of(names) == [each for each in members if resembles(each, names)]
