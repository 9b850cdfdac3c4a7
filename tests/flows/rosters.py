"""A roster that lies in memory, for ways that must not care how a server is spoken to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vedette.errors import VedetteError
from vedette.model.changes import Change
from vedette.model.org import AccessRequest, Organization, ProjectKey, Talkativeness
from vedette.model.plan import Fate
from vedette.ports.access import Details
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
