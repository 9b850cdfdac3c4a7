"""Names in a vendor's letters: taken as they are where they can be, and told apart where they cannot."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.rules.labelling import Letters, cut_short, label

PLAIN = Letters(re.compile(r"[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*"), re.compile(r"[^A-Za-z0-9-]+"), 50)
SMALL = Letters(re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*"), re.compile(r"[^a-z0-9]+"), 30, lower=True)


@pytest.mark.parametrize("name", ["checkout", "CRM", "check-out_2", "a" * 50])
def test_a_name_that_the_vendor_takes_stays_as_it_is(name: str) -> None:
    assert label(name, PLAIN) == name


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("check out", r"check_out_[0-9a-f]{8}"),
        ("check.out", r"check_out_[0-9a-f]{8}"),
        ("..", r"x_[0-9a-f]{8}"),
        ("", r"x_[0-9a-f]{8}"),
        ("a" * 51, r"a{41}_[0-9a-f]{8}"),
        ("lone \ud800", r"lone_[0-9a-f]{8}"),
    ],
)
def test_a_name_that_had_to_be_changed_is_marked(name: str, becomes: str) -> None:
    assert re.fullmatch(becomes, label(name, PLAIN))


names = st.one_of(st.text(max_size=80), st.text("ab._ -", max_size=60))


@given(names, names, st.sampled_from([PLAIN, SMALL]))
def test_every_name_is_taken_and_two_that_differ_stay_two(one: str, other: str, letters: Letters) -> None:
    made = label(one, letters)
    assert 0 < len(made) <= letters.longest
    assert letters.whole.fullmatch(made)
    assert (label(other, letters) == made) == (one == other)


def test_names_that_differ_in_case_only_stay_two_where_the_vendor_knows_small_letters_only() -> None:
    assert label("crm", SMALL) == "crm"
    assert label("CRM", SMALL) != label("Crm", SMALL) != "crm"


@given(st.text(max_size=40), st.integers(1, 20))
def test_a_text_is_cut_and_says_so(text: str, longest: int) -> None:
    made = cut_short(text, longest)
    assert len(made) <= longest
    made.encode()
    assert made == text.encode("utf-8", "replace").decode() or made.endswith("…")
