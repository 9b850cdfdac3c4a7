"""Lines: what to write into the settings so that a person has a team, and where.

Law: a role that brings the team already is preferred, but never one that makes the person more, in the organisation
or in a team.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vedette.model.access import AccessSettings, DeclaredRole, Person
from vedette.model.org import OrgRole, TeamRole, rank
from vedette.rules.access.naming import folded, listed
from vedette.rules.access.quoting import scalar

#: Stands where only a name is known; the settings refuse it, so that nobody forgets to fill it in.
UNKNOWN_ADDRESS = "FILL-IN-THEIR-ADDRESS"
#: Likewise where a person must choose a role.
UNKNOWN_ROLE = "CHOOSE-A-ROLE"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Lines:
    """YAML to add, with the place (file:line:column, or "" where there is none yet) and what it does, in words."""

    yaml: str
    where: str
    text: str


def lines_for(
    access: AccessSettings,
    *,
    teams: Iterable[str],
    email: str,
    name: str = "",
    role: str = OrgRole.MEMBER,
    person: Person | None = None,
    instance: str,
    where: Mapping[str, str],
    now: datetime,
) -> Lines:
    """The lines that give the person these teams on the instance; `person` None for one who is not declared."""
    had = _had(access, person, instance=instance, now=now)
    brought = {team for each in had for team in each.teams}
    missing = [team for team in dict.fromkeys(teams) if team not in brought]
    if person is not None and not missing and had:
        return Lines("", where.get(f"access.people.{person.name}", ""), f"the roles of {person.name} bring it already")
    ceiling = max([rank(role), rank(OrgRole.MEMBER), *(rank(each.role) for each in had)])
    chosen, left = _covering(access, missing, ceiling=ceiling, instance=instance, now=now)
    fresh = _fresh_role(access, left, role=role, needed=not had and not chosen)
    added = [*(each.name for each in chosen), *([fresh.name] if fresh else [])]
    if person is None:
        entry = _entry(_person_name(access, name or email), email, added)
        told = f"declares {email or name} with"
    else:
        entry = _changed(person, added, instance=instance)
        told = f"adds to the roles of {person.name}:"
    return Lines(_yaml(fresh, entry), _place(where, person), _told(told, chosen, fresh, missing))


def lines_to_choose(
    access: AccessSettings, *, email: str, name: str, person: Person | None, where: Mapping[str, str]
) -> Lines:
    """The lines that let somebody in who did not say to which team: which role, a person chooses."""
    roles = listed(sorted(access.roles)) or "none is declared yet"
    if person is not None:
        told = f"{person.name} is declared already; choose a role that they lack, of {roles}"
        return Lines(_yaml(None, _changed(person, [UNKNOWN_ROLE], instance="")), _place(where, person), told)
    entry = _entry(_person_name(access, email or name), email, [UNKNOWN_ROLE])
    return Lines(_yaml(None, entry), _place(where, None), f"declares {email or name}; choose a role, of {roles}")


def _here(instances: Sequence[str], instance: str) -> bool:
    return not instances or instance in instances


def _live(role: DeclaredRole, *, instance: str, now: datetime) -> bool:
    today = now.astimezone(UTC).date()
    return _here(role.instances, instance) and (role.expires is None or role.expires > today)


def _had(access: AccessSettings, person: Person | None, *, instance: str, now: datetime) -> list[DeclaredRole]:
    names = person.roles if person and _here(person.instances, instance) else ()
    found = [access.roles[each] for each in names if each in access.roles]
    return [role for role in found if _live(role, instance=instance, now=now)]


def _covering(
    access: AccessSettings, teams: Sequence[str], *, ceiling: int, instance: str, now: datetime
) -> tuple[list[DeclaredRole], list[str]]:
    """Roles that bring the teams, the one that brings least beside them first; and the teams that no role brings."""
    able = [each for each in access.roles.values() if rank(each.role) <= ceiling]
    able = [each for each in able if _live(each, instance=instance, now=now) and not _raises(each, ceiling)]
    chosen: list[DeclaredRole] = []
    left = list(teams)
    while left:
        fit = [each for each in able if set(left) & set(each.teams)]
        if not fit:
            break
        best = min(fit, key=lambda each: _fit(each, left))
        chosen.append(best)
        left = [team for team in left if team not in best.teams]
    return chosen, left


def _raises(role: DeclaredRole, ceiling: int) -> bool:
    """Whether the role makes whoever has it an admin of a team, who is none by their role in the organisation."""
    return ceiling < rank(OrgRole.ADMIN) and TeamRole.ADMIN in role.teams.values()


def _fit(role: DeclaredRole, wanted: Sequence[str]) -> tuple[int, int, int, str]:
    covered = len(set(wanted) & set(role.teams))
    return (len(role.teams) - covered, rank(role.role), -covered, role.name)


def _fresh_role(access: AccessSettings, teams: Sequence[str], *, role: str, needed: bool) -> DeclaredRole | None:
    if not teams and not needed:
        return None
    known = set(access.roles)
    name = _unused(teams[0] if len(teams) == 1 else "-".join(teams)[:60] or str(role), known)
    kept = OrgRole(role) if role in set(OrgRole) else OrgRole.MEMBER
    return DeclaredRole(name, OrgRole.MEMBER if teams else kept, dict.fromkeys(teams))


def _unused(name: str, known: Iterable[str]) -> str:
    taken, number, found = set(known), 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _person_name(access: AccessSettings, text: str) -> str:
    local = text.partition("@")[0]
    found = _NOT_IN_NAMES.sub("-", local.casefold()).strip("-") or "somebody"
    return _unused(found, access.people)


def _entry(name: str, email: str, roles: Sequence[str]) -> dict[str, str]:
    return {name: f"{{email: {scalar(folded(email)) if email else UNKNOWN_ADDRESS}, roles: {_list(roles)}}}"}


def _changed(person: Person, added: Sequence[str], *, instance: str) -> dict[str, str]:
    here = (
        ""
        if not instance or _here(person.instances, instance)
        else f", instances: {_list([*person.instances, instance])}"
    )
    return {person.name: f"{{roles: {_list([*person.roles, *added])}{here}}}"}


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(scalar, dict.fromkeys(names)))}]"


def _yaml(fresh: DeclaredRole | None, entry: Mapping[str, str]) -> str:
    lines = ["access:"]
    if fresh is not None:
        teams = [f"teams: {_list(fresh.teams)}"] if fresh.teams else []
        role = [f"role: {fresh.role}"] if fresh.role is not OrgRole.MEMBER or not teams else []
        lines += ["  roles:", f"    {scalar(fresh.name)}: {{{', '.join(role + teams)}}}"]
    lines += ["  people:", *(f"    {scalar(name)}: {value}" for name, value in entry.items())]
    return "\n".join(lines) + "\n"


def _place(where: Mapping[str, str], person: Person | None) -> str:
    own = f"access.people.{person.name}" if person else ""
    settings = (f"{own}.roles", own) if person else ("access.people", "access")
    return next((where[each] for each in settings if each in where), "")


def _told(doing: str, chosen: Sequence[DeclaredRole], fresh: DeclaredRole | None, missing: Sequence[str]) -> str:
    parts: list[str] = []
    if chosen:
        beside = sorted({team for each in chosen for team in each.teams} - set(missing))
        more = f", which also {'bring' if len(chosen) > 1 else 'brings'} {listed(beside)}" if beside else ""
        parts.append(f"{listed(each.name for each in chosen)}{more}")
    if fresh is not None:
        why = f", since none brings {listed(fresh.teams)}" if fresh.teams else ""
        parts.append(f"the new role {fresh.name}{why}")
    return f"{doing} {' and '.join(parts)}"
