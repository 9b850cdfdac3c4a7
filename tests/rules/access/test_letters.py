"""Letters: who asks for what in Sentry's mails, however they are worded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.org import AccessRequest
from vedette.rules.access.letters import request_in


@pytest.mark.parametrize(
    ("text", "name", "email", "team"),
    [
        ("Ada Lovelace is requesting access to the search team.", "Ada Lovelace", "", "search"),
        (
            "Hi,\n\nAda (ada@acme.test) is requesting access to the #check-out team.\n",
            "Ada",
            "ada@acme.test",
            "check-out",
        ),
        ("ada@acme.test is requesting access to the search team", "", "ada@acme.test", "search"),
        ("Ada  IS requesting access to Acme", "Ada", "", ""),
        ("<Ada> is requesting access to search Team", "Ada", "", "search"),
    ],
)
def test_who_asks_for_which_team(text: str, name: str, email: str, team: str) -> None:
    found = request_in(text)
    assert (found.name, found.email, found.team, found.source) == (name, email, team, "imap")


def test_a_mail_that_is_not_understood_is_a_request_of_somebody() -> None:
    found = request_in("Please let me in")
    assert (found.name, found.email, found.team) == ("", "", "")


def test_two_mails_of_one_ask_are_one_request_and_others_are_not() -> None:
    one = request_in("Ada is requesting access to the search team.")
    assert one.id == request_in("Hello!\nADA is requesting access to the search team. Thanks").id
    assert one.id != request_in("Ada is requesting access to the checkout team.").id
    assert request_in("a").id != request_in("b").id


@given(st.text())
def test_any_text_is_a_request(text: str) -> None:
    assert isinstance(request_in(text), AccessRequest)
    assert "\n" not in request_in(f"{text} is requesting access to x").name
