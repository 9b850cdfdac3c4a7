"""Requests: each is answered by the lines that grant it and by what is wrong with the person, and told in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml

from tests.rules.access.people import ADA, NOW, access, account, invitation, organization
from vedette.model.access import AccessSettings, DeclaredRole, Person
from vedette.model.org import AccessRequest, Ask, Member
from vedette.model.plan import Ailment
from vedette.model.requests import RequestSeen, RequestSettings, Weighed
from vedette.rules.access.doctor import examine
from vedette.rules.access.requests import due, is_granted, sentence, weigh
from vedette.rules.access.resolving import Known

SEARCH = AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", "Ada Lovelace", team="search")
WHERE = {"access.people.ada.roles": "people.yaml:4:40", "access.people": "people.yaml:3:3"}


def answered(request: AccessRequest, settings: AccessSettings, *members: Member) -> Weighed:
    whole = organization(*members)
    patients = examine(settings, whole, known=Known(), url="https://sentry.test", where=WHERE, now=NOW)
    return weigh(request, access=settings, instance="default", patients=patients, where=WHERE, now=NOW)


def test_somebody_who_is_declared_gets_the_role_that_brings_the_team() -> None:
    told = answered(SEARCH, access(ADA, roles=(DeclaredRole("searcher", teams={"search": None}),)), account(1))
    assert told.text == "Ada Lovelace (ada@acme.test) asks to be let into the team search"
    assert told.lines == "access:\n  people:\n    ada: {roles: [checkout-developer, searcher]}\n"
    assert (told.person, told.where) == ("ada", "people.yaml:4:40")


def test_what_is_declared_already_needs_no_lines_but_an_apply() -> None:
    told = answered(replace(SEARCH, team="checkout"), access(ADA), account(1, teams=()))
    assert told.lines == ""
    assert told.advice == "the roles of ada bring it already: `vedette access apply` brings it"
    assert [each.ailment for each in told.findings] == [Ailment.NOT_APPLIED]


def test_the_diagnosis_of_the_person_comes_along() -> None:
    told = answered(SEARCH, access(ADA), account(1), invitation(2))
    assert Ailment.SEVERAL_ACCOUNTS in [each.ailment for each in told.findings]


def test_a_stranger_is_answered_too() -> None:
    told = answered(AccessRequest("8", Ask.JOIN_TEAM, "eve@acme.test", team="checkout"), access(ADA), account(1))
    assert told.person == ""
    assert yaml.safe_load(told.lines)["access"]["people"]["eve"]["roles"] == ["checkout-developer"]
    assert "nobody of that address is declared or has an account" in told.advice


def test_somebody_whom_nobody_declared_keeps_the_teams_that_they_have() -> None:
    asked = AccessRequest("8", Ask.JOIN_TEAM, "eve@acme.test", team="search")
    told = answered(asked, access(ADA), account(1), account(2, "eve@acme.test"))
    block = yaml.safe_load(told.lines)["access"]
    assert block["people"]["eve"]["roles"] == ["checkout-developer", "search"]


def test_who_asks_for_no_team_gets_a_choice_of_roles() -> None:
    told = answered(AccessRequest("9", Ask.JOIN_ORGANIZATION, "eve@acme.test"), access(ADA))
    assert yaml.safe_load(told.lines)["access"]["people"]["eve"]["roles"] == ["CHOOSE-A-ROLE"]
    assert "choose a role, of checkout-developer" in told.advice


@pytest.mark.parametrize("name", ["ada", "ADA LOVELACE", "al"])
def test_a_name_alone_finds_the_person_by_any_of_their_names(name: str) -> None:
    mail = AccessRequest("m1", Ask.JOIN_TEAM, "", name, team="search", source="imap")
    assert answered(mail, access(ADA), account(1, name="Ada Lovelace", username="al")).person == "ada"


def test_a_part_of_a_name_is_nobody_and_the_request_is_not_dropped() -> None:
    mail = AccessRequest("m1", Ask.JOIN_TEAM, "", "Ada", team="search", source="imap")
    settings = access(Person("lovelace", email="ada.l@acme.test", roles=("checkout-developer",)))
    told = answered(mail, settings, account(1, "ada.l@acme.test"))
    assert told.person == ""
    assert "FILL-IN-THEIR-ADDRESS" in told.lines
    assert told.advice.startswith("nobody of that name")


def test_of_two_people_of_one_name_none_is_guessed() -> None:
    bob = Person("bob", email="bob@acme.test", roles=("checkout-developer",))
    members = (account(1, name="Sam"), account(2, "bob@acme.test", name="Sam"))
    told = answered(AccessRequest("m", Ask.JOIN_TEAM, "", "Sam", team="search"), access(ADA, bob), *members)
    assert (told.person, told.lines) == ("", "")
    assert told.advice.startswith("it may be ada and bob")


@pytest.mark.parametrize(
    ("ask", "more", "words"),
    [
        (Ask.JOIN_TEAM, {"team": "shop"}, "Eve (eve@acme.test) asks to be let into the team shop"),
        (Ask.JOIN_TEAM, {}, "Eve (eve@acme.test) asks for access"),
        (Ask.JOIN_ORGANIZATION, {}, "Eve (eve@acme.test) asks to be let into the organisation"),
        (Ask.INVITE, {"requester": "bob", "team": "shop"}, "bob asks that Eve (eve@acme.test) be invited into shop"),
        (
            Ask.JOIN_TEAM,
            {"team": "shop", "requester": "bob"},
            "Eve (eve@acme.test) asks to be let into the team shop (asked by bob)",
        ),
    ],
)
def test_who_wants_what_is_one_sentence(ask: Ask, more: dict[str, Any], words: str) -> None:
    assert sentence(AccessRequest("1", ask, "eve@acme.test", "Eve", **more)) == words


def test_a_request_is_granted_when_the_person_is_in_the_team() -> None:
    for teams, granted in ((("search",), True), (("checkout",), False)):
        whole = organization(account(1, teams=teams))
        patients = examine(access(ADA), whole, known=Known(), url="https://s.test", where={}, now=NOW)
        assert is_granted(SEARCH, patients) is granted


def test_each_notifier_is_told_once_until_the_repeat() -> None:
    settings = RequestSettings(notify=("slack", "mail"), repeat=timedelta(days=7))
    seen = RequestSeen(Weighed("default", SEARCH, ""), NOW, NOW, told=(("slack", NOW - timedelta(days=6)),))
    assert due(seen, settings, now=NOW) == ("mail",)
    assert due(seen, settings, now=NOW + timedelta(days=1)) == ("slack", "mail")
    assert due(replace(seen, closed_at=NOW), settings, now=NOW + timedelta(days=1)) == ()
