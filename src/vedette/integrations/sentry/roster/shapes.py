"""Shapes: members, teams, projects and the organisation out of a server's JSON; pure.

What is missing has a decided meaning, told beside each field. Only what cannot be told apart from another, for want of
an id or a slug, is refused: left out, it would look as though it were not there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.errors import Unavailable
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.untrusted import first_text, items, mapping, number, text
from vedette.model.org import (
    NO_TEAM_ROLE,
    AlertRule,
    Member,
    OrgRole,
    OwnershipRules,
    Project,
    ProjectOptions,
    Team,
)

_APPROVED = "approved"
# The server's own project on self-hosted Sentry; its lists do not carry the mark.
_INTERNAL = "internal"
# What a rule is told with and is not made of.
_TOLD_ONLY = frozenset({"id", "dateCreated", "createdBy", "projects", "lastTriggered", "snooze", "status"})
_STEPS = ("conditions", "filters", "actions")


def is_person(row: Mapping[str, Any]) -> bool:
    """Whether a member is one that can be declared; service accounts have the shape of people, and are none."""
    kinds = (row.get("actorType"), mapping(row.get("user")).get("actorType"))
    return "service_account" not in map(text, kinds)


def identity(row: Mapping[str, Any], *names: str) -> str:
    """The first of the fields that says something; `Unavailable` where none does."""
    found = first_text(*(row.get(name) for name in names))
    if not found:
        raise Unavailable(f"a list has a row without {' or '.join(names)}, which cannot be told from another")
    return found


def member(row: Mapping[str, Any], *, teams: Mapping[str, str]) -> Member:
    """A member; `teams` come from elsewhere. `user` is null or {} while nobody has taken the invitation."""
    user = mapping(row.get("user"))
    user_id = text(user.get("id"))
    pending = row.get("pending")
    email = first_text(row.get("email"), user.get("email"))
    return Member(
        id=identity(row, "id"),
        email=email,
        name=first_text(row.get("name"), user.get("name")),
        username=text(user.get("username")),
        # A role that is not told is none that is known: nobody may take it for a weak one.
        role=first_text(row.get("orgRole"), row.get("role")),
        teams=teams,
        user_id=user_id,
        pending=pending if isinstance(pending, bool) else not user_id,
        expired=row.get("expired") is True,
        flags=frozenset(flag for flag, on in mapping(row.get("flags")).items() if on is True),
        created_at=dates.parse(row.get("dateCreated")),
        last_login=dates.parse(user.get("lastLogin")),
        last_active=dates.parse(user.get("lastActive")),
        inviter=text(row.get("inviterName")),
        other_emails=_other_emails(user, email),
        invite_status=text(row.get("inviteStatus")) or _APPROVED,
    )


def _other_emails(user: Mapping[str, Any], email: str) -> tuple[str, ...]:
    """Verified addresses of the person besides the one that the membership goes by."""
    told = [mapping(each) for each in items(user.get("emails"))]
    verified = [text(each.get("email")) for each in told if each.get("is_verified") is True]
    return tuple(each for each in verified if each and each.casefold() != email.casefold())


def tells_team_role(row: Mapping[str, Any]) -> bool:
    """Whether a row of a team's list says which role in the team its member has."""
    return "teamRole" in row


def team_role(value: Any) -> str:
    """A role in a team; null is what the role in the organisation brings anyway."""
    return text(value) or NO_TEAM_ROLE


def memberships(row: Mapping[str, Any]) -> dict[str, str]:
    """The teams of a member by themselves, with their roles where the server has such."""
    found = {text(slug): NO_TEAM_ROLE for slug in items(row.get("teams"))}
    for told in map(mapping, items(row.get("teamRoles"))):
        found[text(told.get("teamSlug"))] = team_role(told.get("role"))
    return {slug: role for slug, role in found.items() if slug}


def team(row: Mapping[str, Any]) -> Team:
    """A team; its name is "" where the server gives teams none."""
    managed = mapping(row.get("flags")).get("idp:provisioned") is True
    return Team(identity(row, "slug"), text(row.get("id")), text(row.get("name")), idp_provisioned=managed)


def project(row: Mapping[str, Any], *, options: ProjectOptions | None = None) -> Project:
    """A project; `team` alone is how servers of old told its first one."""
    slug = identity(row, "slug")
    told = [mapping(each) for each in items(row.get("teams"))] or [mapping(row.get("team"))]
    teams = {text(each.get("slug")) for each in told} - {""}
    return Project(
        slug,
        text(row.get("id")),
        text(row.get("name")),
        text(row.get("platform")),
        tuple(sorted(teams)),
        internal=row.get("isInternal") is True or slug == _INTERNAL,
        options=options,
    )


def options(row: Mapping[str, Any]) -> ProjectOptions:
    """What a project's own page has besides; None for what this server does not tell."""
    prefix = row.get("subjectPrefix")
    return ProjectOptions(
        subject_prefix=text(prefix) if isinstance(prefix, str) else None,
        sensitive_fields=_words(row.get("sensitiveFields")),
        safe_fields=_words(row.get("safeFields")),
        resolve_age=number(row.get("resolveAge")),
        allowed_domains=_words(row.get("allowedDomains")),
        throttle=number(row.get("eventThrottleRate")),
    )


def _words(value: Any) -> tuple[str, ...] | None:
    return tuple(map(text, value)) if isinstance(value, list) else None


def ownership(row: Mapping[str, Any]) -> OwnershipRules:
    """Ownership rules; a project that never had any tells null. What is not told is the server's usual."""
    return OwnershipRules(
        raw=text(row.get("raw")),
        fallthrough=row.get("fallthrough") is not False,
        auto_assignment=text(row.get("autoAssignment")),
    )


def alert_rule(row: Mapping[str, Any]) -> AlertRule:
    """An issue alert rule; the body is what would make it again, without the words that the server puts to it."""
    body = {name: value for name, value in row.items() if name not in _TOLD_ONLY}
    body |= {step: [_bare(each) for each in items(body[step])] for step in _STEPS if step in body}
    return AlertRule(identity(row, "id"), text(row.get("name")), body)


def _bare(step: Any) -> dict[str, Any]:
    return {name: value for name, value in mapping(step).items() if name != "name"}


def flag(row: Mapping[str, Any], name: str) -> bool | None:
    """A setting of the organisation; None where it is not told."""
    value = row.get(name)
    return value if isinstance(value, bool) else None


def roles(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The organisation's roles, the weakest first; those that every server has where this one lists none."""
    listed = items(row.get("orgRoleList")) or items(row.get("availableRoles"))
    told = tuple(filter(None, (text(mapping(role).get("id")) for role in listed)))
    return told or tuple(str(role) for role in OrgRole if role is not OrgRole.BILLING)


def features(row: Mapping[str, Any]) -> Sequence[str]:
    """What the organisation's plan or its server has."""
    return tuple(filter(None, map(text, items(row.get("features")))))
