"""The whole file."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from vedette.config.schema.access import AccessBlock
from vedette.config.schema.base import Block, Name, Shape
from vedette.config.schema.monitor import MonitorBlock
from vedette.config.schema.notifiers import AlarmsBlock, NotifierBlock
from vedette.config.schema.ownership import OwnershipBlock
from vedette.config.schema.recall import RecallBlock
from vedette.config.schema.running import QueueBlock, StoreBlock, WebBlock
from vedette.config.schema.sentry import SentryBlock
from vedette.config.schema.sinks import SinkBlock
from vedette.config.schema.tickets import PolicyChangeBlock, TicketsBlock
from vedette.config.schema.trackers import RouteBlock, TeamBlock, TrackerBlock
from vedette.model.owners import Team
from vedette.model.policies import PolicyChange
from vedette.model.settings import Mode
from vedette.model.tickets import Route

_TRACKER = Shape(
    r"[a-z0-9][a-z0-9_-]{0,39}", "should be a name of at most 40 small letters, digits, - and _, such as jira"
)
_OWNER = Shape(r"\S*@\S+", "should be an owner as CODEOWNERS names it", 'write "@organisation/team" or a mail address')

TrackerName = Annotated[str, _TRACKER.check, _TRACKER.schema]
OwnerName = Annotated[str, _OWNER.check, _OWNER.schema]


class SettingsFile(Block):
    """vedette.yaml, with its includes merged in and `sentry:` as a map of names."""

    mode: Mode = Field(
        default=Mode.PRODUCTION,
        description="Where this Vedette stands; in staging and development only sandboxed destinations are used.",
    )
    sentry: dict[Name, SentryBlock] = Field(
        min_length=1,
        description='The Sentry servers: a map of names, or a bare block, which is the instance "default".',
    )
    trackers: dict[TrackerName, TrackerBlock] = Field(
        default_factory=dict, description="The trackers, by names of your choice."
    )
    ownership: OwnershipBlock = Field(default_factory=OwnershipBlock, description="Who owns which errors.")
    teams: dict[OwnerName, TeamBlock | None] = Field(
        default_factory=dict, description="Owners as CODEOWNERS names them (@acme/team, a mail address), in quotes."
    )
    routes: dict[str, RouteBlock] = Field(
        default_factory=dict, description="Routes with names; default takes whatever no team's route takes."
    )
    notifiers: dict[TrackerName, NotifierBlock] = Field(
        default_factory=dict, description="Ways to tell people, by names of your choice."
    )
    alarms: AlarmsBlock = Field(
        default_factory=AlarmsBlock, description="Who is told when something is wrong, and how often."
    )
    sinks: dict[TrackerName, SinkBlock] = Field(
        default_factory=dict, description="Where counts of errors go, by names of your choice."
    )
    monitor: MonitorBlock = Field(
        default_factory=MonitorBlock, description="Which errors are counted, how often, and where the counts go."
    )
    access: AccessBlock = Field(
        default_factory=AccessBlock, description="Who should have access to what, as teams, projects, roles and people."
    )
    tickets: TicketsBlock = Field(default_factory=TicketsBlock, description="When a ticket is cut.")
    recall: RecallBlock = Field(
        default_factory=RecallBlock, description="Which hooks should come, and when too few of them do."
    )
    queue: QueueBlock = Field(default_factory=QueueBlock, description="The workers' manners.")
    store: StoreBlock = Field(default_factory=StoreBlock, description="Where memory lies, and for how long.")
    web: WebBlock = Field(default_factory=WebBlock, description="The listeners.")

    def frozen_route(self, name: str) -> Route | None:
        """The route of that name as rules read it."""
        return self.routes[name].frozen(self.trackers) if name in self.routes else None

    def frozen_teams(self) -> dict[str, Team]:
        """The teams as rules read them, each with the route that its block holds or names."""
        return {
            name: Team(
                name,
                self._route_of(team),
                tuple(self._changes_of(name, team)),
                tuple(dict.fromkeys(team.notify)) if team else (),
            )
            for name, team in self.teams.items()
        }

    def frozen_changes(self, name: str) -> tuple[PolicyChange, ...]:
        """What the route of that name changes of the policies."""
        policy = self.routes[name].policy if name in self.routes else None
        return () if policy is None else (policy.frozen(f"routes.{name}.policy"),)

    def _changes_of(self, name: str, team: TeamBlock | None) -> Iterator[PolicyChange]:
        match team and team.route:
            case str() as route:
                yield from self.frozen_changes(route)
            case RouteBlock(policy=PolicyChangeBlock() as policy):
                yield policy.frozen(f"teams.{name}.route.policy")
        if team is not None and team.policy is not None:
            yield team.policy.frozen(f"teams.{name}.policy")

    def _route_of(self, team: TeamBlock | None) -> Route | None:
        match team and team.route:
            case str() as name:
                return self.frozen_route(name)
            case RouteBlock() as route:
                return route.frozen(self.trackers)
        return None
