"""A large organisation is made and read at once: a page costs what is on it."""

import time

import httpx2

from vedette.sandbox.sentry import SentryStandIn

AROUND = "/api/0/organizations/acme/"
MEMBERS, TEAMS, PROJECTS = 2000, 50, 500


def large(sentry: SentryStandIn) -> None:
    """Two thousand people in fifty teams, with five hundred projects."""
    teams = [f"t{each}" for each in range(TEAMS)]
    sentry.roster(
        clear=True,
        teams=[{"slug": slug} for slug in teams],
        members=[
            {"email": f"p{n}@example.test", "teams": [teams[n % TEAMS], teams[(n // TEAMS + n + 1) % TEAMS]]}
            for n in range(MEMBERS)
        ],
        projects=[{"slug": f"s{n}", "teams": [teams[n % TEAMS]]} for n in range(PROJECTS)],
    )


def pages(call: httpx2.Client, path: str) -> int:
    """How many rows all pages have."""
    rows, cursor = 0, "100:0:0"
    while cursor:
        answer = call.get(path, params={"cursor": cursor})
        rows += len(answer.json())
        following = answer.headers["Link"].partition('rel="next"; ')[2]
        cursor = following.partition('cursor="')[2].rstrip('"') if 'results="true"' in following else ""
    return rows


def test_six_hundred_calls_read_a_large_organisation_within_seconds(sentry: SentryStandIn, call: httpx2.Client) -> None:
    large(sentry)
    began = time.process_time()
    assert pages(call, f"{AROUND}members/") == MEMBERS + 1
    assert pages(call, f"{AROUND}projects/") == PROJECTS
    assert pages(call, f"{AROUND}teams/") == TEAMS
    in_teams = sum(pages(call, f"/api/0/teams/acme/t{each}/members/") for each in range(TEAMS))
    for each in range(PROJECTS):
        assert call.get(f"/api/0/projects/acme/s{each}/").status_code == 200
    assert MEMBERS * 1.9 < in_teams <= MEMBERS * 2
    # Both ends together; several times what it takes, since the machine may be busy.
    assert time.process_time() - began < 20


def test_all_endpoints_together_may_be_limited(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(rate_limits={"all": 4})
    paths = ("members/", "teams/", "projects/", "", "members/", "teams/")
    statuses = [call.get(f"{AROUND}{path}").status_code for path in paths]
    assert statuses[:4] == [200] * 4
    assert 429 in statuses
