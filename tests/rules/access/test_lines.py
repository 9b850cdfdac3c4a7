"""The lines to add: they are YAML, they go to the right place, and with them the person has the teams."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.access.people import ADA, NOW, access
from vedette.model.access import AccessSettings, DeclaredRole, Person
from vedette.model.org import OrgRole, TeamRole
from vedette.rules.access.lines import Lines, lines_for
from vedette.rules.access.quoting import scalar
from vedette.rules.access.resolving import Known, desired_for

WHERE = {
    "access.people": "access.yaml:9:3",
    "access.people.ada": "people.yaml:4:5",
    "access.people.ada.roles": "people.yaml:4:40",
}


def lines(settings: AccessSettings, *teams: str, person: Person | None = None, **more: Any) -> Lines:
    usual: dict[str, Any] = {"email": "eve@acme.test", "where": WHERE, "instance": "default", "now": NOW}
    return lines_for(settings, teams=teams, person=person, **(usual | more))


def merged(settings: AccessSettings, added: Lines) -> AccessSettings:
    """The settings with the lines written into them, by a reading of our own."""
    block = (yaml.safe_load(added.yaml) or {"access": {"people": {}}})["access"]
    roles = {
        name: DeclaredRole(name, OrgRole(role.get("role", "member")), dict.fromkeys(role.get("teams", ())))
        for name, role in block.get("roles", {}).items()
    }
    people = {
        name: replace(
            settings.people.get(name, Person(name, email=each.get("email"))),
            roles=tuple(each["roles"]),
            instances=tuple(each.get("instances", settings.people[name].instances if name in settings.people else ())),
        )
        for name, each in block["people"].items()
    }
    assert not set(roles) & set(settings.roles), "an existing role would be replaced"
    return replace(settings, roles={**settings.roles, **roles}, people={**settings.people, **people})


def test_a_stranger_is_declared_with_the_role_that_brings_the_team() -> None:
    added = lines(access(ADA), "checkout")
    assert added.yaml == "access:\n  people:\n    eve: {email: eve@acme.test, roles: [checkout-developer]}\n"
    assert added.where == "access.yaml:9:3"
    assert added.text == "declares eve@acme.test with checkout-developer"


def test_a_declared_person_keeps_their_roles_and_gets_one_more_where_they_stand() -> None:
    settings = access(ADA, roles=(DeclaredRole("searcher", teams={"search": None}),))
    added = lines(settings, "search", person=ADA)
    assert added.yaml == "access:\n  people:\n    ada: {roles: [checkout-developer, searcher]}\n"
    assert added.where == "people.yaml:4:40"


def test_where_no_role_brings_the_team_the_smallest_new_one_is_told() -> None:
    added = lines(access(ADA), "search", person=ADA)
    assert added.yaml == (
        "access:\n  roles:\n    search: {teams: [search]}\n  people:\n    ada: {roles: [checkout-developer, search]}\n"
    )
    assert added.text == "adds to the roles of ada: the new role search, since none brings search"


def test_the_role_that_brings_least_beside_it_is_preferred_and_the_rest_is_told() -> None:
    wide = DeclaredRole("wide", teams={"search": None, "checkout": None, "billing": None})
    narrow = DeclaredRole("narrow", teams={"search": None, "billing": None})
    assert lines(access(roles=(wide, narrow)), "search").text.endswith("with narrow, which also brings billing")


@pytest.mark.parametrize(
    "unfit",
    [
        DeclaredRole("boss", OrgRole.OWNER, {"search": None}),
        DeclaredRole("boss", teams={"search": TeamRole.ADMIN}),
        DeclaredRole("boss", teams={"search": None}, expires=date(2026, 11, 20)),
        DeclaredRole("boss", teams={"search": None}, instances=("stage",)),
    ],
)
def test_a_role_that_makes_more_of_somebody_or_does_not_hold_here_is_not_offered(unfit: DeclaredRole) -> None:
    assert "boss" not in lines(access(roles=(unfit,)), "search").yaml


def test_somebody_whose_address_nobody_knows_gets_lines_that_the_settings_refuse() -> None:
    added = lines(access(), "checkout", email="", name="Eve Adams")
    assert yaml.safe_load(added.yaml)["access"]["people"] == {
        "eve-adams": {"email": "FILL-IN-THEIR-ADDRESS", "roles": ["checkout-developer"]}
    }


def test_a_person_of_another_instance_is_let_in_here_too() -> None:
    ada = replace(ADA, instances=("stage",))
    added = lines(access(ada), "checkout", person=ada)
    assert yaml.safe_load(added.yaml)["access"]["people"]["ada"]["instances"] == ["stage", "default"]


_slugs = st.sampled_from(["checkout", "search", "billing", "on", "null", "x-1"])
_roles = st.lists(
    st.builds(
        DeclaredRole,
        st.sampled_from(["a", "b", "c", "search", "yes"]),
        st.sampled_from([OrgRole.MEMBER, OrgRole.OWNER]),
        st.dictionaries(_slugs, st.sampled_from([None, TeamRole.CONTRIBUTOR, TeamRole.ADMIN]), max_size=4),
    ),
    max_size=4,
)


@given(roles=_roles, teams=st.lists(_slugs, min_size=1, max_size=3), declared=st.booleans(), had=st.booleans())
def test_with_the_lines_the_person_has_the_teams_and_no_more_power(
    roles: list[DeclaredRole], teams: list[str], declared: bool, had: bool
) -> None:
    person = Person("eve", email="eve@acme.test", roles=("checkout-developer",) if had else ())
    settings = access(*([person] if declared else []), roles=tuple(roles))
    added = lines(settings, *teams, person=person if declared else None)
    (eve,) = desired_for(merged(settings, added), instance="default", known=Known(), now=NOW).wanted
    assert set(teams) <= set(eve.teams)
    assert eve.role == OrgRole.MEMBER
    assert TeamRole.ADMIN not in eve.teams.values()


def test_whoever_is_an_admin_of_every_team_anyway_may_have_a_role_that_says_so() -> None:
    lead = DeclaredRole("lead", teams={"search": TeamRole.ADMIN})
    assert "roles: [lead]" in lines(access(roles=(lead,)), "search", role=OrgRole.MANAGER).yaml


@given(st.text())
def test_every_text_is_written_so_that_yaml_reads_it_back(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}") == {"a": text}
