"""Who should have access, by the roles that they have; the stories that made the laws stand here by their names."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tests.rules.access.world import NOW
from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.model.org import OrgRole, TeamRole
from vedette.model.plan import Ailment
from vedette.ports.access import Address
from vedette.rules.access.resolving import Desired, Known, desired_for

DEV = DeclaredRole("dev", OrgRole.MEMBER, {"ants": None})
LEAD = DeclaredRole("lead", OrgRole.ADMIN, {"ants": TeamRole.ADMIN, "bees": None})


def desired(
    *people: Person, roles: tuple[DeclaredRole, ...] = (DEV, LEAD), known: Known | None = None, now: datetime = NOW
) -> Desired:
    access = AccessSettings(roles={role.name: role for role in roles}, people={each.name: each for each in people})
    return desired_for(access, instance="main", known=known or Known(), now=now)


def person(name: str = "anna", *roles: str, email: str | None = "anna@acme.test") -> Person:
    return Person(name, email, roles=roles)


TEAM_ROLES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from([None, *TeamRole]))


@given(st.lists(TEAM_ROLES, min_size=3, max_size=3), st.lists(st.sets(st.sampled_from("xyz")), min_size=1, max_size=4))
def test_the_leak_of_shared_team_lists_cannot_happen(
    teams: list[dict[str, TeamRole | None]], held: list[set[str]]
) -> None:
    """A second role that added members to one team added them to every team of the first role: they shared one list."""
    roles = tuple(DeclaredRole(name, OrgRole.MEMBER, brought) for name, brought in zip("xyz", teams, strict=True))
    people = [Person(f"p{at}", f"p{at}@acme.test", roles=tuple(sorted(names))) for at, names in enumerate(held)]
    found = {wanted.person: wanted for wanted in desired(*people, roles=roles).wanted}
    for each in people:
        should = {slug for role in roles if role.name in each.roles for slug in role.teams}
        assert each.name in found or not each.roles
        assert set(found[each.name].teams if each.roles else ()) == should
    assert len({id(wanted.teams) for wanted in found.values()}) == len(found)
    assert not {id(wanted.teams) for wanted in found.values()} & {id(role.teams) for role in roles}


def test_overlapping_roles_give_the_strongest_of_each_and_say_so() -> None:
    (wanted,) = desired(person("anna", "dev", "lead")).wanted
    assert (wanted.role, wanted.teams) == ("admin", {"ants": "admin", "bees": ""})
    assert wanted.reason == "anna has dev (member) and lead (admin), of which the strongest counts"


def test_a_role_counts_until_the_day_before_it_expires_in_utc() -> None:
    roles = (replace(DEV, expires=date(2026, 11, 20)), LEAD)
    late = datetime(2026, 11, 20, 0, 30, tzinfo=timezone(timedelta(hours=2)))  # still the 19th in UTC
    assert desired(person("anna", "dev"), roles=roles, now=late).wanted[0].role == "member"
    at_midnight = desired(person("anna", "dev"), roles=roles, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert at_midnight.wanted == ()
    assert at_midnight.leavers == {"anna@acme.test": "every role of anna expired: dev on 2026-11-20"}
    assert [each.ailment for each in at_midnight.diagnoses] == [Ailment.ROLE_EXPIRED]


def test_a_person_whose_own_access_expired_is_not_wanted_whatever_the_roles() -> None:
    found = desired(replace(person("anna", "lead"), expires=date(2026, 11, 20)))
    assert (found.wanted, list(found.leavers.values())) == ((), ["the access of anna expired on 2026-11-20"])


def test_a_person_without_a_role_is_diagnosed_and_brings_nothing() -> None:
    found = desired(person("anna"))
    assert (found.wanted, [each.ailment for each in found.diagnoses]) == ((), [Ailment.NO_ROLE])


def test_a_role_without_teams_is_diagnosed_but_not_for_those_who_see_all_anyway() -> None:
    bare = (DeclaredRole("dev", OrgRole.MEMBER), DeclaredRole("head", OrgRole.OWNER))
    assert [each.ailment for each in desired(person("anna", "dev"), roles=bare).diagnoses] == [Ailment.NO_TEAMS]
    assert desired(person("anna", "head"), roles=bare).diagnoses == ()


def test_a_hidden_address_makes_nobody_a_leaver() -> None:
    hidden = Person("anna", github="anna-hub", roles=("dev",))
    known = Known({"anna": Address("", "the profile shows no e-mail")}, {"anna": "anna@acme.test"})
    found = desired(hidden, known=known)
    assert (found.wanted, found.leavers) == ((), {})
    assert [(each.person.name, each.text, each.last) for each in found.unresolved] == [
        ("anna", "the profile shows no e-mail", "anna@acme.test")
    ]
    assert [each.ailment for each in found.diagnoses] == [Ailment.NO_ADDRESS]
    assert "primary" in found.diagnoses[0].cure
    assert "write `email:` for anna" in found.diagnoses[0].cure


def test_an_address_that_is_found_counts_and_one_that_is_written_goes_first() -> None:
    known = Known({"anna": Address("found@acme.test")})
    assert desired(Person("anna", github="a", roles=("dev",)), known=known).wanted[0].email == "found@acme.test"
    assert desired(person("anna", "dev"), known=known).wanted[0].email == "anna@acme.test"


def test_two_people_at_one_address_get_one_account_and_are_told() -> None:
    found = desired(person("anna", "dev"), person("bo", "lead", email="Anna@Acme.test"))
    assert [(each.key, each.role) for each in found.wanted] == [("anna@acme.test", "admin")]
    assert [each.ailment for each in found.diagnoses] == [Ailment.SAME_ADDRESS]


def test_everything_may_be_for_some_instances_only() -> None:
    access = AccessSettings(
        teams={"ants": DeclaredTeam("ants", instances=("stage",)), "bees": DeclaredTeam("bees")},
        projects={"shop": DeclaredProject("shop", ("bees",), instances=("stage",))},
        roles={"dev": replace(LEAD, name="dev"), "old": replace(DEV, name="old", instances=("stage",))},
        people={
            "anna": person("anna", "dev"),
            "bo": person("bo", "old", email="bo@acme.test"),
            "cleo": replace(person("cleo", "dev", email="cleo@acme.test"), instances=("stage",)),
        },
    )
    main = desired_for(access, instance="main", known=Known(), now=NOW)
    assert [team.slug for team in main.teams] == ["bees"]
    assert main.projects == ()
    assert [(each.person, each.teams) for each in main.wanted] == [("anna", {"bees": ""})]
    assert main.leavers == {"bo@acme.test": "no role of bo is for main"}
    stage = desired_for(access, instance="stage", known=Known(), now=NOW)
    assert [each.person for each in stage.wanted] == ["anna", "bo", "cleo"]
    assert stage.wanted[0].teams == {"ants": "admin", "bees": ""}
