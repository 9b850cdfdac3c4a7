"""An organisation is read whole, in each dialect, or not at all."""

import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integrations.sentry.opening import SECRET, roster_of
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.talking import RosterTalker
from vedette.integrations.sentry.roster.whole import whole
from vedette.model.org import Caller, Details, Lack, Organization
from vedette.model.settings import Dialect as Spoken
from vedette.model.settings import SentryInstance
from vedette.sandbox.sentry import Dialect, Project, SentryStandIn, StandInConfig, Team

NOW = datetime(2031, 3, 14, 9, tzinfo=UTC)
EVERYTHING = Details(options=None, ownership=frozenset(), alert_rules=frozenset())
JSON = {"content-type": "application/json"}
PREVIOUS = '<http://x/?&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1"'


def at_once() -> None:
    """Every call may be made at once."""


def look(sentry: SentryStandIn, details: Details = EVERYTHING, **changes: Any) -> Organization:
    return roster_of(sentry, **changes).read(details, now=NOW, pace=at_once)


def crowd(count: int) -> list[dict[str, Any]]:
    return [{"email": f"person-{number}@example.test", "teams": ["checkout"]} for number in range(count)]


def canned(path: str, rows: Any, link: str = "", **more: Any) -> dict[str, Any]:
    headers = JSON | ({"link": link} if link else {}) | more.pop("headers", {})
    return {
        "kind": "status",
        "status": 200,
        "path": path,
        "method": "GET",
        "body": json.dumps(rows),
        "headers": headers,
    } | more


def following(cursor: str, *, results: str = "true") -> str:
    return f'{PREVIOUS}, <http://x/?&cursor={cursor}>; rel="next"; results="{results}"; cursor="{cursor}"'


def test_page_two_and_page_three_are_read_too(sentry: SentryStandIn) -> None:
    sentry.roster(members=crowd(230), teams=[{"slug": f"team-{number:03}"} for number in range(110)])
    found = look(sentry)
    assert len(found.members) == 232
    assert len(found.teams) == 113
    assert sum("checkout" in member.teams for member in found.members) == 230
    assert found.members[-1].email == "person-229@example.test"
    assert found.read_at == NOW


def test_an_organisation_costs_a_call_per_hundred_one_per_team_and_one_per_project_that_is_asked_about() -> None:
    projects = tuple(Project(10 + number, f"project-{number:03}", teams=("checkout",)) for number in range(120))
    with SentryStandIn(StandInConfig(projects=projects, teams=(Team(1, "checkout"), Team(2, "empty")))) as sentry:
        sentry.roster(members=crowd(130))
        brief = look(sentry, Details())
        some = look(sentry, Details(options=frozenset({"project-007", "project-008", "no-such"})))
    # The organisation, its caller, two pages of members, one of teams, two of projects, two of checkout, one of empty.
    assert (brief.calls, some.calls) == (10, 12)
    assert [project.slug for project in some.projects if project.options] == ["project-007", "project-008"]


def test_every_call_waits_its_turn_and_one_at_a_time(modern: SentryStandIn) -> None:
    modern.roster(teams=[{"slug": f"team-{number}"} for number in range(20)])
    inside, most = threading.Semaphore(1), []

    def pace() -> None:
        most.append(inside.acquire(blocking=False))
        for _ in range(50):
            os.sched_yield()
        inside.release()

    found = roster_of(modern).read(EVERYTHING, now=NOW, pace=pace)
    assert len(most) == found.calls > 25
    assert all(most)


def test_slow_answers_are_waited_for_by_eight_at_once() -> None:
    teams = tuple(Team(number, f"team-{number}") for number in range(1, 33))
    with SentryStandIn(StandInConfig(teams=teams, projects=())) as sentry:
        sentry.faults(faults=[{"kind": "slow", "path": "teams/acme/.*/members/$", "seconds": 0.05}])
        began = time.monotonic()
        assert len(look(sentry).teams) == 32
        # One after the other they would take 1.6 s.
        assert time.monotonic() - began < 1.2


