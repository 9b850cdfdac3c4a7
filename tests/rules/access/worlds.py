"""Random organisations and declarations over a few names, so that they meet often; one number is one case.

Hypothesis chooses the numbers: drawing each field from it would make a case thirty times as slow to build, and a law of
plans is worth more by thousands of cases than by the smallest one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from tests.rules.access.world import ADMINS, NOW, World
from vedette.model.access import (
    AccessSettings,
    AlertRules,
    DeclaredProject,
    DeclaredRole,
    DeclaredTeam,
    OrganizationWish,
    Person,
    Protected,
)
from vedette.model.org import (
    AlertRule,
    Caller,
    Lack,
    Member,
    MemberFlag,
    Organization,
    OrgRole,
    OwnershipRules,
    Project,
    ProjectOptions,
    Team,
    TeamRole,
)
from vedette.model.plan import OrganizationPlan
from vedette.rules.access.planning import plan_for
from vedette.rules.access.resolving import Desired, Known, desired_for
from vedette.rules.access.scene import Orders, Sightings

TEAMS = ("ants", "bees", "cats", "dogs")
PROJECTS = ("shop", "till", "yard")
PEOPLE = ("anna", "bo", "cleo", "dan", "eve")
ROLES = tuple(role.value for role in OrgRole)
RULES: tuple[dict[str, object], ...] = (
    {"name": "all", "frequency": 5},
    {"name": "all", "frequency": 30},
    {"name": "some", "actions": [{"id": "x"}]},
)
RAWS = ("", "path:a #ants", "path:a #ants\n\npath:b #bees\n")

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """Everything that a plan is made from."""

    world: World
    access: AccessSettings
    known: Known
    sightings: Sightings
    orders: Orders

    def desired(self) -> Desired:
        return desired_for(self.access, instance="main", known=self.known, now=NOW)

    def plan(self, current: Organization | None = None) -> OrganizationPlan:
        return plan_for(
            self.desired(),
            current or self.world.read(),
            access=self.access,
            now=NOW,
            sightings=self.sightings,
            orders=self.orders,
        )


def address(name: str) -> str:
    return f"{name}@acme.test"


def case(number: int) -> Case:
    """The case of that number."""
    dice = Dice(number)
    return Case(dice.world(), dice.access(), dice.known(), dice.sightings(), dice.orders())


class Dice:
    """Draws the parts of a case."""

    def __init__(self, number: int) -> None:
        self._random = Random(number)

    def _one(self, *options: T) -> T:
        return self._random.choice(options)

    def _some(self, options: Sequence[T], *, least: int = 0, most: int | None = None) -> list[T]:
        number = self._random.randint(least, len(options) if most is None else most)
        return self._random.sample(options, number)

    def _seldom(self) -> bool:
        return self._one(False, False, False, True)

    def world(self) -> World:
        """An organisation as people left it."""
        teams = self._some(TEAMS)
        world = World(teams={slug: Team(slug, f"t{slug}", slug, self._seldom()) for slug in teams})
        if teams:
            world.projects = {slug: self._project(slug, teams) for slug in self._some(PROJECTS)}
        members = [self._member(str(number), teams) for number in range(self._random.randint(0, 7))]
        world.members = {member.id: member for member in members}
        people = [member.user_id for member in members if member.logged_in]
        world.caller = Caller(self._one("", *people))
        for name in world.settings:
            world.settings[name] = self._one(True, False, None)
        world.lacks = (
            tuple(self._some([Lack.TEAM_ROLES, Lack.OWNERSHIP, Lack.ALERT_RULES, Lack.CALLER]))
            if self._seldom()
            else ()
        )
        return world

    def _member(self, number: str, teams: list[str]) -> Member:
        email, pending, role = address(self._one(*PEOPLE)), self._one(True, False), self._one(*ROLES)
        chosen = [] if role == "billing" else self._some(teams)
        flags = [MemberFlag.IDP_PROVISIONED, MemberFlag.IDP_ROLE_RESTRICTED, MemberFlag.SSO_LINKED]
        return Member(
            id=number,
            email=self._one(email, email.upper()),
            role=role,
            teams={slug: "" if role in ADMINS else self._one("", "admin") for slug in chosen},
            user_id="" if pending else f"u{number}",
            pending=pending,
            expired=pending and self._one(True, False),
            flags=frozenset(self._some(flags, most=1) if self._seldom() else ()),
            created_at=NOW - timedelta(days=self._random.randint(0, 3)),
            last_login=None if pending else self._one(None, NOW - timedelta(days=1), NOW - timedelta(days=2)),
            other_emails=(address("dan"),) if not pending and self._seldom() else (),
        )

    def _project(self, slug: str, teams: list[str]) -> Project:
        prefix, fields = self._one("[Sentry]", "[Shop]"), self._one((), ("card", "pin"))
        rules = [self._one(*RULES) for _ in range(self._random.randint(0, 3))]
        return Project(
            slug,
            f"p{slug}",
            slug,
            self._one("", "python"),
            tuple(sorted(self._some(teams, least=1))),
            internal=self._seldom() and self._seldom(),
            options=ProjectOptions(prefix, fields, (), self._one(0, 24), ("*",), None),
            ownership=OwnershipRules(self._one(*RAWS).strip(), True, "Auto Assign to Issue Owner"),
            alert_rules=tuple(AlertRule(f"{slug}{at}", str(body["name"]), body) for at, body in enumerate(rules)),
        )

    def access(self) -> AccessSettings:
        """What people declared."""
        teams, projects, roles = self._some(TEAMS), self._some(PROJECTS), "xyz"
        return AccessSettings(
            instances=("main",),
            teams={slug: DeclaredTeam(slug, self._one("", slug.title())) for slug in teams},
            projects={slug: self._declared(slug) for slug in projects},
            roles={name: self._role(name) for name in roles},
            people={name: self._person(name, roles) for name in self._some(PEOPLE)},
            organization=OrganizationWish(self._one(None, True, False), self._one(None, True, False)),
            protected=Protected(
                tuple(address(name).upper() for name in self._few(PEOPLE)),
                tuple(self._few(TEAMS)),
                tuple(self._few(PROJECTS)),
            ),
            send_invites=not self._seldom(),
        )

    def _few(self, names: Sequence[str]) -> list[str]:
        return self._some(names, most=1) if self._one(True, False) else []

    def _declared(self, slug: str) -> DeclaredProject:
        raw, alerts = self._one(None, *RAWS), self._one(*AlertRules)
        ownership = None if raw is None else OwnershipRules(raw, fallthrough=self._one(True, False))
        rules = (self._one(*RULES[:2]), RULES[2])
        return DeclaredProject(
            slug,
            tuple(self._some(TEAMS, least=1)),
            platform=self._one(None, "python"),
            subject_prefix=self._one(None, "[Sentry]", "[Till]"),
            sensitive_fields=self._one(None, ("pin", "card")),
            resolve_age=self._one(None, 0, 24),
            throttle=50 if self._seldom() else None,
            ownership=ownership,
            alerts=alerts,
            alert_rules=tuple(self._some(rules)) if alerts is AlertRules.DECLARED else (),
        )

    def _role(self, name: str) -> DeclaredRole:
        teams = {slug: self._one(None, *TeamRole) for slug in self._some(TEAMS)}
        expires = self._one(None, None, date(2026, 11, 20), date(2026, 11, 21))
        return DeclaredRole(name, self._one(*OrgRole), teams, expires)

    def _person(self, name: str, roles: str) -> Person:
        person = Person(name, address(name), roles=tuple(self._some(roles)))
        return replace(person, email=None, github=f"{name}-hub") if self._seldom() else person

    def known(self) -> Known:
        """Last addresses of some, so that those without one are known or not."""
        return Known({}, {name: address(name) for name in self._some(PEOPLE)})

    def sightings(self) -> Sightings:
        """Memories of two plans, long ago, of some accounts."""
        seen = self._some([str(number) for number in range(7)])
        return Sightings({member: NOW - timedelta(days=9) for member in seen}, dict.fromkeys(seen, 1))

    def orders(self) -> Orders:
        """What flags name."""
        return Orders(frozenset(self._few(PROJECTS)), frozenset(self._few(TEAMS)))
