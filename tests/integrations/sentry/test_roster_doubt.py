"""A change whose answer was lost is uncertain, and one look tells whether it is in force."""

import json
from datetime import timedelta

import pytest

from tests.integrations.sentry.opening import roster_of
from tests.integrations.sentry.test_roster_changes import LIN, NEW, OLD, RULE, Town
from vedette.errors import Refused, Unavailable, Uncertain
from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenameTeam,
    RenewInvitation,
    SetOrganization,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.plan import Fate
from vedette.ports.http import Fence, LeaseSpent
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

#: What the members of a fresh town are called by the server.
LINS, NEWS, OLDS = "3", "4", "5"
#: The alert rule that the project search has from the beginning.
RULES = "903"


def every() -> list[Change]:
    """One of each change, of which none is in force in a fresh town."""
    return [
        SetOrganization("open_membership", before=True, after=False),
        CreateTeam("pay", "Pay"),
        RenameTeam("search", "Search", "Finders"),
        CreateProject("till", "search"),
        LinkTeam("search", "checkout"),
        UpdateProject("search", {}, {"resolve_age": 24}),
        SetOwnership("search", {}, {"raw": "path:src/* #search", "fallthrough": False}),
        CreateAlertRule("search", "Comes back", RULE),
        DeleteAlertRule("search", RULES, "A new issue is created"),
        InviteMember("zoe@example.test", "manager", {"search": ""}),
        RenewInvitation(OLDS, OLD),
        SetRole(LINS, LIN, "member", "manager"),
        JoinTeam(LINS, LIN, "search"),
        SetTeamRole(LINS, LIN, "checkout", "", "admin"),
        UnlinkTeam("search", "search"),
        LeaveTeam(LINS, LIN, "checkout"),
        DeleteDuplicate(NEWS, NEW, LINS),
        DeleteMember(LINS, LIN),
        DeleteProject("search", "12"),
        DeleteTeam("search", "3"),
    ]


def named(change: Change) -> str:
    return type(change).__name__


@pytest.fixture
def today(modern: SentryStandIn) -> Town:
    """People of which each has the number that the changes name."""
    town = Town(modern)
    assert (town.id(LIN), town.id(NEW), town.id(OLD)) == (LINS, NEWS, OLDS)
    return town


def lose(town: Town, kind: str) -> None:
    """The first write's answer never comes."""
    for method in ("POST", "PUT", "DELETE"):
        town.sentry.faults(faults=[{"kind": kind, "path": "^/api/0/", "method": method, "seconds": 0.02, "times": 1}])


@pytest.mark.parametrize("change", every(), ids=named)
def test_an_answer_that_was_lost_after_the_work_is_found_done(today: Town, change: Change) -> None:
    assert not today.roster.holds(change)
    lose(today, "hang_after")
    with pytest.raises(Uncertain):
        today.do(change)
    today.sentry.faults(clear=True)
    assert today.roster.holds(change)


@pytest.mark.parametrize("change", every(), ids=named)
def test_an_answer_that_was_lost_before_the_work_is_found_undone_and_can_be_tried_again(
    today: Town, change: Change
) -> None:
    lose(today, "hang")
    with pytest.raises(Uncertain):
        today.do(change)
    today.sentry.faults(clear=True)
    assert not today.roster.holds(change)
    assert today.do(change) in {Fate.DONE, Fate.ALREADY}
    assert today.roster.holds(change)


@pytest.mark.parametrize("change", every(), ids=named)
def test_nothing_is_sent_after_the_fence(today: Town, change: Change) -> None:
    with pytest.raises(LeaseSpent):
        today.roster.perform(change, fence=Fence.after(0.05))
    assert not today.roster.holds(change)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_proxys_error_leaves_open_what_became_of_a_change(today: Town, status: int) -> None:
    today.fails("organizations/acme/teams/$", status, method="POST")
    with pytest.raises(Uncertain):
        today.do(CreateTeam("pay"))


def test_a_second_team_of_a_slug_breaks_glitchtip_and_a_look_tells() -> None:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as sentry:
        town = Town(sentry)
        with pytest.raises(Uncertain):
            town.do(CreateTeam("search", "Search"))
        assert town.roster.holds(CreateTeam("search", "Search"))
        assert not town.roster.holds(CreateTeam("pay"))