def test_members_are_told_as_the_server_writes_them(modern: SentryStandIn) -> None:
    modern.roster(
        members=[
            {
                "email": "Lin.Po@Example.test",
                "name": "Lin Po",
                "role": "manager",
                "teams": {"checkout": None},
                "flags": ["sso:linked"],
                "lastLogin": 1.76e9,
            },
            {"email": "new@example.test", "pending": True, "teams": ["search"], "inviter": "tor@example.test"},
            {"email": "old@example.test", "expired": True},
            {"email": "adm@example.test", "teams": {"checkout": "admin", "search": None}},
        ]
    )
    found = {member.email: member for member in look(modern).members}
    lin, adm, new, old = (found[each] for each in sorted(found) if each[:3] in {"Lin", "new", "old", "adm"})
    assert (lin.key, lin.name, lin.role, lin.flags) == (
        "lin.po@example.test",
        "Lin Po",
        "manager",
        frozenset({"sso:linked"}),
    )
    assert lin.logged_in
    assert lin.last_login == datetime.fromtimestamp(1.76e9, UTC)
    assert (new.pending, new.user_id, new.inviter, new.teams) == (True, "", "Tor Triage", {"search": ""})
    assert (old.expired, old.pending) == (True, True)
    assert adm.teams == {"checkout": "admin", "search": ""}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_tokens_person_is_known(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        assert look(sentry).caller == Caller("1", "ada@example.test")


def test_an_integrations_token_is_nobodys() -> None:
    with SentryStandIn(StandInConfig(tokens=("stand-in-token",), integration_tokens=("stand-in-token",))) as sentry:
        found = look(sentry)
    assert found.caller == Caller()
    assert not [lack for lack in found.lacks if "token" in lack]


def test_a_server_that_tells_nobody_whose_token_it_is_says_so(modern: SentryStandIn) -> None:
    modern.faults(
        faults=[{"kind": "status", "path": "(members/me/|api/0/)$", "status": 403, "body": "{}", "headers": JSON}]
    )
    found = look(modern)
    assert found.caller == Caller()
    assert any("protect its account" in lack for lack in found.lacks)


def test_what_a_dialect_lacks_is_told_and_is_none() -> None:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as sentry:
        sentry.roster(projects=[{"slug": "loud", "teams": ["search"], "eventThrottleRate": 40}])
        found = look(sentry, Details(options=None, ownership=None, alert_rules=None))
    loud = found.project("loud")
    assert loud is not None
    assert loud.options is not None
    assert (loud.options.throttle, loud.options.resolve_age, loud.ownership, loud.alert_rules) == (40, None, None, None)
    assert {Lack.TEAM_ROLES, Lack.OWNERSHIP, Lack.ALERT_RULES, Lack.ORGANIZATION, Lack.TEAM_NAMES} <= set(found.lacks)
    assert (found.join_requests, found.sso_required) == (None, None)
    assert found.roles == ("member", "admin", "manager", "owner")


def test_settings_that_keep_teams_apart_are_told(modern: SentryStandIn) -> None:
    modern.roster(choices={"open_membership": False, "allow_join_requests": False, "requires_sso": True})
    found = look(modern)
    assert (found.open_membership, found.join_requests, found.sso_required) == (False, False, True)
    assert found.roles == ("billing", "member", "admin", "manager", "owner")


def test_a_plan_without_roles_in_teams_lacks_them(modern: SentryStandIn) -> None:
    modern.roster(choices={"team_roles": False})
    assert Lack.TEAM_ROLES in look(modern).lacks


def test_roles_in_teams_come_from_the_members_own_page_where_the_list_does_not_tell_them(modern: SentryStandIn) -> None:
    modern.roster(members=[{"email": "adm@example.test", "teams": {"checkout": "admin", "search": None}}])
    rows = [{"id": "3", "email": "adm@example.test"}]
    modern.faults(faults=[canned("teams/acme/checkout/members/$", rows, following("100:1:0", results="false"))])
    found = next(member for member in look(modern).members if member.email == "adm@example.test")
    assert found.teams == {"checkout": "admin", "search": ""}


def test_the_servers_own_project_is_recognised(modern: SentryStandIn) -> None:
    modern.roster(projects=[{"slug": "internal", "internal": True}, {"slug": "secret", "internal": True}])
    brief, full = look(modern, Details()), look(modern)
    assert [each.slug for each in brief.projects if each.internal] == ["internal", "secret"]
    assert [each.slug for each in full.projects if each.internal] == ["internal", "secret"]


def test_options_are_told_for_those_that_are_asked_about(modern: SentryStandIn) -> None:
    modern.roster(
        projects=[
            {
                "slug": "till",
                "teams": ["search", "checkout"],
                "subjectPrefix": "[till]",
                "resolveAge": 24,
                "sensitiveFields": ["pin"],
                "allowedDomains": ["x.test"],
            }
        ]
    )
    till = look(modern, Details(options=frozenset({"till"}))).project("till")
    assert till is not None
    assert till.teams == ("checkout", "search")
    assert till.options is not None
    assert (till.options.subject_prefix, till.options.resolve_age, till.options.throttle) == ("[till]", 24, None)
    assert (till.options.sensitive_fields, till.options.safe_fields, till.options.allowed_domains) == (
        ("pin",),
        (),
        ("x.test",),
    )


def test_what_was_deleted_after_it_was_listed_is_left_out(modern: SentryStandIn) -> None:
    gone = {
        "kind": "status",
        "status": 404,
        "body": '{"detail": "The requested resource does not exist"}',
        "headers": JSON,
    }
    modern.faults(faults=[gone | {"path": "projects/acme/search/$"}, gone | {"path": "teams/acme/partners/members/$"}])
    found = look(modern)
    assert [project.slug for project in found.projects] == ["checkout", "external-api"]
    assert [team.slug for team in found.teams] == ["checkout", "search"]
    external = found.project("external-api")
    assert external is not None
    assert external.teams == ()


def test_somebody_whom_the_pages_lost_is_looked_for_once_more(modern: SentryStandIn) -> None:
    modern.roster(members=[{"email": "lin@example.test", "teams": ["checkout"]}])
    rows = [{"id": "1", "email": "ada@example.test", "role": "owner", "user": {"id": "1"}}]
    modern.faults(faults=[canned("organizations/acme/members/$", rows, following("100:1:0", results="false"), times=1)])
    assert [member.email for member in look(modern).members] == [
        "ada@example.test",
        "tor@example.test",
        "lin@example.test",
    ]


def test_a_service_account_is_no_member(modern: SentryStandIn) -> None:
    rows = [
        {"id": "1", "email": "ada@example.test", "role": "owner", "user": {"id": "1"}},
        {"id": "9", "email": "", "role": "member", "user": {"id": "", "actorType": "service_account"}},
    ]
    modern.faults(faults=[canned("organizations/acme/members/$", rows, following("100:1:0", results="false"))])
    assert [member.id for member in look(modern).members] == ["1"]


# --- half lists ---


@pytest.mark.parametrize(
    "which",
    [
        "organizations/acme/members/$",
        "organizations/acme/teams/$",
        "organizations/acme/projects/$",
        "teams/acme/checkout/members/$",
    ],
)
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"rows": [{"id": "1", "slug": "a"}], "link": following("100:1:0")}, "promises pages that never come"),
        ({"rows": [], "link": following("100:1:0")}, "promises pages that never come"),
        ({"rows": [{"id": "1", "slug": "a"}] * 100}, "does not say whether more follow"),
        ({"rows": [{"id": "1", "slug": "a"}] * 3, "link": PREVIOUS}, "does not say whether a page follows"),
        (
            {"rows": [{"id": "1", "slug": "a"}] * 3, "link": f'{PREVIOUS}, <http://x/?>; rel="next"; results="true"'},
            "does not say whether a page follows",
        ),
        ({"rows": {"detail": "soon"}}, "no list of objects"),
        ({"rows": [{"id": "1", "slug": "a"}, "cut"]}, "no list of objects"),
        (
            {
                "rows": [{"id": "1", "slug": "a"}],
                "link": following("1:1:0", results="false"),
                "headers": {"x-hits": "7"},
            },
            "told of 7 rows and gave 1",
        ),
    ],
)
def test_half_a_list_is_never_planned_from(modern: SentryStandIn, which: str, fault: dict[str, Any], why: str) -> None:
    fault = dict(fault)
    modern.faults(faults=[canned(which, fault.pop("rows"), fault.pop("link", ""), **fault)])
    with pytest.raises(Unavailable, match=why):
        look(modern)


