"""A Jira tracker before a stand-in of either face, as the conformance suite and the tests of this folder want it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import msgspec

from tests.conformance.trackers import Held, Trouble
from vedette.integrations.jira import Config, JiraTracker
from vedette.model.secret import Secret
from vedette.model.tickets import Route, TicketRef
from vedette.sandbox.jira import Config as StandInConfig
from vedette.sandbox.jira import Face, JiraStandIn, Kind, demo
from vedette.sandbox.sentry.hooks import tls

KINDS = {
    Trouble.HANG_AFTER_COMMIT: Kind.COMMIT_HANG,
    Trouble.RESET_AFTER_COMMIT: Kind.COMMIT_RESET,
    Trouble.BAD_GATEWAY_AFTER_COMMIT: Kind.COMMIT_502,
    Trouble.TRUNCATED_AFTER_COMMIT: Kind.COMMIT_TRUNCATE,
    Trouble.LATE_COMMIT: Kind.COMMIT_LATE,
    Trouble.LIMITED_SECONDS: Kind.LIMIT_SECONDS,
    Trouble.LIMITED_DATE: Kind.LIMIT_DATE,
    Trouble.DOWN: Kind.MAINTENANCE,
    Trouble.BROKEN: Kind.ERROR_500,
    Trouble.STRANGER: Kind.UNAUTHORISED,
    Trouble.LOGIN_PAGE: Kind.LOGIN_PAGE,
    Trouble.CONFLICT: Kind.CONFLICT,
    Trouble.RESET: Kind.RESET,
}
ROUTE = Route(
    tracker="jira",
    project="WB",
    type="Bug",
    components=("External API",),
    labels=("sentry",),
    priority="High",
    assignee="lead@acme.test",
    status="Need Triage",
)
NOWHERE = Route(tracker="jira", project="NOPE", type="Bug")


def settings_for(jira: JiraStandIn) -> Config:
    """What an operator would write for this stand-in."""
    email = jira.config.email if jira.config.face is Face.CLOUD else ""
    return Config(url=jira.url, token=Secret((jira.config.token,), "env/JIRA_TOKEN"), email=email)


@dataclass
class JiraCase:
    """A tracker and the stand-in behind it."""

    jira: JiraStandIn
    tracker: JiraTracker
    route: Route = ROUTE
    refused: Route = NOWHERE
    done_status: str = "Done"
    open_status: str = "Need Triage"
    wont_do_status: str = "Won't Do"
    secrets: tuple[str, ...] = field(default=("sandbox-token", "bot@acme.test", "kept-out"))

    def trouble(self, trouble: Trouble) -> None:
        self.jira.fault(KINDS[trouble], on="write", seconds=0.2 if trouble is Trouble.LATE_COMMIT else 2)

    def reading_trouble(self, trouble: Trouble) -> None:
        self.jira.fault(KINDS[trouble], on="read", seconds=2)

    def held(self) -> Sequence[Held]:
        return [
            Held(
                id=str(each["id"]),
                key=each["key"],
                title=each["summary"],
                done=each["category"] == "done",
                comments=len(each["comments"]),
                links=len(each["links"]),
            )
            for each in self.jira.tickets()
        ]

    def prioritise(self, ref: TicketRef, priority: str) -> None:
        self.jira.on_loop(lambda state: state.change(state.tickets[int(ref.id)], priority=priority))

    def priority_of(self, ref: TicketRef) -> str:
        return next(str(each["priority"]) for each in self.jira.tickets() if each["id"] == int(ref.id))

    def move(self, ref: TicketRef) -> None:
        self.behind("move", key=ref.key, project="PAY")

    def delete(self, ref: TicketRef) -> None:
        self.behind("delete", key=ref.key)

    def behind(self, string: str, **asked: Any) -> None:
        """Pull a string of the stand-in's."""
        httpx2.post(f"{self.jira.url}/_standin/{string}", json=asked, verify=tls()).raise_for_status()


def with_project(face: Face, **changes: Any) -> StandInConfig:
    """The demo's company, its project WB changed."""
    company = demo(face)
    projects = [
        msgspec.structs.replace(project, **(changes if project.key == "WB" else {})) for project in company.projects
    ]
    return msgspec.structs.replace(company, projects=tuple(projects))


@contextmanager
def standing(config: StandInConfig, *, timeout: float = 1.0) -> Iterator[JiraCase]:
    """A stand-in and a tracker that gives up after `timeout` seconds."""
    with JiraStandIn(config, recording=True) as jira:
        tracker = JiraTracker("jira", settings_for(jira), timeout=timedelta(seconds=timeout))
        try:
            yield JiraCase(jira, tracker)
        finally:
            tracker.close_connections()


@contextmanager
def demo_case(face: Face) -> Iterator[JiraCase]:
    """The demo's company on one face."""
    with standing(demo(face)) as case:
        yield case
