"""A Linear tracker before a stand-in, as the conformance suite and the tests of this folder want it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx2

from tests.conformance.trackers import Held, Trouble
from vedette.integrations.linear import Config, LinearTracker
from vedette.model.secret import Secret
from vedette.model.tickets import Route, TicketRef
from vedette.sandbox.linear import Config as StandInConfig
from vedette.sandbox.linear import Kind, LinearStandIn, demo
from vedette.sandbox.linear.views import PRIORITIES
from vedette.sandbox.sentry.hooks import tls

KINDS = {
    Trouble.HANG_AFTER_COMMIT: Kind.COMMIT_HANG,
    Trouble.RESET_AFTER_COMMIT: Kind.COMMIT_RESET,
    Trouble.BAD_GATEWAY_AFTER_COMMIT: Kind.COMMIT_502,
    Trouble.TRUNCATED_AFTER_COMMIT: Kind.COMMIT_TRUNCATE,
    Trouble.LATE_COMMIT: Kind.COMMIT_LATE,
    Trouble.LIMITED_SECONDS: Kind.LIMITED,
    Trouble.LIMITED_DATE: Kind.LIMIT_DATE,
    Trouble.DOWN: Kind.MAINTENANCE,
    Trouble.BROKEN: Kind.ERROR_500,
    Trouble.STRANGER: Kind.UNAUTHORISED,
    Trouble.LOGIN_PAGE: Kind.LOGIN_PAGE,
    Trouble.CONFLICT: Kind.CONFLICT,
    Trouble.RESET: Kind.RESET,
}
ROUTE = Route(
    tracker="linear",
    project="ENG",
    labels=("sentry", "bug"),
    priority="High",
    assignee="lead@acme.test",
    status="Triage",
    section="Reliability",
)
NOWHERE = Route(tracker="linear", project="NOPE")


def settings_for(linear: LinearStandIn) -> Config:
    """What an operator would write for this stand-in."""
    token = Secret((linear.config.token,), "env/LINEAR_TOKEN")
    return Config(url=linear.endpoint, token=token, oauth=linear.config.oauth)


@dataclass
class LinearCase:
    """A tracker and the stand-in behind it."""

    linear: LinearStandIn
    tracker: LinearTracker
    route: Route = ROUTE
    refused: Route = NOWHERE
    done_status: str = "Done"
    open_status: str = "Triage"
    wont_do_status: str = "Canceled"
    secrets: tuple[str, ...] = ("lin_api_sandbox",)

    def trouble(self, trouble: Trouble) -> None:
        self.linear.fault(KINDS[trouble], on="write", seconds=0.2 if trouble is Trouble.LATE_COMMIT else 2)

    def reading_trouble(self, trouble: Trouble) -> None:
        self.linear.fault(KINDS[trouble], on="read", seconds=2)

    def held(self) -> Sequence[Held]:
        return [
            Held(
                id=each["id"],
                key=each["key"],
                title=each["summary"],
                done=each["type"] in ("completed", "canceled", "duplicate"),
                comments=len(each["comments"]),
                links=len(each["links"]),
            )
            for each in self.linear.tickets()
        ]

    def prioritise(self, ref: TicketRef, priority: str) -> None:
        number = PRIORITIES.index(priority)
        self.linear.on_loop(lambda state: state.commit("edit", replace(state.issues[ref.id], priority=number)))

    def priority_of(self, ref: TicketRef) -> str:
        return next(PRIORITIES[each["priority"]] for each in self.linear.tickets() if each["id"] == ref.id)

    def move(self, ref: TicketRef) -> None:
        self.behind("move", key=ref.key, project="PAY")

    def delete(self, ref: TicketRef) -> None:
        self.behind("delete", key=ref.key)

    def behind(self, string: str, **asked: Any) -> None:
        """Pull a string of the stand-in's."""
        httpx2.post(f"{self.linear.url}/_standin/{string}", json=asked, verify=tls()).raise_for_status()


@contextmanager
def standing(config: StandInConfig | None = None, *, timeout: float = 1.0) -> Iterator[LinearCase]:
    """A stand-in and a tracker that gives up after `timeout` seconds."""
    with LinearStandIn(config or demo(), recording=True) as linear:
        tracker = LinearTracker("linear", settings_for(linear), timeout=timedelta(seconds=timeout))
        try:
            yield LinearCase(linear, tracker)
        finally:
            tracker.close_connections()
