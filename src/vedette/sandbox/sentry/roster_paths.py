"""Roster paths: which handler answers which path of people, teams and projects."""

from vedette.sandbox.sentry import (
    key_routes,
    member_routes,
    membership_routes,
    ownership_routes,
    project_routes,
    request_routes,
    rule_routes,
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
    "/api/0/projects/": {"GET": project_routes.everywhere},
    f"{_ORGANIZATION}/projects/": {"GET": project_routes.projects},
    f"{_PROJECT}/": {
        "GET": project_routes.project,
        "PUT": project_routes.change,
        "DELETE": project_routes.remove,
    },
    f"{_PROJECT}/teams/": {"GET": project_routes.teams},
    f"{_PROJECT}/teams/{{team}}/": {"POST": project_routes.add_team, "DELETE": project_routes.remove_team},
    f"{_PROJECT}/keys/": {"GET": key_routes.keys, "POST": key_routes.create},
    f"{_PROJECT}/keys/{{key}}/": {"GET": key_routes.key, "PUT": key_routes.change, "DELETE": key_routes.remove},
}

#: What only Sentry has; GlitchTip answers these with its single page.
SENTRY_ONLY: dict[str, dict[str, Handler]] = {
    f"{_ORGANIZATION}/access-requests/": {"GET": request_routes.access_requests},
    f"{_ORGANIZATION}/access-requests/{{request}}/": {"PUT": request_routes.answer_access_request},
    f"{_ORGANIZATION}/invite-requests/": {"GET": request_routes.invite_requests, "POST": request_routes.propose},
    f"{_ORGANIZATION}/invite-requests/{{member}}/": {
        "GET": request_routes.invite_request,
        "PUT": request_routes.answer_invite_request,
        "DELETE": request_routes.reject_invite_request,
    },
    f"{_PROJECT}/members/": {"GET": project_routes.members},
    f"{_PROJECT}/ownership/": {"GET": ownership_routes.ownership, "PUT": ownership_routes.change},
    f"{_PROJECT}/rules/": {"GET": rule_routes.rules, "POST": rule_routes.create},
    f"{_PROJECT}/rules/{{rule}}/": {
        "GET": rule_routes.rule,
        "PUT": rule_routes.change,
        "DELETE": rule_routes.remove,
    },
}

#: What came after 9.1.2.
MODERN_ONLY: dict[str, dict[str, Handler]] = {f"{_ORGANIZATION}/project-keys/": {"GET": key_routes.all_keys}}
