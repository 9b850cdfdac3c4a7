"""Places: where members, teams, projects and what belongs to them are on a server, below `/api/0/`; a table."""

from dataclasses import dataclass
from urllib.parse import quote

from vedette.model.settings import SentryInstance


def _safe(part: str) -> str:
    return quote(part, safe="")


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of one organisation."""

    organization: str

    @classmethod
    def of(cls, instance: SentryInstance) -> "Places":
        """The addresses of an instance's organisation."""
        return cls(_safe(instance.organization))

    @property
    def home(self) -> str:
        """The organisation itself."""
        return f"organizations/{self.organization}/"

    @property
    def members(self) -> str:
        """Its members and the invitations to it."""
        return f"{self.home}members/"

    def member(self, number: str) -> str:
        """One of them, or `me`."""
        return f"{self.members}{_safe(number)}/"

    def membership(self, number: str, team: str) -> str:
        """A member in a team."""
        return f"{self.member(number)}teams/{_safe(team)}/"

    @property
    def teams(self) -> str:
        """Its teams."""
        return f"{self.home}teams/"

    def team(self, slug: str) -> str:
        """One of them."""
        return f"teams/{self.organization}/{_safe(slug)}/"

    def team_members(self, slug: str) -> str:
        """Who is in it."""
        return f"{self.team(slug)}members/"

    def team_projects(self, slug: str) -> str:
        """Where a project is made."""
        return f"{self.team(slug)}projects/"

    @property
    def projects(self) -> str:
        """Its projects."""
        return f"{self.home}projects/"

    def project(self, slug: str) -> str:
        """One of them."""
        return f"projects/{self.organization}/{_safe(slug)}/"

    def project_team(self, slug: str, team: str) -> str:
        """A team's share in a project."""
        return f"{self.project(slug)}teams/{_safe(team)}/"

    def ownership(self, slug: str) -> str:
        """A project's ownership rules."""
        return f"{self.project(slug)}ownership/"

    def alert_rules(self, slug: str) -> str:
        """A project's issue alert rules."""
        return f"{self.project(slug)}rules/"

    def alert_rule(self, slug: str, number: str) -> str:
        """One of them."""
        return f"{self.alert_rules(slug)}{_safe(number)}/"

    def keys(self, slug: str) -> str:
        """A project's keys."""
        return f"{self.project(slug)}keys/"

    @property
    def all_keys(self) -> str:
        """The keys of every project; newer servers only."""
        return f"{self.home}project-keys/"

    @property
    def access_requests(self) -> str:
        """Members who wait for a team; private."""
        return f"{self.home}access-requests/"

    @property
    def invite_requests(self) -> str:
        """People who wait for an invitation; private."""
        return f"{self.home}invite-requests/"

    @property
    def stats(self) -> str:
        """Events by project and outcome."""
        return f"{self.home}stats_v2/"
