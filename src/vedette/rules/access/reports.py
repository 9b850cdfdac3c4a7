"""Reports: who has access to what, projects that nobody owns, those that talk most or not at all, unused accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.access import AccessSettings
from vedette.model.org import Member, Organization, Project, Talkativeness
from vedette.rules.access.account_words import state_words
from vedette.rules.access.matching import members_of, shared_out
from vedette.rules.access.naming import folded
from vedette.rules.access.resolving import Known, address_of

Cell = str | int | None

#: Within which of these a project was seen last; a server counts events by the hour and keeps the counts for 90 days.
SPANS: tuple[tuple[str, timedelta], ...] = (
    ("hour", timedelta(hours=1)),
    ("day", timedelta(days=1)),
    ("week", timedelta(days=7)),
    ("month", timedelta(days=30)),
    ("90 days", timedelta(days=90)),
)


@dataclass(frozen=True, slots=True)
class Report:
    """A table."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def members(organization: Organization, access: AccessSettings, *, known: Known, now: datetime) -> Report:
    """Every account: whose it is, how it stands, its role, its teams, and the projects that each team brings."""
    owners = _people(organization, access, known)
    rows = [
        (
            organization.instance,
            owners.get(member.id, ""),
            "" if folded(member.name) == member.key else member.name,  # Sentry calls who was invited by the address
            member.email,
            state_words(member, now=now),
            member.role,
            "; ".join(sorted(member.teams)),
            "; ".join(_projects_by_team(member, organization.projects)),
        )
        for member in sorted(members_of(organization.members), key=lambda each: (each.key, each.id))
    ]
    columns = ("instance", "person", "name", "email", "account", "role", "teams", "projects by team")
    return Report("members", columns, tuple(rows))


def unowned(organization: Organization) -> Report:
    """Projects without a team, or whose teams have no member who ever logged in."""
    inside = {team for member in organization.members if member.logged_in for team in member.teams}
    rows = [
        (organization.instance, project.slug, "; ".join(project.teams), _why(project))
        for project in sorted(organization.projects, key=lambda each: each.slug)
        if not project.internal and not inside.intersection(project.teams)
    ]
    return Report("unowned", ("instance", "project", "teams", "why"), tuple(rows))


def talkers(organization: Organization, talk: Sequence[Talkativeness]) -> Report:
    """Projects by their events within a day, the loudest first."""
    teams = {project.slug: "; ".join(project.teams) for project in organization.projects}
    loud = sorted(talk, key=lambda each: (-each.accepted, -each.dropped, each.project))
    rows = [
        (organization.instance, each.project, each.accepted, each.dropped, teams.get(each.project, ""))
        for each in loud
        if each.accepted or each.dropped
    ]
    return Report("talkers", ("instance", "project", "events in 24 h", "dropped", "teams"), tuple(rows))


def seen(organization: Organization, talk: Mapping[str, Sequence[Talkativeness]]) -> Report:
    """Every project by when it was seen last, the longest silent first; `talk`: what each of `SPANS` held."""
    within = {name: {each.project for each in talk.get(name, ()) if each.accepted} for name, _ in SPANS}
    rows = [
        (organization.instance, project.slug, _last(project.slug, within), "; ".join(project.teams))
        for project in organization.projects
        if not project.internal
    ]
    order = {"": 0} | {name: len(SPANS) - place for place, (name, _) in enumerate(SPANS)}
    ordered = sorted(rows, key=lambda row: (order.get(row[2].removeprefix("the last "), 0), row[1]))
    return Report("seen", ("instance", "project", "last seen within", "teams"), tuple(ordered))


def unused(organization: Organization, *, now: datetime) -> Report:
    """Accounts and invitations that nobody ever logged in to, the oldest first."""
    idle = [member for member in members_of(organization.members) if not member.logged_in]
    rows = [
        (
            organization.instance,
            member.email,
            None if member.created_at is None else f"{member.created_at:%Y-%m-%d}",
            None if member.created_at is None else (now - member.created_at).days,
            "yes" if member.expired else "no",
            member.role,
            "; ".join(sorted(member.teams)),
            member.inviter,
        )
        for member in sorted(idle, key=lambda each: (each.created_at or now, each.key))
    ]
    columns = ("instance", "email", "since", "days", "expired", "role", "teams", "invited by")
    return Report("unused", columns, tuple(rows))


def joined(reports: Sequence[Report]) -> Report:
    """The same report of several instances, as one."""
    first = reports[0]
    return Report(first.name, first.columns, tuple(row for each in reports for row in each.rows))


def _people(organization: Organization, access: AccessSettings, known: Known) -> dict[str, str]:
    """Who each account belongs to, by the settings."""
    named = {folded(address_of(each, known)[0]): each.name for _, each in sorted(access.people.items())}
    shared = shared_out(members_of(organization.members), [key for key in named if key])
    return {member.id: named[key] for key, accounts in shared.items() for member in accounts}


def _projects_by_team(member: Member, projects: Sequence[Project]) -> list[str]:
    return [
        f"{team}: {', '.join(sorted(project.slug for project in projects if team in project.teams)) or 'none'}"
        for team in sorted(member.teams)
    ]


def _why(project: Project) -> str:
    if not project.teams:
        return "no team"
    return "nobody in its team ever logged in" if len(project.teams) == 1 else "nobody in its teams ever logged in"


def _last(slug: str, within: Mapping[str, set[str]]) -> str:
    found = next((name for name, _ in SPANS if slug in within[name]), "")
    return f"the last {found}" if found else "not in 90 days"
