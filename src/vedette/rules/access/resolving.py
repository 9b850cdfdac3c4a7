"""Resolving: the people, roles, teams and projects that are declared, as they should be on one instance.

Law: what a person may do is the sum of their roles, and each person's sum is an object of its own; a person whose
address is not known is never taken for one who left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.model.org import NO_TEAM_ROLE, OrgRole, TeamRole, rank
from vedette.model.plan import Ailment, Diagnosis
from vedette.rules.access.naming import folded, listed

# Whoever has one of these sees every team's projects without being in a team.
_WITHOUT_TEAMS = frozenset({OrgRole.BILLING, OrgRole.MANAGER, OrgRole.OWNER})


class Found(Protocol):
    """A person's address as somebody who knows people told it: `email` is "" where there is none, `text` says why."""

    @property
    def email(self) -> str: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of people's addresses, by their names in the file."""

    addresses: Mapping[str, Found] = field(default_factory=dict)  # found just now
    last: Mapping[str, str] = field(default_factory=dict)  # the last that was ever found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A member as they should be; `teams`: slug → team role, NO_TEAM_ROLE for the usual one."""

    email: str
    role: str
    teams: Mapping[str, str]
    person: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The address as addresses are compared."""
        return folded(self.email)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A person who should have access, and whose address nobody knows; `last`: the one they had, "" where never."""

    person: Person
    text: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Desired:
    """What should be on one instance."""

    instance: str
    teams: tuple[DeclaredTeam, ...] = ()
    projects: tuple[DeclaredProject, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    leavers: Mapping[str, str] = field(default_factory=dict)  # folded address → why this person should have no account
    diagnoses: tuple[Diagnosis, ...] = ()


@dataclass(frozen=True, slots=True)
class _Standing:
    """A person on one instance: the roles that count there, or why none does; `expired`: time ended their access."""

    person: Person
    roles: tuple[DeclaredRole, ...]
    why_none: str = ""
    expired: bool = False


def desired_for(access: AccessSettings, *, instance: str, known: Known, now: datetime) -> Desired:
    """What is declared for that instance, with every person's address, roles and teams."""
    today = now.astimezone(UTC).date()
    teams = tuple(team for _, team in sorted(access.teams.items()) if _here(team.instances, instance))
    projects = tuple(each for _, each in sorted(access.projects.items()) if _here(each.instances, instance))
    people = [each for _, each in sorted(access.people.items()) if _here(each.instances, instance)]
    standings = [_standing(each, access, instance=instance, today=today) for each in people]
    elsewhere = frozenset(access.teams) - {team.slug for team in teams}
    at_address, unresolved, leavers, diagnoses = _sorted_out(standings, known)
    wanted = [_wanted(email, group, elsewhere) for email, group in at_address.items()]
    diagnoses += [_same_address(email, group) for email, group in at_address.items() if len(group) > 1]
    diagnoses += [_no_teams(each) for each in wanted if not each.teams and each.role not in _WITHOUT_TEAMS]
    return Desired(
        instance,
        teams,
        projects,
        tuple(sorted(wanted, key=lambda each: each.key)),
        tuple(unresolved),
        {email: why for email, why in leavers.items() if email not in at_address},
        tuple(diagnoses),
    )


def _here(instances: tuple[str, ...], instance: str) -> bool:
    return not instances or instance in instances


def _sorted_out(
    standings: Iterable[_Standing], known: Known
) -> tuple[dict[str, list[tuple[str, _Standing]]], list[Unresolved], dict[str, str], list[Diagnosis]]:
    at_address: dict[str, list[tuple[str, _Standing]]] = {}
    unresolved: list[Unresolved] = []
    leavers: dict[str, str] = {}
    diagnoses: list[Diagnosis] = []
    for standing in standings:
        person = standing.person
        email, text = address_of(person, known)
        if standing.roles and email:
            at_address.setdefault(folded(email), []).append((email, standing))
            continue
        if standing.roles or not (email or standing.expired):
            unresolved.append(Unresolved(person, text, known.last.get(person.name, "")))
            diagnoses.append(_no_address(person, text))
        else:
            leavers[folded(email or known.last.get(person.name, ""))] = standing.why_none
        diagnoses += _no_role(standing)
    leavers.pop("", None)
    return at_address, unresolved, leavers, diagnoses


def address_of(person: Person, known: Known) -> tuple[str, str]:
    """Their address, or "" and why there is none."""
    if person.email:
        return person.email.strip(), ""
    found = known.addresses.get(person.name)
    if found is not None and found.email.strip():
        return found.email.strip(), ""
    if found is not None and found.text:
        return "", found.text
    if person.directory or person.github:
        return "", "nobody could be asked for the address"
    return "", "neither email, directory nor github is given"


def _standing(person: Person, access: AccessSettings, *, instance: str, today: date) -> _Standing:
    if person.expires is not None and person.expires <= today:
        return _Standing(person, (), f"the access of {person.name} expired on {person.expires}", expired=True)
    given = [access.roles[name] for name in dict.fromkeys(person.roles) if name in access.roles]
    here = [role for role in given if _here(role.instances, instance)]
    live = tuple(role for role in here if role.expires is None or role.expires > today)
    if live:
        return _Standing(person, live)
    if here:
        ends = listed(f"{role.name} on {role.expires}" for role in here)
        return _Standing(person, (), f"every role of {person.name} expired: {ends}", expired=True)
    why = f"no role of {person.name} is for {instance}" if given else f"{person.name} has no role"
    return _Standing(person, (), why)


def _wanted(key: str, group: list[tuple[str, _Standing]], elsewhere: frozenset[str]) -> Wanted:
    email = min(email for email, _ in group)
    roles = [role for _, standing in group for role in standing.roles]
    # A mapping made here, for this person alone: one that roles shared would give each the other's teams.
    teams: dict[str, str] = {}
    for role in roles:
        for slug, team_role in role.teams.items():
            if slug not in elsewhere:
                teams[slug] = _stronger(teams.get(slug, NO_TEAM_ROLE), team_role)
    strongest = max((role.role.value for role in roles), key=rank)
    person = group[0][1].person.name
    return Wanted(email or key, strongest, dict(sorted(teams.items())), person, _why(person, roles))


def _stronger(one: str, other: TeamRole | None) -> str:
    return TeamRole.ADMIN.value if TeamRole.ADMIN in {one, other} else NO_TEAM_ROLE


def _why(person: str, roles: list[DeclaredRole]) -> str:
    told = listed(dict.fromkeys(f"{role.name} ({role.role})" for role in roles))
    if len({role.role for role in roles}) == 1:
        return f"{person} has {told}"
    return f"{person} has {told}, of which the strongest counts"


def _no_role(standing: _Standing) -> list[Diagnosis]:
    name = standing.person.name
    if standing.expired:
        cure = f"set a later `expires:`, or take {name} out of the file"
        return [Diagnosis(name, Ailment.ROLE_EXPIRED, standing.why_none, cure)]
    if not standing.person.roles:
        return [Diagnosis(name, Ailment.NO_ROLE, standing.why_none, f"give {name} a role under `roles:`")]
    return []


def _no_address(person: Person, text: str) -> Diagnosis:
    cure = f"write `email:` for {person.name}"
    if person.github and not person.directory:
        cure = (
            f"{person.github} sets their primary e-mail as the public one in GitHub's profile settings, "
            f"or write `email:` for {person.name}"
        )
    elif person.directory:
        cure = f"correct the entry {person.directory} of the directory's file, or write `email:` for {person.name}"
    return Diagnosis(person.name, Ailment.NO_ADDRESS, f"no address of {person.name} is known: {text}", cure)


def _same_address(key: str, group: list[tuple[str, _Standing]]) -> Diagnosis:
    names = [standing.person.name for _, standing in group]
    text = f"{listed(names)} are found at one address, {key}, and get one account with the roles of all"
    return Diagnosis(names[0], Ailment.SAME_ADDRESS, text, "make one entry of them, or correct an address")


def _no_teams(wanted: Wanted) -> Diagnosis:
    text = f"no role of {wanted.person} brings a team: they can log in and see no project"
    return Diagnosis(wanted.person, Ailment.NO_TEAMS, text, f"give {wanted.person} a role with `teams:`")
