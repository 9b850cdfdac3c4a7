"""Reading: an organisation, whole, as one look at its server tells it; calls, and no decisions.

One call per hundred members, teams and projects, one per team for its members, one per project and detail, and three
for the organisation, its caller and what else there is. What goes away while it is read is left out; what comes while
it is read may be missing, as though it had come a moment later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.roster import lacks, shapes
from vedette.integrations.sentry.roster.caller import caller_of
from vedette.integrations.sentry.roster.details import Detailer
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.org import NO_TEAM_ROLE, Details, Lack, Member, Organization, Project, Team
from vedette.model.settings import Dialect, SentryInstance

_TEAM_ROLES = "team-roles"

#: Team slug → member id → role in it.
_Teams = dict[str, dict[str, str]]


@dataclass(slots=True)
class Look:
    """One look at one organisation."""

    instance: SentryInstance
    places: Places
    errands: Errands
    _lacks: set[str] = field(default_factory=set)
    _members: list[Mapping[str, Any]] = field(default_factory=list)
    _teams: list[Team] = field(default_factory=list)
    _there: _Teams = field(default_factory=dict)
    _projects: tuple[Project, ...] = ()

    def read(self, details: Details, *, now: datetime) -> Organization:
        """Everything that is asked for. Raises the families of errors; nothing comes back half."""
        home = mapping(self.errands.ask(self.places.home, self._brief)[0])
        self._lacks |= set(lacks.BY_DIALECT[self.instance.dialect])
        roles = _TEAM_ROLES in shapes.features(home)
        self.errands.together(
            self._read_members, lambda: self._read_teams(roles=roles), lambda: self._read_projects(details)
        )
        members = self._again_where_strange()
        return Organization(
            instance=self.instance.name,
            slug=self.instance.organization,
            read_at=now,
            members=_members(members, self._there),
            teams=tuple(sorted((t for t in self._teams if t.slug in self._there), key=lambda team: team.slug)),
            projects=tuple(_standing(project, self._there) for project in self._projects),
            caller=caller_of(self.errands, self.places, self.instance.dialect, self._lacks),
            open_membership=shapes.flag(home, "openMembership"),
            join_requests=shapes.flag(home, "allowJoinRequests"),
            sso_required=shapes.flag(home, "requiresSso"),
            roles=shapes.roles(home),
            lacks=self._told_lacks(home),
            calls=self.errands.calls,
        )

    @property
    def _brief(self) -> Params:
        """Without it the organisation, and each team, comes with all of its projects."""
        return {} if self.instance.dialect is Dialect.GLITCHTIP else {"detailed": "0"}

    def _list(self, path: str, more: Params | None = None) -> list[Mapping[str, Any]]:
        # Sentry's pages are of a hundred unless told otherwise, GlitchTip's of fifty.
        params: Params = {"limit": 100} if self.instance.dialect is Dialect.GLITCHTIP else {}
        return whole(self.errands, path, params | (more or {}))

    def _read_members(self) -> None:
        self._members = self._list(self.places.members)

    def _read_teams(self, *, roles: bool) -> None:
        self._teams = [shapes.team(row) for row in self._list(self.places.teams, self._brief)]
        self._there = self._memberships(self._teams, roles=roles)

    def _read_projects(self, details: Details) -> None:
        detailer = Detailer(self.errands, self.places, self.instance.dialect, self._lacks)
        self._projects = detailer.projects(self._list(self.places.projects), details)

    def _memberships(self, teams: Sequence[Team], *, roles: bool) -> _Teams:
        """The members of each team; a team that has just gone is left out."""
        told = self.errands.each(self._team_members, [team.slug for team in teams])
        found = {team.slug: rows for team, rows in zip(teams, told, strict=True) if rows is not None}
        modern = self.instance.dialect is Dialect.SENTRY
        if modern and roles and not all(shapes.tells_team_role(row) for rows in found.values() for row in rows):
            return self._by_member(found)
        if modern and not roles:
            self._lacks.add(Lack.TEAM_ROLES)
        return {slug: {_id(row): shapes.team_role(row.get("teamRole")) for row in rows} for slug, rows in found.items()}

    def _team_members(self, slug: str) -> list[Mapping[str, Any]] | None:
        path = self.places.team_members(slug)
        params: Params = {"limit": 100} if self.instance.dialect is Dialect.GLITCHTIP else {}
        try:
            rows = whole(self.errands, path, params, paged=self.instance.dialect is not Dialect.SENTRY9)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return None
        return [row for row in rows if shapes.is_person(row)]

    def _by_member(self, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> _Teams:
        """Roles from each member's own page, for a server that has such and whose lists do not tell them."""
        numbers = sorted({_id(row) for rows in found.values() for row in rows})
        told = dict(zip(numbers, self.errands.each(self._roles, numbers), strict=True))
        return {
            slug: {_id(row): told[_id(row)].get(slug, NO_TEAM_ROLE) for row in rows} for slug, rows in found.items()
        }

    def _roles(self, number: str) -> dict[str, str]:
        try:
            return shapes.memberships(mapping(self.errands.ask(self.places.member(number))[0]))
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return {}

    def _again_where_strange(self) -> list[Mapping[str, Any]]:
        """The members, read once more where a team names one that the list has not.

        Pages go by position: one that is deleted while they are read pushes another past the reader. Whom the second
        reading does not show either is none that the server would show.
        """
        known = {_id(row) for row in self._members}
        strange = {number for team in self._there.values() for number in team} - known
        return self._list(self.places.members) if strange else self._members

    def _told_lacks(self, home: Mapping[str, Any]) -> tuple[str, ...]:
        if self.instance.dialect is not Dialect.GLITCHTIP:
            self._lacks |= {lacks.SSO} if shapes.flag(home, "requiresSso") is None else set()
            self._lacks |= {lacks.JOIN_REQUESTS} if shapes.flag(home, "allowJoinRequests") is None else set()
        return tuple(sorted(map(str, self._lacks)))


def _standing(project: Project, there: _Teams) -> Project:
    """The project with those of its teams that are still there."""
    return replace(project, teams=tuple(slug for slug in project.teams if slug in there))


def _id(row: Mapping[str, Any]) -> str:
    return text(row.get("id"))


def _members(rows: Sequence[Mapping[str, Any]], there: _Teams) -> tuple[Member, ...]:
    """Each once, in the order of their ids, as pages that shift may show one twice."""
    found: dict[str, Member] = {}
    for row in filter(shapes.is_person, rows):
        number = shapes.identity(row, "id")
        teams = {slug: inside[number] for slug, inside in sorted(there.items()) if number in inside}
        found[number] = shapes.member(row, teams=teams)
    return tuple(sorted(found.values(), key=lambda member: (len(member.id), member.id)))