def test_a_list_with_more_pages_than_may_be_is_refused(modern: SentryStandIn) -> None:
    modern.roster(members=crowd(250))
    talker = RosterTalker(SentryInstance("main", modern.url, "acme", SECRET))
    try:
        with pytest.raises(Unavailable, match="more than 2 pages"):
            whole(Errands(talker, at_once), "organizations/acme/members/", pages=2)
        assert len(whole(Errands(talker, at_once), "organizations/acme/members/", pages=3)) == 252
    finally:
        talker.close()


def test_an_answer_that_is_cut_is_refused(modern: SentryStandIn) -> None:
    modern.roster(members=crowd(150))
    modern.faults(faults=[{"kind": "truncate", "path": "organizations/acme/members/$", "method": "GET"}])
    with pytest.raises(Unavailable):
        look(modern)


def test_a_row_that_cannot_be_told_from_another_is_refused(modern: SentryStandIn) -> None:
    modern.faults(
        faults=[
            canned(
                "organizations/acme/projects/$", [{"id": "3", "name": "No slug"}], following("1:1:0", results="false")
            )
        ]
    )
    with pytest.raises(Unavailable, match="without slug"):
        look(modern)


def test_an_empty_page_after_the_last_full_one_is_the_end() -> None:
    with SentryStandIn(StandInConfig(hollow_pages=True)) as sentry:
        sentry.roster(members=crowd(98))
        assert len(look(sentry).members) == 100


