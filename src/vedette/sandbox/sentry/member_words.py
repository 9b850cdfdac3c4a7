"""Member words: what the body of an invitation or a change says, in the new names or the old, or why it is refused.

New: `orgRole` and `teamRoles`; old: `role` and `teams`. 9.1.2 knows the old ones only, and skips over the rest.
"""

import re
from dataclasses import dataclass
from typing import Any

from vedette.sandbox.sentry import answers, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rows import Flag, MemberRow, Standing, TeamRow
from vedette.sandbox.sentry.settings import Dialect

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOT_AN_ADDRESS = "Enter a valid email address."

Errors = dict[str, list[str]]
Teams = list[tuple[TeamRow, str | None]]


@dataclass(frozen=True, slots=True)
class Words:
    """What a body said; `teams` is None where it said nothing of teams, `modern` where it used the new names."""

    email: str = ""
    role: str = ""
    teams: Teams | None = None
    modern: bool = False


def invitation(ask: Ask, body: dict[str, Any], *, gives: tuple[str, ...]) -> Words:
    """The words of a POST; 400 with all that is wrong, 409 for a known address on 9.1.2."""
    errors: Errors = {}
    email = _email(ask, body.get("email"), errors)
    said = _said(ask, body, errors, gives=gives)
    role = said.role or ask.world.roster.choices.default_role
    if ask.dialect is Dialect.SENTRY9 and "role" not in body:
        errors["role"] = ["This field is required."]
    if said.role == "admin" and ask.world.roster.choices.team_roles and ask.dialect is Dialect.SENTRY:
        errors.setdefault("orgRole", []).append(f"The role '{role}' is deprecated and may no longer be assigned.")
    if errors:
        raise answers.refuse(400, errors)
    return Words(email, role, said.teams, said.modern)


def alteration(ask: Ask, body: dict[str, Any], *, gives: tuple[str, ...]) -> Words:
    """The words of a PUT; 400 with all that is wrong."""
    errors: Errors = {}
    said = _said(ask, body, errors, gives=gives)
    if errors:
        raise answers.refuse(400, errors)
    return said


def _email(ask: Ask, given: object, errors: Errors) -> str:
    if given is None:
        errors["email"] = ["This field is required."]
        return ""
    text = str(given)
    if not _ADDRESS.fullmatch(text):
        errors["email"] = [_NOT_AN_ADDRESS] * (1 if ask.dialect is Dialect.SENTRY9 else 2)
    elif len(text) > 75:
        errors["email"] = ["Ensure this field has no more than 75 characters."]
    elif any(row.standing is Standing.APPROVED for row in ask.world.roster.by_email(text)):
        message = f"The user {text} is already a member"
        if ask.dialect is Dialect.SENTRY9:
            raise answers.refuse(409, {"email": message})
        errors["email"] = [message]
    return text


def _said(ask: Ask, body: dict[str, Any], errors: Errors, *, gives: tuple[str, ...]) -> Words:
    modern = ask.dialect is Dialect.SENTRY and bool({"orgRole", "teamRoles"} & set(body))
    role_key = "orgRole" if modern and "orgRole" in body else "role"
    role = _role(ask, body.get(role_key), role_key, errors, gives=gives)
    teams: Teams | None = None
    if modern and body.get("teamRoles") is not None:
        teams = _team_roles(ask, body["teamRoles"], errors)
    elif body.get("teams") is not None:
        teams = _teams(ask, body["teams"], errors)
    return Words("", role, teams, modern)


def _role(ask: Ask, given: object, key: str, errors: Errors, *, gives: tuple[str, ...]) -> str:
    if given is None:
        return ""
    role = str(given)
    if role not in roles.known(old=ask.dialect is Dialect.SENTRY9):
        errors[key] = [f'"{role}" is not a valid choice.']
    elif role not in gives:
        if ask.dialect is Dialect.SENTRY9:
            raise answers.refuse(403, {"role": "You do not have permission to invite that role."})
        errors[key] = ["You do not have permission to set that org-level role"]
    return role


def _teams(ask: Ask, given: object, errors: Errors, *, key: str = "teams") -> Teams:
    slugs = [str(slug) for slug in given] if isinstance(given, list) else []
    found = {slug: ask.world.roster.team(slug) for slug in slugs}
    if not isinstance(given, list) or len(found) != len(slugs) or None in found.values():
        errors[key] = ["Invalid teams"]
    return [(team, None) for team in found.values() if team is not None]


def _team_roles(ask: Ask, given: object, errors: Errors) -> Teams:
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    by_slug = {str(row.get("teamSlug")): row.get("role") for row in rows}
    if any(role not in {None, *roles.TEAM_ORDER} for role in by_slug.values()):
        errors["teamRoles"] = ["Invalid team-role"]
        return []
    return [(team, by_slug[team.slug]) for team, _ in _teams(ask, list(by_slug), errors, key="teamRoles")]


def matches(row: MemberRow, query: str) -> bool:
    """Whether a member fits `email:…`, `role:…`, `isInvited:…`, `ssoLinked:…` and bare words, all of them."""
    return all(_fits(row, word) for word in query.split())


def _fits(row: MemberRow, word: str) -> bool:
    key, colon, value = word.partition(":")
    if not colon:
        return word.lower() in row.email.lower() or word.lower() in row.name.lower()
    match key:
        case "email":
            return row.email.lower() == value.lower()
        case "role":
            return row.role == value
        case "isInvited":
            return (row.person is None) is (value == "true")
        case "ssoLinked":
            return (Flag.LINKED in row.flags) is (value == "true")
        case _:
            return False
