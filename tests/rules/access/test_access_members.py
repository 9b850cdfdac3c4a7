"""Members: duplicates, leavers, roles and what is never touched, each as a story."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rules.access.world import NOW, World
from vedette.model.access import AccessSettings, DeclaredRole, DeclaredTeam, Managed, Person, Protected
from vedette.model.changes import (
    Change,
    DeleteDuplicate,
    DeleteMember,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    RenewInvitation,
    SetRole,
    SetTeamRole,
)
from vedette.model.org import Caller, Lack, Member, MemberFlag, OrgRole, Team, TeamRole
from vedette.model.plan import Ailment, Hold, OrganizationPlan
from vedette.rules.access.matching import chosen, resembles
from vedette.rules.access.planning import plan_for, sightings_after
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.scene import Sightings

ANNA = Person("anna", "anna@acme.test", roles=("dev",))
ACCESS = AccessSettings(
    manage=frozenset({Managed.MEMBERS}),
    teams={"ants": DeclaredTeam("ants")},
    roles={"dev": DeclaredRole("dev", OrgRole.MEMBER, {"ants": None})},
    people={"anna": ANNA},
)
OLD = Sightings({str(number): NOW - timedelta(days=8) for number in range(9)}, dict.fromkeys(map(str, range(9)), 1))


def account(number: int, email: str = "anna@acme.test", *, pending: bool = False, **other: object) -> Member:
    told = {"user_id": "" if pending else f"u{number}", "teams": {"ants": ""}, "pending": pending, **other}
    return Member(str(number), email, **told)  # type: ignore[arg-type]


def planned(
    *members: Member,
    access: AccessSettings = ACCESS,
    sightings: Sightings = OLD,
    known: Known | None = None,
    caller: str = "",
    teams: Mapping[str, Team] | None = None,
    lacks: tuple[str, ...] = (),
) -> OrganizationPlan:
    there = {"ants": Team("ants")} if teams is None else dict(teams)
    world = World({each.id: each for each in members}, there, caller=Caller(caller), lacks=lacks)
    desired = desired_for(access, instance="main", known=known or Known(), now=NOW)
    plan = plan_for(desired, world.read(), access=access, now=NOW, sightings=sightings)
    world.apply(*plan.changes)  # what the server would refuse fails every story
    return plan


def held(plan: OrganizationPlan) -> list[tuple[type[Change], Hold]]:
    return [(type(each.change), each.hold) for each in plan.withheld]


def with_role(role: OrgRole, **teams: TeamRole | None) -> AccessSettings:
    return replace(ACCESS, roles={"dev": DeclaredRole("dev", role, teams or {"ants": None})})


def test_an_invitation_beside_an_account_that_logged_in_is_the_one_that_goes() -> None:
    plan = planned(account(1, pending=True, teams={}), account(2, "Anna@Acme.test", teams={}))
    assert [type(change) for change in plan.changes] == [JoinTeam, DeleteDuplicate]
    gone = plan.changes[1]
    assert isinstance(gone, DeleteDuplicate)
    assert (gone.member, gone.kept) == ("1", "2")
    assert "it is the one that somebody logged in to" in gone.reason


def test_of_several_active_accounts_none_goes_and_which_to_keep_is_told() -> None:
    linked = account(2, flags=frozenset({MemberFlag.SSO_LINKED}), last_login=NOW - timedelta(days=9))
    plan = planned(account(1, last_login=NOW), replace(linked, teams={}))
    assert plan.changes == (JoinTeam("2", "anna@acme.test", "ants", "", "anna has dev (member)"),)
    assert held(plan) == [(DeleteDuplicate, Hold.AMBIGUOUS)]
    (told,) = plan.diagnoses
    assert told.ailment is Ailment.SEVERAL_ACCOUNTS
    assert "2 is the one to keep: it is linked to the identity provider" in told.text


def test_of_invitations_alone_the_newest_that_is_valid_stays() -> None:
    accounts = [
        account(1, pending=True, created_at=NOW, expired=True),
        account(2, pending=True, created_at=NOW - timedelta(days=1)),
        account(3, pending=True, created_at=NOW - timedelta(days=2)),
    ]
    plan = planned(*accounts)
    assert [change.member for change in plan.changes if isinstance(change, DeleteDuplicate)] == ["1", "3"]
    assert len(plan.changes) == 2


def test_the_account_that_stays_does_not_depend_on_roles_that_a_plan_changes() -> None:
    strong, weak = account(1, role="owner"), account(2, role="member")
    assert chosen([strong, weak]).kept == strong
    assert getattr(chosen([replace(strong, role="member"), replace(weak, role="owner")]).kept, "id", "") == "1"


def test_an_account_of_an_identity_provider_is_never_touched() -> None:
    mine = frozenset({MemberFlag.IDP_PROVISIONED})
    duplicate = planned(account(1), account(2, pending=True, flags=mine))
    assert (duplicate.changes, held(duplicate)) == ((), [(DeleteDuplicate, Hold.NOT_MINE)])
    assert [each.ailment for each in duplicate.diagnoses] == [Ailment.SEVERAL_ACCOUNTS]
    stranger = planned(account(1), account(2, "bo@acme.test", flags=mine))
    assert (stranger.changes, held(stranger)) == ((), [(DeleteMember, Hold.NOT_MINE)])
    kept = planned(
        account(1, role="admin", flags=mine, teams={"bees": ""}), teams={"ants": Team("ants"), "bees": Team("bees")}
    )
    assert kept.changes == ()
    assert set(held(kept)) == {(kind, Hold.NOT_MINE) for kind in (SetRole, JoinTeam, LeaveTeam)}


def test_an_account_is_found_by_another_verified_address_too() -> None:
    assert planned(account(1, "anna@old.test", other_emails=("Anna@acme.test",))).empty


def test_an_unmanaged_account_needs_grace_and_two_plans() -> None:
    bo = account(7, "bo@acme.test")
    first = planned(account(1), bo, sightings=Sightings())
    assert held(first) == [(DeleteMember, Hold.GRACE)]
    assert "2026-11-27" in first.withheld[0].reason
    seen = sightings_after(first, Sightings(), now=NOW - timedelta(days=8))
    assert [type(change) for change in planned(account(1), bo, sightings=seen).changes] == [DeleteMember]
    young = sightings_after(first, Sightings(), now=NOW - timedelta(days=6))
    assert held(planned(account(1), bo, sightings=young)) == [(DeleteMember, Hold.GRACE)]
    once = Sightings({"7": NOW - timedelta(days=30)}, {})
    assert held(planned(account(1), bo, sightings=once)) == [(DeleteMember, Hold.GRACE)]


def test_an_account_that_was_declared_meanwhile_begins_its_grace_anew() -> None:
    assert sightings_after(planned(account(1)), OLD, now=NOW) == Sightings({}, {})


def test_a_leaver_whose_roles_expired_goes_by_the_same_grace_with_the_date_told() -> None:
    access = replace(ACCESS, roles={"dev": replace(ACCESS.roles["dev"], expires=NOW.date())})
    (gone,) = planned(account(1), access=access).changes
    assert isinstance(gone, DeleteMember)
    assert gone.reason == "every role of anna expired: dev on 2026-11-20"


@pytest.mark.parametrize("last", ["anna@acme.test", ""])
def test_a_hidden_e_mail_never_deletes_the_account_of_whom_hid_it(last: str) -> None:
    hidden = replace(ACCESS, people={"anna": replace(ANNA, email=None, github="anna-hub")})
    plan = planned(account(1), access=hidden, known=Known({}, {"anna": last} if last else {}))
    assert (plan.changes, held(plan)) == ((), [(DeleteMember, Hold.UNKNOWN_ADDRESS)])
    assert [each.ailment for each in plan.diagnoses] == [Ailment.NO_ADDRESS]


def test_while_an_address_was_never_known_only_invitations_that_look_like_nobody_go() -> None:
    hidden = replace(ACCESS, people={"anna": replace(ANNA, email=None, github="anna-hub")})
    strangers = [
        account(1, "x@acme.test"),
        account(2, "annahub@private.test", pending=True),
        account(3, "bo@acme.test", pending=True),
    ]
    plan = planned(*strangers, access=hidden)
    assert [change.member for change in plan.changes if isinstance(change, DeleteMember)] == ["3"]
    assert held(plan) == [(DeleteMember, Hold.UNKNOWN_ADDRESS)] * 2


def test_with_the_last_address_known_the_others_go_all_the_same() -> None:
    hidden = replace(ACCESS, people={"anna": replace(ANNA, email=None, github="anna-hub")})
    plan = planned(account(1), account(2, "bo@acme.test"), access=hidden, known=Known({}, {"anna": "anna@acme.test"}))
    assert [change.member for change in plan.changes if isinstance(change, DeleteMember)] == ["2"]


@pytest.mark.parametrize(
    ("name", "alike"),
    [("anna-hub", True), ("annahub", True), ("hub", False), ("Anna Berg", True), ("bo", False), ("annab", True)],
)
def test_a_login_resembles_an_account(name: str, alike: bool) -> None:
    assert resembles(account(1, "annahub@acme.test", name="Anna Berg", username="annab"), [name]) is alike


def test_the_tokens_own_account_keeps_its_role_and_is_told_where_nobody_declared_it() -> None:
    own = planned(account(1, role="manager", teams={"ants": ""}), caller="u1")
    assert (own.changes, held(own)) == ((), [(SetRole, Hold.OWN_ACCOUNT)])
    stranger = planned(account(1), account(2, "bot@acme.test", role="manager"), caller="u2")
    assert stranger.empty
    assert [each.ailment for each in stranger.diagnoses] == [Ailment.NOT_DECLARED]


def test_where_the_server_does_not_tell_whose_the_token_is_nobody_who_could_own_it_is_touched() -> None:
    access = replace(ACCESS, people={**ACCESS.people, "bo": Person("bo", "bo@acme.test", roles=("dev",))})
    accounts = [
        account(1, role="owner"),
        account(2, "bo@acme.test", role="manager"),
        account(3, "eve@acme.test", role="manager"),
        account(4, "dan@acme.test"),
        account(5, "zoe@acme.test", role="owner"),
    ]
    plan = planned(*accounts, access=access, lacks=(Lack.CALLER,))
    assert [change.member for change in plan.changes if isinstance(change, DeleteMember)] == ["4"]
    assert held(plan) == [(SetRole, Hold.OWN_ACCOUNT)] * 2 + [(DeleteMember, Hold.OWN_ACCOUNT)] * 2
    named = replace(access, protected=Protected(people=("zoe@acme.test",)))
    plan = planned(*accounts, access=named, lacks=(Lack.CALLER,))
    assert [type(change) for change in plan.changes] == [SetRole, SetRole, DeleteMember, DeleteMember]


def test_nobody_is_made_or_unmade_what_the_tokens_user_is_not() -> None:
    caller = account(2, "bot@acme.test", role="manager")
    owner = with_role(OrgRole.OWNER)
    assert held(planned(caller, account(1), access=owner, caller="u2")) == [(SetRole, Hold.NOT_MINE)]
    assert held(planned(caller, access=owner, caller="u2")) == [(InviteMember, Hold.NOT_MINE)]
    stranger = planned(caller, account(1), account(3, "bo@acme.test", role="owner"), caller="u2")
    assert held(stranger) == [(DeleteMember, Hold.NOT_MINE)]


def test_the_last_owner_keeps_role_and_account() -> None:
    assert held(planned(account(1, role="owner"))) == [(SetRole, Hold.LAST_OWNER)]
    plan = planned(
        account(1), account(2, "bo@acme.test", role="owner", last_login=NOW), account(3, "eve@acme.test", role="owner")
    )
    assert [change.member for change in plan.changes if isinstance(change, DeleteMember)] == ["3"]
    assert held(plan) == [(DeleteMember, Hold.LAST_OWNER)]


def test_an_invited_owner_is_no_owner_yet() -> None:
    people = {"anna": ANNA, "bo": Person("bo", "bo@acme.test", roles=("head",))}
    roles = {**ACCESS.roles, "head": DeclaredRole("head", OrgRole.OWNER, {"ants": None})}
    access = replace(ACCESS, people=people, roles=roles)
    waiting = planned(account(1, role="owner"), account(2, "bo@acme.test", role="owner", pending=True), access=access)
    assert held(waiting) == [(SetRole, Hold.LAST_OWNER)]


def test_a_new_owner_is_made_before_the_old_one_is_none() -> None:
    people = {"anna": ANNA, "bo": Person("bo", "bo@acme.test", roles=("head",))}
    roles = {**ACCESS.roles, "head": DeclaredRole("head", OrgRole.OWNER, {"ants": None})}
    access = replace(ACCESS, people=people, roles=roles)
    plan = planned(account(1, role="owner"), account(2, "bo@acme.test"), access=access)
    assert [(change.email, change.after) for change in plan.changes if isinstance(change, SetRole)] == [
        ("bo@acme.test", "owner"),
        ("anna@acme.test", "member"),
    ]


@pytest.mark.parametrize("role", [OrgRole.ADMIN, OrgRole.MANAGER, OrgRole.OWNER])
def test_a_team_role_that_a_greater_role_hides_is_no_difference(role: OrgRole) -> None:
    access = with_role(role, ants=TeamRole.ADMIN)
    assert planned(account(1, role=role.value), access=access).empty


def test_a_team_role_comes_after_the_role_that_hid_it() -> None:
    access = with_role(OrgRole.MEMBER, ants=TeamRole.ADMIN)
    plan = planned(account(1, role="admin"), account(2, "bot@acme.test", role="owner"), access=access, caller="u2")
    assert [type(change) for change in plan.changes] == [SetRole, SetTeamRole]


def test_an_expired_invitation_of_somebody_wanted_is_renewed_or_told_where_none_is_to_be_sent() -> None:
    expired = account(1, pending=True, expired=True)
    assert [type(change) for change in planned(expired).changes] == [RenewInvitation]
    quiet = planned(expired, access=replace(ACCESS, send_invites=False))
    assert (quiet.changes, [each.ailment for each in quiet.diagnoses]) == ((), [Ailment.INVITATION_EXPIRED])


def test_whoever_only_asked_to_come_in_is_no_member() -> None:
    plan = planned(account(1, pending=True, invite_status="requested_to_join"))
    assert [type(change) for change in plan.changes] == [InviteMember]


def test_a_protected_person_is_not_looked_at() -> None:
    access = replace(ACCESS, protected=Protected(people=("ANNA@acme.test", "bo@acme.test")))
    assert planned(account(1, role="owner", teams={}), account(2, "bo@acme.test"), access=access).empty


def test_a_wrong_identity_and_an_account_that_was_never_come_in_by_are_told_with_their_cure() -> None:
    wrong = planned(account(1, flags=frozenset({MemberFlag.SSO_INVALID})))
    assert [each.ailment for each in wrong.diagnoses] == [Ailment.WRONG_IDENTITY]
    assert "Auth identities" in wrong.diagnoses[0].cure
    never = planned(account(1, pending=True, flags=frozenset({MemberFlag.IDP_PROVISIONED})))
    assert [each.ailment for each in never.diagnoses] == [Ailment.NEVER_INVITED]
