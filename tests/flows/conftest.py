"""A desk for the ways: a real store, stand-in vendors on loopback, and a worker that does one job when asked."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.databases import lay_tables
from tests.waiting import until
from vedette.app import App
from vedette.flows.acting import ticket_job
from vedette.flows.sorting import sort_deliveries
from vedette.integrations.jira.config import Config as JiraConfig
from vedette.model.deliveries import DeliveryKind, NewDelivery
from vedette.model.document import Document, Paragraph, Text, pack
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState, NewJob
from vedette.model.journal import Entry
from vedette.model.owners import CodeownersSource, Team
from vedette.model.policies import Policy, TicketSettings, When
from vedette.model.secret import Secret
from vedette.model.settings import (
    Dialect,
    Mode,
    QueueSettings,
    SentryInstance,
    Settings,
    StoreSettings,
    TrackerSettings,
)
from vedette.model.tickets import Claim, Route
from vedette.sandbox.jira.faults import Fault
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import Project
from vedette.store import journal, ledger, queue

CHECKOUT = Project(10, "checkout", teams=("checkout",))
OWNERS = "/shop/ @acme/checkout\n/shop/shared/\n/api/ @acme/nobody\n"
FAST = TicketSettings(
    settle=timedelta(seconds=0.6),
    looks=(timedelta(seconds=0.1), timedelta(seconds=0.3)),
    search_lag=timedelta(seconds=0.5),
    refresh=timedelta(0),
)


def frame(path: str) -> dict[str, Any]:
    return {"filename": path, "function": "act", "lineno": 7, "in_app": True, "module": ""}


def settings_for(sentry: str, jira: str, folder: Path, **changes: Any) -> Settings:
    instance = SentryInstance(
        "default",
        sentry,
        "acme",
        Secret(("token",), "env/T"),
        client_secret=Secret(("client-secret",), "env/S"),
        dialect=Dialect.SENTRY,
        rate_per_s=1000,
        concurrency=8,
        timeout=timedelta(seconds=3),
    )
    config = JiraConfig(url=jira, email="bot@acme.test", token=Secret(("sandbox-token",), "env/J"))
    made = Settings(
        mode=Mode.PRODUCTION,
        instances={"default": instance},
        trackers={
            "jira": TrackerSettings(
                "jira", "jira", config, rate_per_s=1000, concurrency=8, timeout=timedelta(seconds=1)
            )
        },
        codeowners=(CodeownersSource("clroot", text=OWNERS),),
        teams={
            "@acme/checkout": Team(
                "@acme/checkout",
                Route(
                    "jira",
                    "PAY",
                    "Bug",
                    ("Checkout",),
                    ("sentry",),
                    status="Need Triage",
                    assignee="pay-lead@acme.test",
                ),
            ),
            "@acme/nobody": Team("@acme/nobody"),
        },
        default_route=Route("jira", "TRIAGE", "Bug"),
        policies=(Policy("default", when=When(events_over=50)),),
        tickets=FAST,
        queue=QueueSettings(
            workers=1,
            lease=timedelta(seconds=5),
            idle=timedelta(milliseconds=20),
            first_retry=timedelta(milliseconds=50),
            longest_retry=timedelta(milliseconds=200),
            breaker_after=50,
        ),
        store=StoreSettings(url=f"sqlite:///{folder / 'vedette.db'}"),
    )
    return replace(made, **changes)


@dataclass
class Desk:
    """What a test sees and does."""

    app: App
    sentry: SentryStandIn
    jira: JiraStandIn

    def deliver(
        self, body: dict[str, Any], resource: str = "event_alert", *, request_id: str = "r", sent_at: str = ""
    ) -> int:
        raw = payloads.encode(body)
        sent = (("sentry-hook-timestamp", sent_at),) if sent_at else ()
        made = NewDelivery(
            DeliveryKind.SENTRY,
            "default",
            request_id,
            sha256(raw).hexdigest(),
            (("sentry-hook-resource", resource), ("content-type", "application/json"), *sent),
            raw,
            datetime.now(UTC),
        )
        return self.app.store.accept(made).result(10).id

    def seed(self, *, issue: int = 4512, path: str = "shop/cart.py", count: int = 100, **more: Any) -> payloads.Subject:
        """An issue in the stand-in Sentry, and the subject for its webhooks."""
        self.sentry.seed(
            {"id": issue, "project": "checkout", "count": count, "frames": [path], "type": "KeyError", **more}
        )
        return self.subject(issue=issue, path=path)

    def subject(self, *, issue: int = 4512, path: str = "shop/cart.py") -> payloads.Subject:
        """What webhooks tell of an issue, whether or not Sentry has it."""
        return payloads.Subject(
            issue_id=issue,
            project=CHECKOUT,
            at=datetime.now(UTC).timestamp(),
            base=self.sentry.url,
            frames=(frame(path),),
            type="KeyError",
            value="'sku'",
        )

    def step(self) -> bool:
        """Read what waits and do one job."""
        read = sort_deliveries(self.app.context, worker="test")
        return self.app.worker().one_job(self.app.context) or read > 0

    def advance(self, condition: Callable[[], bool], *, within: float = 10.0) -> None:
        """Do one job after another, and stop as soon as the condition holds."""
        until(lambda: condition() or (self.step() and condition()), within=within, saying="the work to come that far")

    def settle(self, *, within: float = 15.0, until_: Callable[[], bool] | None = None) -> None:
        """Work until nothing is left to do, now or later (or until the condition holds)."""

        def done() -> bool:
            while self.step():
                pass
            return until_() if until_ else not self.live_jobs()

        until(done, within=within, every=0.02, saying="the queue to be worked off")

    def live_jobs(self) -> list[Job]:
        return self.jobs(JobState.READY) + self.jobs(JobState.LEASED)

    def jobs(self, state: JobState) -> list[Job]:
        return list(self.app.store.read(lambda tx: queue.listing(tx, state=state, limit=500)))

    def claims(self, issue: int = 4512) -> list[Claim]:
        return self.app.store.read(lambda tx: ledger.history(tx, IssueKey("default", str(issue))))

    def told(self, issue: int = 4512) -> list[Entry]:
        return self.app.store.read(lambda tx: journal.of_issue(tx, IssueKey("default", str(issue)), limit=100))

    def reasons(self, issue: int = 4512) -> list[str]:
        return [entry.reason for entry in self.told(issue)]

    def close(self, key: str) -> None:
        """Close a ticket as a person would."""
        self.enter(key, "Done")

    def reopen(self, key: str) -> None:
        """Open a closed ticket again as a person would."""
        self.enter(key, "To Do")

    def enter(self, key: str, name: str) -> None:
        """Move a ticket to the status of that name as a person would."""

        def work(state: State) -> None:
            ticket = state.tickets[state.keys[key]]
            statuses = state.projects[ticket.project].workflow.statuses
            category = {"To Do": "new"}.get(name)
            found = next(s for s in statuses if s.name == name or (category and s.category == category))
            state.enter(ticket, found)

        self.jira.on_loop(work)

    def faults(self) -> deque[Fault]:
        """What the stand-in Jira still has in store for us."""
        return self.jira._server.desk.misfortune.queue

    def extra(self, kind: JobKind) -> NewJob:
        """A job on the ticket of issue 4512 that the main job does not make by itself."""
        (claim,) = self.claims()
        text = pack(Document((Paragraph((Text("told"),)),)))
        twin = {"key": "PAY-999", "id": "999", "url": ""}
        if claim.ticket is not None and kind is JobKind.CLOSE_TICKET:
            twin = {"key": claim.ticket.key, "id": claim.ticket.id, "url": claim.ticket.url}
        return ticket_job(
            kind,
            claim.issue,
            "jira",
            claim.id,
            {"text": text, "marker": "m", "step": 3, "priority": "", "twin": twin, "status": "Done"},
        )

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket of the stand-in Jira, oldest first."""
        from vedette.sandbox.jira.controls import summary  # noqa: PLC0415 - the stand-in's own view

        return self.jira.on_loop(lambda state: [summary(state, ticket) for ticket in state.tickets.values()])


@pytest.fixture
def sentry() -> Iterator[SentryStandIn]:
    from vedette.sandbox.sentry.settings import StandInConfig  # noqa: PLC0415

    with SentryStandIn(StandInConfig(tokens=("token",))) as stand_in:
        yield stand_in


@pytest.fixture
def jira() -> Iterator[JiraStandIn]:
    with JiraStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def settings(sentry: SentryStandIn, jira: JiraStandIn, tmp_path: Path) -> Settings:
    lay_tables(tmp_path / "vedette.db")
    return settings_for(sentry.url, jira.url, tmp_path)


@pytest.fixture
def desk(settings: Settings, sentry: SentryStandIn, jira: JiraStandIn) -> Iterator[Desk]:
    app = App.build(settings)
    try:
        yield Desk(app, sentry, jira)
    finally:
        app.close()
