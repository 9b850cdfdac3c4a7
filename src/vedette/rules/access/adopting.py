"""Adopting: organisations as they are, written down so that the next plan is empty; pure.

Law: what cannot be declared as it is, is protected, and said; nothing is left to a plan to take away.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from vedette.model.access import (
    RESOLVE_AGES,
    AccessSettings,
    DeclaredProject,
    DeclaredRole,
    DeclaredTeam,
    OrganizationWish,
    Person,
    Protected,
)
from vedette.model.changes import Change
from vedette.model.org import Member, Organization, OrgRole, Project, Team, TeamRole
from vedette.rules.access.adopted_names import person_names, role_name
from vedette.rules.access.matching import members_of
from vedette.rules.access.planning import plan_for
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.wording import what

#: Whether a server's word can stand in the settings as a slug of a team, of a project, and as an address.
Writable = Callable[[str], bool]
_ROUNDS = 4  # of protecting what a plan would still change; each round only ever protects more


@dataclass(frozen=True, slots=True)
class Forms:
    """What the settings take."""

    team: Writable
    project: Writable
    address: Writable


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was written down, what to say beside it, and what a plan would still do."""

    access: AccessSettings
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by subject: "team web", "person ann", …
    left: tuple[tuple[str, Change], ...] = ()  # instance, and what could neither be declared nor protected


Notes = dict[str, list[str]]


def adopted(organizations: Sequence[Organization], *, forms: Forms, now: datetime) -> Adopted:
    """These organisations, declared; what is alike on several of them is declared once."""
    notes: Notes = defaultdict(list)
    protected: dict[str, set[str]] = {"teams": set(), "projects": set(), "people": set()}
    names = tuple(each.instance for each in organizations)
    roles: dict[str, DeclaredRole] = {}
    access = AccessSettings(
        instances=names,
        teams=_teams(organizations, notes, forms),
        projects=_projects(organizations, notes, protected, forms),
        people=_people(organizations, roles, notes, forms),
        roles=roles,
        organization=_organization(organizations, notes),
    )
    left: list[tuple[str, Change]] = []
    for _ in range(_ROUNDS):
        kept = Protected(*(tuple(sorted(protected[kind])) for kind in ("people", "teams", "projects")))
        access = replace(access, protected=kept)
        left = [(each.instance, change) for each in organizations for change in _changes(each, access, now=now)]
        news = [_protect(change, protected, notes, forms) for _, change in left]
        if not any(news):
            break
    return Adopted(access, {subject: tuple(dict.fromkeys(told)) for subject, told in notes.items()}, tuple(left))


def _changes(current: Organization, access: AccessSettings, *, now: datetime) -> Iterable[Change]:
    desired = desired_for(access, instance=current.instance, known=Known(), now=now)
    plan = plan_for(desired, current, access=access, now=now)
    yield from plan.changes
    yield from (each.change for each in plan.withheld)


def _protect(change: Change, protected: dict[str, set[str]], notes: Notes, forms: Forms) -> bool:
    """Protect what the change is about; whether that is news."""
    for attribute, kind, form in (
        ("email", "people", forms.address),
        ("project", "projects", forms.project),
        ("team", "teams", forms.team),
    ):
        subject = str(getattr(change, attribute, "") or "")
        if subject and form(subject) and subject not in protected[kind]:
            protected[kind].add(subject)
            notes[f"protected {subject}"].append(f"a plan would {what(change)}")
            return True
    return False


def _teams(organizations: Sequence[Organization], notes: Notes, forms: Forms) -> dict[str, DeclaredTeam]:
    found: dict[str, list[tuple[str, Team]]] = defaultdict(list)
    for each in organizations:
        for team in each.teams:
            found[team.slug].append((each.instance, team))
    made = {}
    for slug, places in sorted(found.items()):
        if not forms.team(slug):
            notes["teams"].append(f"team {slug!r} cannot be written: its slug is not one that Sentry gives today")
            continue
        named = sorted({team.name or slug for _, team in places})
        if len(named) > 1:
            notes[f"team {slug}"].append(f"its name is not the same everywhere ({', '.join(named)}): left alone")
        name = named[0] if len(named) == 1 and named[0] != slug else ""
        if any(team.idp_provisioned for _, team in places):
            notes[f"team {slug}"].append("an identity provider keeps who is in it")
        made[slug] = DeclaredTeam(slug, name, _only_on(places, organizations))
    return made


def _only_on(places: Sequence[tuple[str, object]], organizations: Sequence[Organization]) -> tuple[str, ...]:
    """The instances, where they are not all."""
    return () if len(places) == len(organizations) else tuple(name for name, _ in places)


def _projects(
    organizations: Sequence[Organization], notes: Notes, protected: dict[str, set[str]], forms: Forms
) -> dict[str, DeclaredProject]:
    found: dict[str, list[tuple[str, DeclaredProject]]] = defaultdict(list)
    for each in organizations:
        for project in each.projects:
            if project.internal:
                continue
            if not forms.project(project.slug):
                notes["projects"].append(f"project {project.slug!r} cannot be written: its slug is not one of today's")
            elif declared := _project(project, notes, forms):
                found[project.slug].append((each.instance, declared))
            else:
                protected["projects"].add(project.slug)
                notes[f"protected {project.slug}"].append("it belongs to no team that can be declared")
    made = {}
    for slug, places in sorted(found.items()):
        if len({declared.teams for _, declared in places}) > 1:
            protected["projects"].add(slug)
            notes[f"protected {slug}"].append("its teams are not the same on every instance")
        elif slug not in protected["projects"]:
            made[slug] = replace(_alike(places, notes), instances=_only_on(places, organizations))
    return made


