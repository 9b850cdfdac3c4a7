"""`access:`, who should have access to what, and how much may change at once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field

from vedette.config.schema.access_requests import RequestsBlock
from vedette.config.schema.base import ZERO, Block, Filled, Flag, Rate, Whole
from vedette.config.schema.people import DirectoryBlock, PersonBlock, RoleBlock
from vedette.config.schema.projects import DeclaredTeamBlock, ProjectBlock
from vedette.config.schema.slugs import Called, Mail, ProjectSlug, Share, TeamSlug, as_share
from vedette.model.access import AccessSettings, Guards, Managed, OrganizationWish, Protected

_USUAL = AccessSettings()
_USUAL_GUARDS = Guards()
_USUAL_PROTECTED = Protected()


class OrganizationBlock(Block):
    """Settings of the organisation that keep teams apart; what is left out is not looked at."""

    open_membership: Flag | None = Field(default=None, description="Whether anybody may join any team.")
    join_requests: Flag | None = Field(default=None, description="Whether strangers may ask to be let in.")
    sso_required: Flag | None = Field(
        default=None,
        description="Whether everybody comes in by single sign-on. Only looked at: no interface of Sentry's sets it.",
    )

    def frozen(self) -> OrganizationWish:
        """The block as rules read it."""
        return OrganizationWish(**self.values())


class ProtectedBlock(Block):
    """What no plan touches."""

    people: tuple[Mail, ...] = Field(default=_USUAL_PROTECTED.people, description="Addresses of people.")
    teams: tuple[TeamSlug, ...] = Field(default=_USUAL_PROTECTED.teams, description="Slugs of teams.")
    projects: tuple[ProjectSlug, ...] = Field(default=_USUAL_PROTECTED.projects, description="Slugs of projects.")

    def frozen(self) -> Protected:
        """The block as rules read it."""
        return Protected(**self.values())


class GuardsBlock(Block):
    """How much one plan may take away; past it, nothing is applied."""

    share: Share = Field(
        default=_USUAL_GUARDS.share,
        json_schema_extra={"default": as_share(_USUAL_GUARDS.share)},
        description="Largest part of the members, teams, projects or memberships that there are.",
    )
    floor: Whole = Field(
        default=_USUAL_GUARDS.floor, ge=0, description="Of so few, or fewer, share says nothing; deletions still does."
    )
    deletions: Whole = Field(default=_USUAL_GUARDS.deletions, ge=0, description="Most deletions of each kind.")
    shrink: Share = Field(
        default=_USUAL_GUARDS.shrink,
        json_schema_extra={"default": as_share(_USUAL_GUARDS.shrink)},
        description="By how large a part the declared may have become less since the last plan.",
    )

    def frozen(self) -> Guards:
        """The block as rules read it."""
        return Guards(**self.values())


class AccessBlock(Block):
    """Who should have access to what; several files may add theirs."""

    instances: tuple[Filled, ...] = Field(
        default=_USUAL.instances, description="Names of the Sentry instances that are managed; none means every one."
    )
    manage: frozenset[Managed] = Field(
        default=_USUAL.manage,
        min_length=1,
        description="What is brought to what is declared; the rest is neither changed nor told as drift.",
    )
    organization: OrganizationBlock = Field(
        default_factory=OrganizationBlock, description="Settings of the organisation that keep teams apart."
    )
    teams: dict[TeamSlug, DeclaredTeamBlock | None] = Field(
        default_factory=dict, description="The teams that should be, by their slugs."
    )
    projects: dict[ProjectSlug, ProjectBlock] = Field(
        default_factory=dict, description="The projects that should be, by their slugs."
    )
    roles: dict[Called, RoleBlock | None] = Field(
        default_factory=dict, description="Bundles of access, by names of your choice."
    )
    people: dict[Called, PersonBlock] = Field(
        default_factory=dict, description="People and bots, by names of your choice."
    )
    protected: ProtectedBlock = Field(default_factory=ProtectedBlock, description="What no plan touches.")
    guards: GuardsBlock = Field(default_factory=GuardsBlock, description="How much one plan may take away.")
    grace: timedelta = Field(
        default=_USUAL.grace,
        ge=ZERO,
        le=timedelta(days=365),
        description="An account that nobody declared must have been seen for so long, in two plans, before it goes.",
    )
    send_invites: Flag = Field(default=_USUAL.send_invites, description="Whether Sentry mails its invitations.")
    directory: DirectoryBlock | None = Field(default=None, description="A file that knows people's addresses.")
    github: Filled | None = Field(
        default=None,
        description="Name of the tracker of kind github by whose address and token logins are looked up; may be left "
        "out where there is only one of that kind.",
    )
    every: timedelta | None = Field(
        default=None,
        ge=timedelta(minutes=1),
        le=timedelta(days=7),
        description="How often `vedette serve` looks for drift; never unless given.",
    )
    apply: Flag = Field(
        default=_USUAL.apply,
        description="Whether what adds and changes is applied then; nothing is ever taken away by itself.",
    )
    rate_per_s: Rate = Field(default=_USUAL.rate_per_s, description="Most calls a second to one Sentry server.")

    requests: RequestsBlock = Field(
        default_factory=RequestsBlock, description="Who hears of requests for access, and what becomes of them."
    )

    def frozen(self, instances: Mapping[str, object], *, looks_up: str | None) -> AccessSettings:
        """The block as rules read it; `instances` are the names of those that there are, `looks_up` the usual `github`.

        Where nothing is written of access, no instance is managed.
        """
        every = tuple(instances) if self.model_fields_set else ()
        given: dict[str, Any] = self.values() | {
            "instances": self.instances or every,
            "organization": self.organization.frozen(),
            "teams": {slug: (team or DeclaredTeamBlock()).frozen(slug) for slug, team in self.teams.items()},
            "projects": {slug: block.frozen(slug) for slug, block in self.projects.items()},
            "roles": {name: (role or RoleBlock()).frozen(name) for name, role in self.roles.items()},
            "people": {name: block.frozen(name) for name, block in self.people.items()},
            "protected": self.protected.frozen(),
            "guards": self.guards.frozen(),
            "directory": self.directory and self.directory.frozen(),
            "requests": self.requests.frozen(),
            "github": self.github or (looks_up if self.model_fields_set else None) or "",
        }
        return AccessSettings(**given)
