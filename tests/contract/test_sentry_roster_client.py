"""Every request that the roster sends to today's Sentry is as the published specification says.

Access requests, invitations asked for, alert rules and what is no public part of a body are excepted, by name. The
dialects of old are not held to it: they are no part of what it describes.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.contract.sentry import contract, needs_specs
from tests.integrations.sentry.opening import close_all, roster_of
from tests.integrations.sentry.test_roster_changes import LIN, NEW, OLD, RULE, Town
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
from vedette.ports.http import Fence
from vedette.sandbox.sentry import SentryStandIn
from vedette.sandbox.sentry.records import Exchange

#: Paths that are no part of the specification, and are the server's own page's.
PRIVATE_PATHS = ("/access-requests/", "/invite-requests/", "/rules/")
#: Keys of bodies that the server takes and the specification leaves out.
PRIVATE_KEYS = {"reinvite", "regenerate", "sensitiveFields", "safeFields", "allowedDomains"}
#: The operations that the roster must have used, or the test has not looked at them.
USED = {
    "GET organizations/{organization_id_or_slug}/",
    "PUT organizations/{organization_id_or_slug}/",
    "GET organizations/{organization_id_or_slug}/members/",
    "POST organizations/{organization_id_or_slug}/members/",
    "GET organizations/{organization_id_or_slug}/members/{member_id}/",
    "PUT organizations/{organization_id_or_slug}/members/{member_id}/",
    "DELETE organizations/{organization_id_or_slug}/members/{member_id}/",
    "POST organizations/{organization_id_or_slug}/members/{member_id}/teams/{team_id_or_slug}/",
    "PUT organizations/{organization_id_or_slug}/members/{member_id}/teams/{team_id_or_slug}/",
    "DELETE organizations/{organization_id_or_slug}/members/{member_id}/teams/{team_id_or_slug}/",
    "GET organizations/{organization_id_or_slug}/teams/",
    "POST organizations/{organization_id_or_slug}/teams/",
    "GET organizations/{organization_id_or_slug}/projects/",
    "GET organizations/{organization_id_or_slug}/project-keys/",
    "GET organizations/{organization_id_or_slug}/stats_v2/",
    "GET teams/{organization_id_or_slug}/{team_id_or_slug}/",
    "PUT teams/{organization_id_or_slug}/{team_id_or_slug}/",
    "DELETE teams/{organization_id_or_slug}/{team_id_or_slug}/",
    "GET teams/{organization_id_or_slug}/{team_id_or_slug}/members/",
    "POST teams/{organization_id_or_slug}/{team_id_or_slug}/projects/",
    "GET projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "PUT projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "DELETE projects/{organization_id_or_slug}/{project_id_or_slug}/",
    "POST projects/{organization_id_or_slug}/{project_id_or_slug}/teams/{team_id_or_slug}/",
    "DELETE projects/{organization_id_or_slug}/{project_id_or_slug}/teams/{team_id_or_slug}/",
    "GET projects/{organization_id_or_slug}/{project_id_or_slug}/keys/",
    "GET projects/{organization_id_or_slug}/{project_id_or_slug}/ownership/",
    "PUT projects/{organization_id_or_slug}/{project_id_or_slug}/ownership/",
}


def changes(town: Town) -> list[Change]:
    """Every change, in every form that its body can take."""
    lin, new, old = town.id(LIN), town.id(NEW), town.id(OLD)
    options = {"subject_prefix": "[till]", "resolve_age": 24, "name": "The Till", "platform": "go"}
    lists = {"sensitive_fields": ("pin",), "safe_fields": ("id",), "allowed_domains": ("*",)}
    return [
        SetOrganization("open_membership", before=True, after=False),
        SetOrganization("join_requests", before=True, after=False),
        CreateTeam("pay", "Pay"),
        CreateTeam("bare"),
        CreateTeam("pay", "Pay"),
        RenameTeam("pay", "Pay", "Payments"),
        CreateProject("till", "pay", "Till", "python"),
        CreateProject("quiet", "pay", default_rules=False),
        CreateProject("till", "pay"),
        LinkTeam("till", "checkout"),
        UpdateProject("till", {}, options),
        UpdateProject("till", {}, lists),
        SetOwnership("till", {}, {"raw": "path:src/* #pay", "fallthrough": False}),
        SetOwnership("till", {}, {"auto_assignment": "Turn off Auto-Assignment"}),
        CreateAlertRule("till", "Comes back", RULE),
        DeleteAlertRule("search", "903", "A new issue is created"),
        InviteMember("zoe@example.test", "member", {"pay": "admin", "checkout": ""}, send=False),
        InviteMember("sam@example.test", "manager"),
        InviteMember(NEW, "member", {"pay": "admin"}),
        RenewInvitation(old, OLD),
        SetRole(lin, LIN, "member", "manager"),
        SetRole(new, NEW, "member", "owner"),
        JoinTeam(lin, LIN, "pay", "admin"),
        SetTeamRole(lin, LIN, "checkout", "", "contributor"),
        UnlinkTeam("till", "pay"),
        LeaveTeam(lin, LIN, "checkout"),
        DeleteDuplicate(new, NEW, lin),
        DeleteMember(lin, LIN),
        DeleteProject("till"),
        DeleteTeam("bare"),
    ]


def work(sentry: SentryStandIn) -> None:
    """Everything that a roster asks and does."""
    now, town = datetime.now(UTC), Town(sentry)
    town.look()
    for change in changes(town):
        town.do(change)
        assert town.roster.holds(change), change
    town.look()
    sentry.roster(
        members=[{"email": "asks@example.test", "status": "requested_to_join"}],
        accessRequests=[{"email": "tor@example.test", "team": "search"}],
    )
    roster = roster_of(sentry)
    for request in roster.requests(pace=turn):
        roster.answer(request, approve=True, fence=Fence.after(20))
    assert roster.keys("search", pace=turn)
    assert roster.keys("", pace=turn)
    assert roster.talkers(since=now - timedelta(hours=24), until=now, every=timedelta(hours=1), pace=turn)


def turn() -> None:
    """Every call may be made at once."""


def public(exchange: Exchange) -> bool:
    """Whether the specification is to know this exchange."""
    return not any(path in exchange.path for path in PRIVATE_PATHS) and not exchange.path.startswith("/_standin")


def without_private_keys(exchange: Exchange) -> bool:
    """Whether the body is made of public keys only."""
    body = json.loads(exchange.body) if exchange.body else {}
    return not PRIVATE_KEYS & body.keys()


@needs_specs
def test_every_request_of_the_roster_agrees_with_the_specification(say: Callable[[str], None]) -> None:
    checker = contract()
    try:
        with SentryStandIn(recording=True) as sentry:
            work(sentry)
            said = [exchange for exchange in sentry.exchanges() if public(exchange)]
    finally:
        close_all()
    assert [exchange.path for exchange in said if not checker.knows(exchange)] == []
    found = [problem for each in said if without_private_keys(each) for problem in checker.request_problems(each)]
    assert found == []
    used = {checker.operation(each).replace("/api/0/", "") for each in said if without_private_keys(each)}
    assert used >= USED, USED - used
    checker.check_all(each for each in said if without_private_keys(each))
    say(checker.report())


@needs_specs
def test_what_is_excepted_is_needed(say: Callable[[str], None]) -> None:
    """An exception that nothing uses would hide a mistake of tomorrow."""
    with SentryStandIn(recording=True) as sentry:
        work(sentry)
        said = sentry.exchanges()
    close_all()
    assert all(any(path in each.path for each in said) for path in PRIVATE_PATHS)
    sent = {key for each in said if each.body and each.path.startswith("/api/0/") for key in json.loads(each.body)}
    assert sent >= PRIVATE_KEYS, PRIVATE_KEYS - sent
    say(f"{len(said)} exchanges, of which {sum(map(public, said))} are public")
