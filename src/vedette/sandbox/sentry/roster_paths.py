"""Roster paths: which handler answers which path of people, teams and projects."""

from vedette.sandbox.sentry import (
    key_routes,
    member_routes,
    membership_routes,
    project_routes,
    team_routes,
)
from vedette.sandbox.sentry.desk import Handler

_ORGANIZATION = "/api/0/organizations/{organization}"
_MEMBER = f"{_ORGANIZATION}/members/{{member}}"
_TEAM = "/api/0/teams/{organization}/{team}"
_PROJECT = "/api/0/projects/{organization}/{project}"

COMMON: dict[str, dict[str, Handler]] = {
    f"{_ORGANIZATION}/members/": {"GET": member_routes.members, "POST": member_routes.invite},
    f"{_MEMBER}/": {"GET": member_routes.member, "PUT": member_routes.change, "DELETE": member_routes.remove},
    f"{_MEMBER}/teams/{{team}}/": {
        "POST": membership_routes.join,
        "PUT": membership_routes.change,
        "DELETE": membership_routes.leave,
    },
    f"{_ORGANIZATION}/teams/": {"GET": team_routes.teams, "POST": team_routes.create},
    f"{_TEAM}/": {"GET": team_routes.team, "PUT": team_routes.change, "DELETE": team_routes.remove},
    f"{_TEAM}/members/": {"GET": team_routes.members},
    f"{_TEAM}/projects/": {"GET": team_routes.projects, "POST": project_routes.create},
    f"{_ORGANIZATION}/projects/": {"GET": project_routes.projects},
    f"{_PROJECT}/": {
        "GET": project_routes.project,
        "PUT": project_routes.change,
        "DELETE": project_routes.remove,
    },
    f"{_PROJECT}/teams/": {"GET": project_routes.teams},
    f"{_PROJECT}/teams/{{team}}/": {"POST": project_routes.add_team, "DELETE": project_routes.remove_team},
    f"{_PROJECT}/keys/": {"GET": key_routes.keys},
}

#: What only Sentry has; GlitchTip answers these with its single page.
SENTRY_ONLY: dict[str, dict[str, Handler]] = {}