@pytest.mark.parametrize("dialect", [Dialect.SENTRY9, Dialect.GLITCHTIP])
def test_a_look_knows_every_dialect(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        town = Town(sentry)
        here: list[Change] = [
            CreateTeam("search"),
            CreateProject("search", "search"),
            LinkTeam("search", "search"),
            UnlinkTeam("search", "checkout"),
            InviteMember(NEW, "member", {"search": ""}),
            DeleteMember("777", LIN),
            JoinTeam(LINS, LIN, "checkout"),
            LeaveTeam(LINS, LIN, "search"),
            SetRole(LINS, LIN, "", "member"),
            RenewInvitation(NEWS, NEW),
            UpdateProject("search", {}, {"name": "Search"}),
        ]
        assert [named(change) for change in here if not town.roster.holds(change)] == []
        away: list[Change] = [
            DeleteTeam("search"),
            DeleteProject("search"),
            UnlinkTeam("search", "search"),
            LinkTeam("search", "checkout"),
            InviteMember(NEW, "member", {"checkout": ""}),
            InviteMember("zoe@example.test", "member"),
            DeleteMember(LINS, LIN),
            JoinTeam(LINS, LIN, "search"),
            LeaveTeam(LINS, LIN, "checkout"),
            RenewInvitation("777", NEW),
        ]
        assert [named(change) for change in away if town.roster.holds(change)] == []


def test_another_thing_of_the_slug_means_that_the_old_one_is_gone(today: Town) -> None:
    assert today.roster.holds(DeleteProject("search", "999"))
    assert today.roster.holds(DeleteTeam("search", "999"))


def test_a_person_is_known_by_another_address_of_theirs(today: Town) -> None:
    row = {
        "id": LINS,
        "email": LIN,
        "orgRole": "member",
        "pending": False,
        "user": {"id": "7", "emails": [{"email": "Lin@Old.example.test", "is_verified": True}]},
    }
    link = '<http://x/?&cursor=1:0:0>; rel="next"; results="false"; cursor="1:0:0"'
    today.fails(
        "acme/members/$",
        200,
        json.dumps([row]),
        method="GET",
        headers={"content-type": "application/json", "link": link},
    )
    assert today.roster.holds(InviteMember("lin@old.example.test", "member", {"checkout": ""}))


def test_an_address_that_the_server_does_not_know_is_never_taken_for_gone(today: Town) -> None:
    """A server of another kind answers every deletion with a page of its own."""
    page = {"headers": {"content-type": "text/html"}}
    today.fails("members/3/$", 404, "<h1>Not Found</h1>", **page)
    for attempt in (today.do, today.roster.holds):
        with pytest.raises(Refused, match="no such address"):
            attempt(DeleteMember(LINS, LIN))
    today.sentry.faults(clear=True)
    today.fails("members/3/$", 200, "<html>", **page)
    with pytest.raises(Exception, match="web page"):
        today.do(DeleteMember(LINS, LIN))
    today.sentry.faults(clear=True)
    assert not today.roster.holds(DeleteMember(LINS, LIN))


def test_a_long_deletion_is_waited_for(modern: SentryStandIn) -> None:
    """GlitchTip deletes a project's events before it answers."""
    roster = roster_of(modern, timeout=timedelta(seconds=0.3))
    modern.faults(faults=[{"kind": "slow", "path": "projects/acme/search/$", "method": "DELETE", "seconds": 0.8}])
    assert roster.perform(DeleteProject("search"), fence=Fence.after(20))[0] is Fate.DONE
    modern.faults(faults=[{"kind": "slow", "path": "projects/acme/checkout/$", "method": "PUT", "seconds": 0.8}])
    with pytest.raises(Uncertain):
        roster.perform(UpdateProject("checkout", {}, {"name": "x"}), fence=Fence.after(20))


def test_a_server_that_is_down_is_told_as_such(today: Town) -> None:
    today.sentry.stop()
    for change in every()[:3]:
        with pytest.raises(Unavailable):
            today.do(change)