def test_a_token_that_is_revoked_in_the_middle_is_told_as_such(modern: SentryStandIn) -> None:
    modern.faults(
        faults=[
            {
                "kind": "status",
                "path": "search/members/$",
                "status": 401,
                "body": '{"detail": "Invalid token"}',
                "headers": JSON,
            }
        ]
    )
    with pytest.raises(Unauthorised, match="401"):
        look(modern)


def test_what_fails_ends_the_whole_reading_at_once() -> None:
    turns: list[int] = []
    projects = tuple(Project(10 + number, f"project-{number:03}", teams=("checkout",)) for number in range(90))
    with SentryStandIn(StandInConfig(projects=projects)) as sentry:
        sentry.faults(faults=[{"kind": "status", "path": "acme/teams/$", "status": 401, "body": "{}", "headers": JSON}])
        with pytest.raises(Unauthorised, match="401"):
            roster_of(sentry).read(EVERYTHING, now=NOW, pace=lambda: turns.append(1))
    assert len(turns) < 60


def test_a_limit_in_the_middle_is_waited_out(modern: SentryStandIn) -> None:
    modern.faults(faults=[{"kind": "rate_limit", "path": "teams/acme/.*/members/$", "times": 2}])
    found = look(modern)
    assert len(found.teams) == 3
    # The two that were refused were asked again.
    assert found.calls == 13


def test_a_wrong_organisation_is_refused_in_words(modern: SentryStandIn) -> None:
    with pytest.raises(Refused, match="organizations/nowhere/"):
        look(modern, organization="nowhere")


def test_a_wrong_dialect_is_refused_before_anything_is_planned() -> None:
    config, cure = StandInConfig(dialect=Dialect.GLITCHTIP), "set `dialect:`"
    with SentryStandIn(config) as sentry, pytest.raises(Unauthorised, match=cure):
        look(sentry, Details(ownership=None), dialect=Spoken.SENTRY)
