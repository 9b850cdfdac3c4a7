"""An Asana tracker before a stand-in, as the conformance suite and the tests of this folder want it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from tests.conformance.trackers import Held, Trouble
from vedette.integrations.asana import AsanaTracker, Config
from vedette.model.secret import Secret
from vedette.model.tickets import Route, TicketRef
from vedette.sandbox.asana import AsanaStandIn, Kind, amended, demo
from vedette.sandbox.asana.demo import FIELDS
from vedette.sandbox.asana.state import State
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
FIELD = next(each for each in FIELDS if each.name == "Priority")
OPTIONS = {each.gid: each.name for each in FIELD.options}
ROUTE = Route(
    tracker="asana",
    project="12001",
    section="Needs triage",
    assignee="lead@acme.test",
    labels=("sentry",),
    priority="High",
    fields={
        "Estimate": 0.1,
        "Team": "Detections",
        "Areas": ["API", "Billing"],
        "Triage by": "+2d",
        "Reviewers": ["oncall@acme.test"],
        "Related": ["12001"],
        "Reporter": "sentry.io",
        "due_in": "3d",
    },
)
NOWHERE = Route(tracker="asana", project="99999")


@dataclass
class AsanaCase:
    """A tracker and the stand-in behind it."""

    asana: AsanaStandIn
    tracker: AsanaTracker
    route: Route = ROUTE
    refused: Route = NOWHERE
    done_status: str = "Completed"
    open_status: str = "In progress"
    wont_do_status: str = "Won't do"
    secrets: tuple[str, ...] = field(default=("sandbox-token",))

    def trouble(self, trouble: Trouble) -> None:
        self.asana.fault(KINDS[trouble], on="write", seconds=0.2 if trouble is Trouble.LATE_COMMIT else 2)

    def reading_trouble(self, trouble: Trouble) -> None:
        self.asana.fault(KINDS[trouble], on="read", seconds=2)

    def held(self) -> Sequence[Held]:
        return [
            Held(
                id=each["key"],
                key=each["key"],
                title=each["summary"],
                done=each["category"] == "done",
                comments=len(each["comments"]),
                links=each["html_notes"].count("Sentry issue: <a href="),
            )
            for each in self.asana.tickets()
        ]

    def prioritise(self, ref: TicketRef, priority: str) -> None:
        gid = next(gid for gid, name in OPTIONS.items() if name == priority)

        def work(state: State) -> None:
            task = state.tasks[int(ref.id)]
            state.change(task, op="edit", values={**task.values, FIELD.gid: gid})

        self.asana.on_loop(work)

    def priority_of(self, ref: TicketRef) -> str:
        return next(OPTIONS[each["values"][FIELD.gid]] for each in self.asana.tickets() if each["key"] == ref.key)

    def move(self, ref: TicketRef) -> None:
        self.behind("move", key=ref.key, project="12002")

    def delete(self, ref: TicketRef) -> None:
        self.behind("delete", key=ref.key)

    def behind(self, string: str, **asked: Any) -> None:
        """Pull a string of the stand-in's."""
        httpx2.post(f"{self.asana.url}/_standin/{string}", json=asked, verify=tls()).raise_for_status()


def settings_for(asana: AsanaStandIn, **changes: Any) -> Config:
    """What an operator would write for this stand-in."""
    token = Secret((asana.config.token,), "env/ASANA_PAT")
    return Config(workspace=asana.config.workspace, token=token, url=f"{asana.url}/api/1.0", **changes)


@contextmanager
def standing(*, company: dict[str, Any] | None = None, timeout: float = 1.0, **config: Any) -> Iterator[AsanaCase]:
    """A stand-in and a tracker that gives up after `timeout` seconds."""
    with AsanaStandIn(amended(demo(), company or {}), recording=True) as asana:
        tracker = AsanaTracker("asana", settings_for(asana, **config), timeout=timedelta(seconds=timeout))
        try:
            yield AsanaCase(asana, tracker)
        finally:
            tracker.close_connections()
