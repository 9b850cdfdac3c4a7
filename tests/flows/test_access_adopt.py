"""Adopting: what is written down of a messy organisation is read back, and the next plan is empty."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.access.world import NOW, World
from vedette.config.load import load
from vedette.flows.access_adopt import FORMS
from vedette.model.access import AccessSettings
from vedette.model.org import Caller, Member, Organization, Project, ProjectOptions, Team
from vedette.model.plan import OrganizationPlan
from vedette.rules.access.adopted_text import adopted_text, flow
from vedette.rules.access.adopting import Adopted, adopted
from vedette.rules.access.planning import plan_for
from vedette.rules.access.resolving import Known, desired_for

LONG = timedelta(days=1)
OWNER = Member("1", "Bot@acme.test", role="owner", user_id="1")
Back = Callable[..., AccessSettings]


def org(*members: Member, instance: str = "main", slug: str = "acme", **more: object) -> Organization:
    usual = Organization(instance, slug, NOW, (OWNER, *members), caller=Caller("1", "bot@acme.test"))
    return replace(usual, **more)  # type: ignore[arg-type]


@pytest.fixture
def back(tmp_path: Path) -> Back:
    """What the settings make of the text."""

    def read(found: Adopted) -> AccessSettings:
        (tmp_path / "access.yaml").write_text(adopted_text(found), encoding="utf-8")
        names = found.access.instances
        instance = {"url": "https://sentry.example.test", "organization": "acme", "token": "env/T"}
        data = {"sentry": dict.fromkeys(names, instance), "include": ["access.yaml"]}
        (tmp_path / "vedette.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        return load(tmp_path / "vedette.yaml", environ={"T": "token"}).access

    return read


def planned(access: AccessSettings, current: Organization) -> OrganizationPlan:
    desired = desired_for(access, instance=current.instance, known=Known(), now=NOW)
    return plan_for(desired, current, access=access, now=NOW)


def test_a_tidy_organisation_is_written_down_so_that_the_next_plan_is_empty(back: Back) -> None:
    current = org(
        Member("2", "Anna.Lee@acme.test", user_id="2", teams={"web": "admin", "data": ""}),
        Member("3", "bob@acme.test", user_id="3", teams={"data": "", "web": "admin"}),
        Member("4", "carl@acme.test", user_id="4", role="billing"),
        teams=(Team("web", "1", "Web Team"), Team("data", "2", "data")),
        projects=(
            Project(
                "shop", "9", "The Shop", "python", ("data", "web"), options=ProjectOptions("[S] ", ("card",), (), 720)
            ),
        ),
        open_membership=True,
        join_requests=False,
    )
    found = adopted([current], forms=FORMS, now=NOW)
    access = back(found)
    assert planned(access, current).empty
    assert (access.organization.open_membership, access.organization.join_requests) == (True, False)
    assert access.people["anna.lee"].roles == access.people["bob"].roles == ("data-web-lead",)
    assert access.people["bot"].bot
    assert access.roles["billing"].teams == {}
    assert access.projects["shop"].resolve_age == 720
    assert (access.teams["web"].name, access.teams["data"].name) == ("Web Team", "")
    assert access.protected.people == ()


MESSY = org(
    Member("2", "dup@acme.test", user_id="2", teams={"web": ""}, role="member"),
    Member("3", "DUP@acme.test", pending=True, expired=True),
    Member("4", "late@acme.test", pending=True, expired=True, teams={"web": ""}),
    Member("5", "new@acme.test", pending=True),
    Member("6", "odd+tag'o@acme.test", user_id="6", role="contractor", teams={"web": "captain"}),
    Member("7", "", user_id="7"),
    Member("8", "yes@acme.test", user_id="8"),
    Member("9", "asks@acme.test", pending=True, invite_status="requested_to_join"),
    Member("10", "scim@acme.test", user_id="10", flags=frozenset({"idp:provisioned"}), teams={"idp": ""}),
    Member("11", "two@acme.test", user_id="11", other_emails=("twin@acme.test",)),
    Member("12", "twin@acme.test", user_id="12", teams={"data": "contributor"}),
    teams=(
        Team("web"),
        Team("data"),
        Team("idp", idp_provisioned=True),
        Team("007", name="Bond"),
        Team("on", name="on"),
    ),
    projects=(
        Project("shop", teams=("web",), options=ProjectOptions("", (), (), 5000, ("*",), 50)),
        Project("orphan", teams=()),
        Project("bond", teams=("007",)),
        Project("internal", teams=("web",), internal=True),
    ),
    roles=("billing", "member", "contractor", "admin", "manager", "owner"),
)


def test_a_messy_organisation_is_written_down_so_that_nothing_is_lost_by_the_next_plan(back: Back) -> None:
    found = adopted([MESSY], forms=FORMS, now=NOW)
    access = back(found)
    plan = planned(access, MESSY)
    assert plan.changes == ()
    assert [(each.change.email, each.hold) for each in plan.withheld if hasattr(each.change, "email")] == [
        ("", "grace")
    ]
    assert set(access.protected.projects) == {"orphan", "bond"}
    assert {"dup@acme.test", "late@acme.test"} <= {each.casefold() for each in access.protected.people}
    text = adopted_text(found)
    assert "has 2 accounts on main (2, 3): see who is to go" in text
    assert "has the role contractor there, which is left as it is" in text
    assert "its issues are resolved after 5000 hours" in text
    assert "team '007' cannot be written" in text
    assert "account 7 of main has no address" in text
    assert "# A plan would still do this" in text


def test_without_an_account_that_has_no_address_the_plan_of_the_messy_one_is_empty(back: Back) -> None:
    current = replace(
        MESSY,
        members=tuple(each for each in MESSY.members if each.email),
        teams=tuple(each for each in MESSY.teams if each.slug != "007"),
    )
    found = adopted([current], forms=FORMS, now=NOW)
    assert found.left == ()
    assert planned(back(found), current).empty


def test_what_several_organisations_share_is_declared_once(back: Back) -> None:
    anna = Member("2", "anna@acme.test", user_id="2", teams={"web": ""})
    shop = Project("shop", platform="python", teams=("web",))
    main = org(anna, teams=(Team("web"), Team("data")), projects=(shop, Project("etl", teams=("data",))))
    stage = org(
        replace(anna, id="7", role="admin"),
        instance="stage",
        teams=(Team("web"),),
        projects=(replace(shop, platform="go"), Project("play", teams=("web",))),
    )
    found = adopted([main, stage], forms=FORMS, now=NOW)
    access = back(found)
    assert planned(access, main).empty
    assert planned(access, stage).empty
    assert access.projects["shop"].platform is None
    assert access.projects["shop"].instances == ()
    assert access.teams["data"].instances == ("main",)
    assert len(access.people["anna"].roles) == 2


def test_people_who_may_do_the_same_share_a_role_with_a_name_that_says_so() -> None:
    crowd = [Member(str(n), f"p{n}@acme.test", user_id=str(n), teams={"web": ""}) for n in range(10, 30)]
    found = adopted([org(*crowd, teams=(Team("web"),))], forms=FORMS, now=NOW)
    assert sorted(found.access.roles) == ["owner", "web"]


@pytest.mark.parametrize(
    "word", ["yes", "on", "null", "12", "1e3", "2027-01-31", "~", "a: b", "#x", "'", '"', "ümlaut", "", "-", "@x"]
)
def test_a_word_is_read_back_as_it_was(word: str) -> None:
    assert yaml.safe_load(flow([word, {word: word}])) == [word, {word: word}]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12))
def test_any_printable_word_is_read_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(flow({"key": [text]})) == {"key": [text]}


def test_nothing_is_adopted_that_was_never_there() -> None:
    found = adopted([World().read()], forms=FORMS, now=NOW)
    assert not found.access.declared
