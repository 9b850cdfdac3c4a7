"""What was planned from a reading and done leaves nothing to plan, on every dialect, whatever was there and wished."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from tests.integrations.sentry.opening import roster_of
from vedette.integrations.sentry import SentryRoster
from vedette.model.access import AccessSettings, AlertRules, DeclaredProject, DeclaredTeam
from vedette.model.org import Details, OwnershipRules
from vedette.model.plan import OrganizationPlan
from vedette.ports.http import Fence
from vedette.rules.access.planning import plan_for
from vedette.rules.access.resolving import Desired, Wanted
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

TEAMS = ("checkout", "data", "ops", "pay", "search")
PROJECTS = ("checkout", "search", "till", "web")
ADDRESSES = tuple(f"p{number}@Example.test" for number in range(8))
NOW = datetime(2031, 3, 14, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Dice:
    """Wishes and states that a seed decides."""

    random: Random
    dialect: Dialect

    def people(self) -> list[dict[str, Any]]:
        """Who is there, by addresses whose case may be another."""
        return [
            {
                "email": self.random.choice([email, email.lower()]),
                "role": self.random.choice(["member", "manager"]),
                "teams": self.some(("checkout", "search", "partners"), least=0),
                "pending": self.random.random() < 0.3,
            }
            for email in ADDRESSES[:5]
        ]

    def some(self, of: tuple[str, ...], *, least: int = 1) -> list[str]:
        return self.random.sample(of, self.random.randint(least, len(of)))

    def desired(self) -> Desired:
        """What should be."""
        teams = tuple(self.some(TEAMS))
        return Desired(
            "main",
            tuple(DeclaredTeam(slug, self.random.choice(["", slug.title()])) for slug in teams),
            tuple(self.project(slug, tuple(self.some(teams))) for slug in self.some(PROJECTS)),
            tuple(self.wanted(email, teams) for email in self.random.sample(ADDRESSES, 6)),
        )

    def project(self, slug: str, teams: tuple[str, ...]) -> DeclaredProject:
        name, platform = self.random.choice([None, f"The {slug}"]), self.random.choice([None, "go"])
        return DeclaredProject(slug, teams, name=name, platform=platform, **self.options(teams))

    def options(self, teams: tuple[str, ...]) -> dict[str, Any]:
        if self.dialect is Dialect.GLITCHTIP:
            return {"throttle": self.random.choice([None, 5])}
        return {
            "subject_prefix": self.random.choice([None, "[x]"]),
            "resolve_age": self.random.choice([None, 0, 24]),
            "sensitive_fields": self.random.choice([None, ("Pin", "a")]),
            "ownership": self.random.choice([None, OwnershipRules(f"path:x/* #{teams[0]}\n")]),
            "alerts": self.random.choice([AlertRules.LEAVE, AlertRules.NONE]),
        }

    def wanted(self, email: str, teams: tuple[str, ...]) -> Wanted:
        roles = ["", "admin"] if self.dialect is Dialect.SENTRY else [""]
        inside = {slug: self.random.choice(roles) for slug in self.some(teams, least=0)}
        return Wanted(email, self.random.choice(["member", "manager", "owner"]), inside, email)


def plan(roster: SentryRoster, desired: Desired) -> OrganizationPlan:
    settings = AccessSettings(projects={project.slug: project for project in desired.projects})
    current = roster.read(Details(None, None, None), now=NOW, pace=lambda: None)
    return plan_for(desired, current, access=settings, now=NOW)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_plan_that_was_done_leaves_nothing_to_plan(dialect: Dialect, seed: int) -> None:
    dice = Dice(Random(f"{seed} {dialect}"), dialect)
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        sentry.roster(members=dice.people(), choices={"role_clears_teams": bool(seed % 2)})
        roster, desired = roster_of(sentry), dice.desired()
        first = plan(roster, desired)
        assert len(first.changes) > 5
        for change in first.changes:
            roster.perform(change, fence=Fence.after(20))
            assert roster.holds(change), change
        assert plan(roster, desired).changes == ()
