"""Roles: what each role of an organisation and of a team may, and what it may give; pure.

Scopes and order were measured on 23.7.1; `billing` is of sentry.io.
"""

from typing import Any

#: In rising order.
ORDER = ("billing", "member", "admin", "manager", "owner")
OLD_ORDER = ("member", "admin", "manager", "owner")
TEAM_ORDER = ("contributor", "admin")

_SEES = (
    "member:read",
    "org:read",
    "event:read",
    "event:write",
    "project:read",
    "project:releases",
    "alerts:read",
    "team:read",
)
_TEAM_ADMIN = (
    *_SEES, "event:admin", "alerts:write", "project:write", "project:admin", "team:write", "team:admin",
    "org:integrations",
)  # fmt: skip
_MANAGES = (*_TEAM_ADMIN, "org:write", "member:write", "member:admin", "member:invite")

#: What a role may, by the organisation's role.
SCOPES: dict[str, tuple[str, ...]] = {
    "billing": ("org:read", "org:billing"),
    "member": (*_SEES, "event:admin", "alerts:write"),
    "admin": _TEAM_ADMIN,
    "manager": _MANAGES,
    "owner": (*_MANAGES, "org:admin"),
}
#: What a team's admin may within the team.
TEAM_SCOPES: dict[str, tuple[str, ...]] = {"contributor": _SEES, "admin": _TEAM_ADMIN}
_WORDS = {
    "billing": "Pays, and sees no events.",
    "member": "Sees most things, and works on issues.",
    "admin": "Runs the teams that they are in.",
    "manager": "Runs all teams, and lets people in.",
    "owner": "May do everything.",
    "contributor": "Works on the issues of the team.",
}


def known(*, old: bool) -> tuple[str, ...]:
    """The roles that a server has; 9.1.2 knew nobody who only pays."""
    return OLD_ORDER if old else ORDER


def up_to(role: str) -> tuple[str, ...]:
    """The roles that a holder of this one may give and take; below a manager, none above their own."""
    return ORDER[: ORDER.index(role) + 1] if role in ORDER else ()


def least_team_role(role: str) -> str:
    """The team role that a role of the organisation brings along."""
    return "admin" if role in {"admin", "manager", "owner"} else "contributor"


def is_global(role: str) -> bool:
    """Whether a role reaches every team, member or not."""
    return role in {"manager", "owner"}


def on_teams(role: str) -> bool:
    """Whether a role can be in teams at all."""
    return role != "billing"


def organization_roles(allowed: tuple[str, ...], *, retired: bool) -> list[dict[str, Any]]:
    """Sentry's orgRoleList: every role, and whether the caller may give it."""
    return [
        _role(role, role.title(), SCOPES[role], given=role in allowed, retired=retired and role == "admin")
        | {
            "is_global": is_global(role),
            "isGlobal": is_global(role),
            "minimumTeamRole": least_team_role(role),
        }
        for role in ORDER
    ]


def team_roles(allowed: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Sentry's teamRoleList."""
    names = {"contributor": "Contributor", "admin": "Team Admin"}
    return [
        _role(role, names[role], TEAM_SCOPES[role], given=role in allowed, retired=False)
        | {"isMinimumRoleFor": "admin" if role == "admin" else None}
        for role in TEAM_ORDER
    ]


def _role(role: str, name: str, scopes: tuple[str, ...], *, given: bool, retired: bool) -> dict[str, Any]:
    return {
        "id": role,
        "name": name,
        "desc": _WORDS[role],
        "scopes": list(scopes),
        "allowed": given,
        "isAllowed": given,
        "isRetired": retired,
        "isTeamRolesAllowed": on_teams(role),
    }