#: What a project has that nobody changed; it is not written down, or every plan would have to ask each project for it.
_DEFAULTS: Mapping[str, tuple[object, ...]] = {
    "subject_prefix": ("", "[Sentry]", "[Sentry] "),
    "sensitive_fields": ((),),
    "safe_fields": ((),),
    "resolve_age": (0,),
    "allowed_domains": ((), ("*",)),
    "throttle": (0,),
}


def _project(project: Project, notes: Notes, forms: Forms) -> DeclaredProject | None:
    """The project, declared; None where it belongs to no team that can be."""
    teams = tuple(sorted(slug for slug in project.teams if forms.team(slug)))
    if not teams:
        return None
    told = project.options
    given = {name: getattr(told, name, None) for name in _DEFAULTS}
    options = {name: value for name, value in given.items() if value is not None and value not in _DEFAULTS[name]}
    if options.get("resolve_age", 0) not in RESOLVE_AGES:
        notes[f"project {project.slug}"].append(f"its issues are resolved after {options.pop('resolve_age')} hours")
    name = project.name if project.name and project.name != project.slug else None
    return DeclaredProject(project.slug, teams, name, project.platform or None, **options)


def _alike(places: Sequence[tuple[str, DeclaredProject]], notes: Notes) -> DeclaredProject:
    """What is the same on every instance; what differs is left out, and so left alone."""
    first = places[0][1]
    for name in ("name", "platform", *_DEFAULTS):
        values = {getattr(declared, name) for _, declared in places}
        if len(values) > 1:
            told = "; ".join(f"{instance}: {getattr(declared, name)}" for instance, declared in places)
            notes[f"project {first.slug}"].append(f"its {name} is not the same everywhere ({told}): left alone")
            first = replace(first, **{name: None})  # type: ignore[arg-type]
    return first


def _organization(organizations: Sequence[Organization], notes: Notes) -> OrganizationWish:
    """What every organisation has alike; what the servers do not tell is not looked at."""
    kept = {}
    for name in ("open_membership", "join_requests", "sso_required"):
        values = {getattr(each, name) for each in organizations}
        if len(values) == 1 and None not in values:
            kept[name] = values.pop()
            if name == "sso_required" and not kept[name]:
                del kept[name]  # nobody wishes for that
        elif len(values) > 1:
            notes["organization"].append(f"{name} is not the same everywhere: not looked at")
    return OrganizationWish(**kept)


def _people(
    organizations: Sequence[Organization], roles: dict[str, DeclaredRole], notes: Notes, forms: Forms
) -> dict[str, Person]:
    """Everybody by a name of their own; those who may do the same share a role, which is put into `roles`."""
    accounts: dict[str, dict[str, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for each in organizations:
        for member in members_of(each.members):
            if forms.address(member.email):
                accounts[member.key][each.instance].append(member)
            else:
                notes["people"].append(f"account {member.id} of {each.instance} has no address: {member.email!r}")
    callers = {each.caller.email.casefold() for each in organizations if each.caller.email}
    callers |= {m.key for each in organizations for m in each.members if m.user_id and m.user_id == each.caller.user_id}
    named = person_names(accounts)
    made = {}
    for key, places in sorted(accounts.items(), key=lambda each: named[each[0]]):
        name = named[key]
        given = [_role(instance, members, name, roles, notes, forms) for instance, members in sorted(places.items())]
        email = next(iter(places.values()))[0].email.strip()
        made[name] = Person(name, email, roles=tuple(dict.fromkeys(given)), bot=key in callers)
    if len(organizations) == 1:
        # No role need say where it holds.
        roles.update({name: replace(role, instances=()) for name, role in roles.items()})
    return made


def _role(
    instance: str, members: Sequence[Member], person: str, roles: dict[str, DeclaredRole], notes: Notes, forms: Forms
) -> str:
    """The role of what the person's account may do on the instance, made where there is none yet."""
    member = min(members, key=lambda each: (each.pending, each.id))
    if len(members) > 1:
        ids = ", ".join(sorted(each.id for each in members))
        notes[f"person {person}"].append(f"has {len(members)} accounts on {instance} ({ids}): see who is to go")
    if member.pending:
        notes[f"person {person}"].append("invited, and has not come in yet" + (" (expired)" if member.expired else ""))
    known = member.role in tuple(OrgRole)
    if not known:
        notes[f"person {person}"].append(f"has the role {member.role} there, which is left as it is")
    teams = {slug: _team_role(role) for slug, role in sorted(member.teams.items()) if forms.team(slug)}
    wanted = DeclaredRole("", OrgRole(member.role) if known else OrgRole.MEMBER, teams, instances=(instance,))
    for name, role in roles.items():
        if replace(role, name="") == wanted:
            return name
    name = role_name(wanted, taken=roles)
    roles[name] = replace(wanted, name=name)
    return name


def _team_role(role: str) -> TeamRole | None:
    return TeamRole.ADMIN if role == TeamRole.ADMIN else None
