"""Adopted names: what people and roles are called who never had a name in a file."""

import re
from collections.abc import Collection, Iterable, Mapping

from vedette.model.access import DeclaredRole
from vedette.model.org import OrgRole, TeamRole

_ODD = re.compile(r"[^a-z0-9._-]+")
_NAMED = 3  # teams in a role's name; of more it is told how many


def person_names(keys: Iterable[str]) -> Mapping[str, str]:
    """A name for each address (folded), told apart where two would have the same."""
    named: dict[str, str] = {}
    for key in sorted(keys):
        plain = _plain(key.partition("@")[0]) or "person"
        named[key] = apart(plain, taken=named.values())
    return named


def role_name(role: DeclaredRole, *, taken: Collection[str]) -> str:
    """A name that says what the role brings: its teams, and what is unusual of it."""
    admins = [slug for slug, within in role.teams.items() if within is TeamRole.ADMIN]
    parts = list(role.teams) if len(role.teams) <= _NAMED else [f"{len(role.teams)}-teams"]
    words = ["-".join(parts)] if parts else []
    if role.role is not OrgRole.MEMBER or not parts:
        words.append(role.role.value)
    if admins:
        words.append("lead")
    return apart(_plain("-".join(words)), taken=taken)


def apart(name: str, *, taken: Collection[str]) -> str:
    """The name, or the first of name-2, name-3 … that is free."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _plain(text: str) -> str:
    return _ODD.sub("-", text.casefold()).strip("-.")[:100]
