"""A roster that lies in memory, for ways that must not care how a server is spoken to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.flows.conftest import Desk
from tests.flows.monitoring import START
from vedette.errors import VedetteError
from vedette.flows.context import Context
from vedette.model.alarms import Notice
from vedette.model.changes import Change
from vedette.model.org import AccessRequest, Details, Organization, ProjectKey, Talkativeness
from vedette.model.ownership import Finding
from vedette.model.plan import Fate
from vedette.model.settings import NotifierSettings, Settings
from vedette.ports.http import Fence


@dataclass
class MemoryRoster:
    """What it is given is what there is; `ills` are raised first, one a call."""

    instance: str = "default"
    organization: Organization | None = None
    project_keys: list[ProjectKey] = field(default_factory=list)
    asked: list[AccessRequest] = field(default_factory=list)
    told: list[tuple[str, bool]] = field(default_factory=list)  # request and whether it was approved
    talk: list[Talkativeness] = field(default_factory=list)
    ills: list[VedetteError] = field(default_factory=list)
    calls: int = 0

    def read(self, details: Details, *, now: datetime, pace: Callable[[], None]) -> Organization:
        self._called(pace)
        return self.organization or Organization(self.instance, "acme", now)

    def perform(self, change: Change, *, fence: Fence) -> tuple[Fate, str]:
        raise NotImplementedError(change)

    def holds(self, change: Change) -> bool:
        raise NotImplementedError(change)

    def requests(self, *, pace: Callable[[], None]) -> Sequence[AccessRequest]:
        self._called(pace)
        return list(self.asked)

    def answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        self._called(lambda: None)
        self.told.append((request.id, approve))
        self.asked = [each for each in self.asked if each.id != request.id]

    def keys(self, project: str, *, pace: Callable[[], None]) -> Sequence[ProjectKey]:
        self._called(pace)
        return [key for key in self.project_keys if project in ("", key.project)]

    def talkers(
        self, *, since: datetime, until: datetime, every: timedelta, pace: Callable[[], None]
    ) -> Sequence[Talkativeness]:
        self._called(pace)
        return list(self.talk)

    def close(self) -> None:
        return

    def _called(self, pace: Callable[[], None]) -> None:
        pace()
        self.calls += 1
        if self.ills:
            raise self.ills.pop(0)


@dataclass
class TellAll:
    """A notifier that takes every notice, or raises its `ills` first."""

    name: str = "people"
    taken: list[Notice] = field(default_factory=list)
    ills: list[VedetteError] = field(default_factory=list)

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        if self.ills:
            raise self.ills.pop(0)
        self.taken.append(notice)
        return ()

    def check(self) -> Iterable[Finding]:
        return ()

    def close(self) -> None:
        return


@dataclass
class Clinic:
    """A desk with a roster and a notifier in memory, and a time of its own."""

    desk: Desk
    settings: Settings
    roster: MemoryRoster = field(default_factory=MemoryRoster)
    people: TellAll = field(default_factory=TellAll)
    now: datetime = START

    @property
    def context(self) -> Context:
        known = {"people": NotifierSettings("people", "memory", None, rate_per_s=1000)}
        return replace(
            self.desk.app.context,
            settings=replace(self.settings, notifiers=known),
            rosters={"default": self.roster},
            notifiers={"people": self.people},
            clock=lambda: self.now,
        )

    def work(self) -> None:
        """Do every job that is ready."""
        while self.desk.app.worker().one_job(self.context):
            pass
