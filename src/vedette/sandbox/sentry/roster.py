"""Roster: who belongs to the organisation, its teams and its projects, as rows that calls change.

It begins as the settings say. Ids are handed out in rising order and never twice, as a database does.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from vedette.sandbox.sentry import rule_words
from vedette.sandbox.sentry.rows import BORN, Choices, MemberRow, ProjectRow, RuleRow, Standing, TeamRow, Wish
from vedette.sandbox.sentry.settings import Person, Project, StandInConfig

#: Days that an invitation is good for.
INVITED_FOR = 30 * 86400


@dataclass(slots=True)
class _Ids:
    """Counters of the ids handed out."""

    team: int
    member: int
    person: int
    project: int
    wish: int = 0
    row: int = 900


class Roster:
    """All people, teams and projects of one stand-in, and how they belong together."""

    def __init__(self, config: StandInConfig) -> None:
        self.choices = Choices(name=config.organization.title())
        self.teams = {team.id: TeamRow(team.id, team.slug, team.slug.title(), BORN + team.id) for team in config.teams}
        self._slugs = {team.slug: team for team in self.teams.values()}
        self.members: dict[int, MemberRow] = {}
        self._addresses: defaultdict[str, list[MemberRow]] = defaultdict(list)
        self.projects = {each.id: ProjectRow(each, BORN + each.id) for each in config.projects}
        #: People who asked to be let into a team.
        self.wishes: dict[int, Wish] = {}
        #: The address of whoever holds the tokens.
        self.caller = config.caller or (config.people[0].email if config.people else "")
        #: What tokens may, where they may less than their holder.
        self.scopes = dict(config.scopes)
        self._ids = _Ids(team=max((0, *self.teams)), member=0, person=0, project=max((9, *self.projects)))
        for row in self.projects.values():
            concerned = [rule for rule in config.rules if not rule.projects or row.project.slug in rule.projects]
            row.rules = [RuleRow(self.next_row(), rule_words.settled(r), row.born, None, r.id) for r in concerned]
        for place, person in enumerate(config.people):
            self.admit(person, role="member" if place else "owner", born=BORN + person.id, number=person.id)

    def team(self, name: str) -> TeamRow | None:
        """A team by slug or numeric id."""
        if name.isdecimal():
            return self.teams.get(int(name))
        return self._slugs.get(name)

    def by_email(self, email: str) -> list[MemberRow]:
        """Every row of an address, whatever the case: an invitation, accounts, or both."""
        return list(self._addresses[email.lower()])

    def holder(self) -> MemberRow | None:
        """The row of whoever holds the tokens; None once it was removed."""
        return next((member for member in self.by_email(self.caller) if member.person is not None), None)

    def person(self, number: int) -> Person | None:
        """A person by the id of the account."""
        people = (member.person for member in self.members.values())
        return next((each for each in people if each is not None and each.id == number), None)

    def listed(self) -> list[MemberRow]:
        """The members that lists show, by id: with an account or invited, not those who only asked."""
        rows = (member for member in self.members.values() if member.standing is Standing.APPROVED)
        return sorted(rows, key=lambda member: member.id)

    def project_rows(self) -> list[ProjectRow]:
        """The projects, by slug."""
        return sorted(self.projects.values(), key=lambda row: row.project.slug)

    def team_rows(self) -> list[TeamRow]:
        """The teams, by slug."""
        return sorted(self.teams.values(), key=lambda team: team.slug)

    def owners(self) -> list[MemberRow]:
        """Whoever owns the organisation and has an account."""
        return [member for member in self.members.values() if member.role == "owner" and member.person is not None]

    def admit(self, person: Person, *, role: str, born: float, number: int | None = None) -> MemberRow:
        """A member with an account; people of the settings have one number as people and as members."""
        row = MemberRow(
            self._ids.member + 1 if number is None else number,
            person.email,
            role,
            born,
            person,
            person.name,
            last_active=born,
        )
        return self._keep(row)

    def invite(self, email: str, *, role: str, inviter: MemberRow | None, now: float) -> MemberRow:
        """A member that has no account yet."""
        row = MemberRow(self._ids.member + 1, email, role, now, None, email, inviter=inviter)
        self.renew(row, now=now)
        return self._keep(row)

    def renew(self, row: MemberRow, *, now: float) -> None:
        """A fresh token for an invitation."""
        row.expires = now + INVITED_FOR
        row.token = sha256(f"invite:{row.id}:{row.expires}:{row.token}".encode()).hexdigest()

    def fresh_person(self, email: str, name: str) -> Person:
        """An account that nobody had before."""
        self._ids.person += 1
        return Person(self._ids.person, email, name)

    def remove(self, row: MemberRow) -> None:
        """End a membership, and the invitations that it sent: the real one deletes those too."""
        for team in list(row.teams):
            self.leave(row, self.teams[team])
        del self.members[row.id]
        self._addresses[row.email.lower()].remove(row)
        self.wishes = {number: wish for number, wish in self.wishes.items() if wish.member is not row}
        if row.person is None:
            return
        for invited in [each for each in self.members.values() if each.inviter is row and each.person is None]:
            self.remove(invited)

    def _keep(self, row: MemberRow) -> MemberRow:
        self.members[row.id] = row
        self._addresses[row.email.lower()].append(row)
        self._ids.member = max(self._ids.member, row.id)
        self._ids.person = max(self._ids.person, row.person.id if row.person else 0)
        return row

    def join(self, row: MemberRow, team: TeamRow, role: str | None = None) -> None:
        """Into a team; a role that the organisation's role gives anyway is kept as none, as Sentry does."""
        row.teams[team.id] = role
        team.members.add(row.id)

    def leave(self, row: MemberRow, team: TeamRow) -> None:
        """Out of a team."""
        row.teams.pop(team.id, None)
        team.members.discard(row.id)

    def assign(self, row: MemberRow, wanted: Iterable[tuple[TeamRow, str | None]]) -> None:
        """Into exactly these teams."""
        for number in list(row.teams):
            self.leave(row, self.teams[number])
        for team, role in wanted:
            self.join(row, team, role)

    def wish(self, row: MemberRow, team: TeamRow, *, requester: Person | None) -> Wish:
        """A request to be let into a team; asking again changes nothing."""
        for known in self.wishes.values():
            if known.member is row and known.team is team:
                return known
        self._ids.wish += 1
        made = Wish(self._ids.wish, row, team, requester)
        self.wishes[made.id] = made
        return made

    def add_team(self, slug: str, name: str, *, now: float) -> TeamRow:
        """A team."""
        self._ids.team += 1
        made = self.teams[self._ids.team] = self._slugs[slug] = TeamRow(self._ids.team, slug, name, now)
        return made

    def rename_team(self, team: TeamRow, slug: str) -> None:
        """Another slug for a team."""
        del self._slugs[team.slug]
        team.slug = slug
        self._slugs[slug] = team

    def drop_team(self, team: TeamRow) -> None:
        """Without a trace in members and wishes; its projects stay."""
        for number in list(team.members):
            self.leave(self.members[number], team)
        del self.teams[team.id], self._slugs[team.slug]
        self.wishes = {number: wish for number, wish in self.wishes.items() if wish.team is not team}

    def add_project(self, project: Project, *, now: float) -> ProjectRow:
        """A project."""
        made = self.projects[project.id] = ProjectRow(project, now)
        self._ids.project = max(self._ids.project, project.id)
        return made

    def next_project(self) -> int:
        """A fresh number for a project."""
        return self._ids.project + 1

    def next_row(self) -> int:
        """A fresh number for a rule or a key."""
        self._ids.row += 1
        return self._ids.row
