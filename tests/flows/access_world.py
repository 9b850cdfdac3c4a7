"""Organisations in memory behind rosters, and a context that plans and applies over them, with a real store."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.databases import lay_tables
from tests.rules.access.world import NOW, World
from tests.rules.access.world import Refused as WorldRefused
from vedette.errors import Refused, Uncertain, VedetteError
from vedette.flows.access import Planned, Wish, plan
from vedette.flows.access_apply import Applied, Order, apply
from vedette.flows.context import Context
from vedette.flows.owners import OwnersBook
from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.model.changes import Change, CreateProject, CreateTeam, DeleteMember, InviteMember, JoinTeam
from vedette.model.org import (
    AccessRequest,
    Caller,
    Details,
    Member,
    Organization,
    OrgRole,
    ProjectKey,
    Talkativeness,
    Team,
)
from vedette.model.plan import Fate
from vedette.model.settings import Mode, Settings, StoreSettings
from vedette.ports.http import Fence
from vedette.store.database import Store

__all__ = ["NOW", "Desk", "WorldRoster", "a_world", "declared", "desk"]

OWNER = Member("1", "bot@acme.test", role=OrgRole.OWNER, user_id="1")


class Late(Uncertain):
    """The server did it, and its answer was lost."""


@dataclass
class WorldRoster:
    """One organisation. `ills`: what the next changes meet, None for nothing; `unread`: what readings meet."""

    instance: str
    world: World
    ills: deque[VedetteError | None] = field(default_factory=deque)
    unread: deque[VedetteError] = field(default_factory=deque)
    unshown: deque[VedetteError] = field(default_factory=deque)
    performed: list[Change] = field(default_factory=list)
    readings: int = 0
    before: Callable[[Change], object] = lambda _: None

    def read(self, details: Details, *, now: datetime, pace: Callable[[], None]) -> Organization:
        pace()
        self.readings += 1
        if self.unread:
            raise self.unread.popleft()
        return replace(self.world.read(), instance=self.instance, read_at=now, calls=1)

    def perform(self, change: Change, *, fence: Fence) -> tuple[Fate, str]:
        assert fence.left() > 0
        self.before(change)
        self.performed.append(change)
        ill = self.ills.popleft() if self.ills else None
        if isinstance(ill, Late):
            self.world.apply(change)
        if ill is not None:
            raise ill
        if self.holds(change):
            return Fate.ALREADY, "it was so"
        try:
            self.world.apply(change)
        except WorldRefused:
            raise Refused(f"{self.instance}: refused {type(change).__name__}", status=400) from None
        return Fate.DONE, "201"

    def holds(self, change: Change) -> bool:
        if self.unshown:
            raise self.unshown.popleft()
        match change:
            case CreateTeam(team=team):
                return team in self.world.teams
            case CreateProject(project=project):
                return project in self.world.projects
            case InviteMember(email=email):
                return any(each.key == email.casefold() for each in self.world.members.values())
            case JoinTeam(member=member, team=team):
                return member in self.world.members and team in self.world.members[member].teams
            case DeleteMember(member=member):
                return member not in self.world.members
        return False

    def requests(self, *, pace: Callable[[], None]) -> Sequence[AccessRequest]:
        return ()

    def answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        raise NotImplementedError

    def keys(self, project: str, *, pace: Callable[[], None]) -> Sequence[ProjectKey]:
        return ()

    def talkers(
        self, *, since: datetime, until: datetime, every: timedelta, pace: Callable[[], None]
    ) -> Sequence[Talkativeness]:
        return ()

    def close(self) -> None:
        return


def a_world(*members: Member, teams: Sequence[str] = ()) -> World:
    """An organisation with its owner, whose token it is."""
    made = {each.id: each for each in (OWNER, *members)}
    return World(made, {slug: Team(slug, slug, slug) for slug in teams}, caller=Caller("1", "bot@acme.test"))


def declared(*instances: str, **changes: Any) -> AccessSettings:
    """Two teams with a project and two people."""
    usual = AccessSettings(
        instances=instances or ("main",),
        teams={"backend": DeclaredTeam("backend"), "web": DeclaredTeam("web")},
        projects={"shop": DeclaredProject("shop", ("backend", "web"), platform="python")},
        roles={
            "dev": DeclaredRole("dev", OrgRole.MEMBER, {"backend": None}),
            "designer": DeclaredRole("designer", OrgRole.MEMBER, {"web": None}),
            "ops": DeclaredRole("ops", OrgRole.OWNER),
        },
        people={
            "anna": Person("anna", "anna@acme.test", roles=("dev",)),
            "bob": Person("bob", "bob@acme.test", roles=("dev", "designer")),
            "bot": Person("bot", "bot@acme.test", roles=("ops",), bot=True),
        },
        rate_per_s=10_000,
    )
    return replace(usual, **changes)


@dataclass
class Desk:
    """What a test sees and does."""

    context: Context
    rosters: Mapping[str, WorldRoster]
    folder: Path
    time: list[datetime]

    @property
    def store(self) -> Store:
        return self.context.store

    @property
    def main(self) -> WorldRoster:
        return self.rosters["main"]

    def later(self, span: timedelta) -> None:
        self.time[0] += span

    def declare(self, access: AccessSettings) -> None:
        self.context = replace(self.context, settings=replace(self.context.settings, access=access))

    def plan(self, **wish: Any) -> Planned:
        return plan(self.context, Wish(**wish))

    def apply(self, checksum: str = "", **order: Any) -> Applied:
        """Apply the plan of now, unless another checksum is given."""
        wish = order.pop("wish", Wish())
        asked = checksum or plan(self.context, replace(wish, record=False)).plan.checksum
        usual: dict[str, Any] = {"folder": self.folder, "who": "ann@host:7", "first_wait_s": 0.001, "patience_s": 0.05}
        return apply(self.context, Order(wish, asked, **usual | order))


def desk(folder: Path, access: AccessSettings | None = None, **worlds: World) -> Desk:
    """A desk over the worlds, each the instance of its name; `main` alone unless given."""
    rosters = {name: WorldRoster(name, world) for name, world in (worlds or {"main": a_world()}).items()}
    url = StoreSettings(url=f"sqlite:///{folder / 'vedette.db'}")
    settings = Settings(Mode.PRODUCTION, {}, {}, access=access or declared(*rosters), store=url)
    time = [NOW]
    if not (folder / "vedette.db").exists():
        lay_tables(folder / "vedette.db")
    store = Store.open(url)
    book = OwnersBook((), fetch=_nothing, store=store, refresh=timedelta(hours=1))
    context = Context(settings, store, {}, {}, book, clock=lambda: time[0], rosters=rosters)
    return Desk(context, rosters, folder, time)


def _nothing(_source: object) -> Any:
    raise AssertionError("there is no CODEOWNERS here")
