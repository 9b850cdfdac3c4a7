"""People are told: once per cause and quiet time, the owner and the operators, and of the end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.app import App
from vedette.flows import alarms
from vedette.flows.tally import Tally
from vedette.integrations import pagerduty, webhook
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.jobs import JobKind, JobState
from vedette.model.secret import Secret
from vedette.model.settings import AlarmSettings, Mode, NotifierSettings, Settings
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.notifiers.pagerduty import PagerDutyStandIn
from vedette.sandbox.notifiers.webhook import WebhookStandIn
from vedette.sandbox.sentry import payloads
from vedette.store import alarms as remembered
from vedette.store import limits, queue

KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
HOUR = timedelta(hours=1)
CAUSE = Cause("c", CauseKind.AUDIT_DIFFERENCE, Severity.ERROR, "something is wrong", "mend it")


@dataclass
class Office:
    """A desk with two operators and a team of its own to be told."""

    desk: Desk
    pager: PagerDutyStandIn
    team: WebhookStandIn
    later: timedelta = timedelta(0)

    def look(self, *, after: timedelta = timedelta(0)) -> None:
        """Look, tell and deliver, some time later."""
        self.later += after
        context = replace(self.desk.app.context, clock=self.now)
        alarms.look(context)
        alarms.tell(context)
        while self.desk.app.worker().one_job(context):
            pass

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def raise_(self, cause: Cause = CAUSE, *, count: int | None = None) -> None:
        self.desk.app.store.write(lambda tx: alarms.raise_(tx, cause, now=self.now(), count=count))

    def paged(self) -> list[tuple[str, str]]:
        return [(event["event_action"], event.get("payload", {}).get("summary", "")) for event in self.pager.taken]

    def bury(self, *, times: int = 1) -> None:
        """So many dead letters of the owning team, by a route that Jira refuses."""
        teams = {
            name: replace(team, route=replace(team.route, type="Epic") if team.route else None)
            for name, team in self.desk.app.settings.teams.items()
        }
        self.desk.app.reload(replace(self.desk.app.settings, teams=teams))
        for number in range(times):
            issue = 4512 + len(self.desk.jobs(JobState.DEAD)) + number
            subject = self.desk.seed(issue=issue)
            self.desk.deliver(payloads.event_alert(subject), request_id=f"dead-{issue}")
            self.desk.settle()


def notifiers(pager: PagerDutyStandIn, team: WebhookStandIn) -> dict[str, NotifierSettings]:
    key = Secret((KEY,), "env/P")
    of_pager = pagerduty.Config(routing_key=key, url=pager.url, allow_private=True)
    where, shared = Secret((team.url + team.path,), "env/W"), Secret((team.secret,), "env/X")
    of_team = webhook.Config(url=where, secret=shared, allow_private=True)
    quick: dict[str, Any] = {"rate_per_s": 1000.0, "timeout": timedelta(seconds=1)}
    return {
        "pager": NotifierSettings("pager", "pagerduty", of_pager, **quick),
        "team-hook": NotifierSettings("team-hook", "webhook", of_team, **quick),
    }


@pytest.fixture
def office(desk: Desk, settings: Settings) -> Iterator[Office]:
    with PagerDutyStandIn(routing_key=KEY) as pager, WebhookStandIn() as team:
        checkout = replace(settings.teams["@acme/checkout"], notify=("team-hook",))
        desk.app.reload(
            replace(
                settings,
                notifiers=notifiers(pager, team),
                alarms=AlarmSettings(("pager",), quiet=4 * HOUR),
                teams={**settings.teams, "@acme/checkout": checkout},
                tickets=replace(settings.tickets, base_url="https://vedette.example.test"),
            )
        )
        yield Office(desk, pager, team)


def test_a_dead_letter_is_told_to_the_operators_and_to_the_routes_owner_with_the_vendors_words(office: Office) -> None:
    office.bury()
    office.look()
    ((action, summary),) = office.paged()
    assert action == "trigger"
    assert "issue type" in summary.lower()
    (notice,) = office.team.taken
    assert "issue type" in notice["title"].lower()
    assert "@acme/checkout" in notice["title"]
    assert notice["link"] == "https://vedette.example.test/dead"
    assert notice["facts"]["issues"] == "4512"
    assert "notified" in [job.reason for job in office.desk.jobs(JobState.DONE) if job.kind is JobKind.NOTIFY]


def test_a_cause_is_told_once_and_what_came_since_after_the_quiet_time(office: Office) -> None:
    office.bury()
    office.look()
    office.bury(times=3)
    office.look(after=HOUR)
    assert len(office.paged()) == 1
    office.look(after=4 * HOUR)
    assert len(office.paged()) == 2
    assert "(4 times, 3 more since)" in office.paged()[1][1]
    assert office.pager.pages == 1, "the incident stands: nobody is rung up twice"
    office.look(after=9 * HOUR)
    assert len(office.paged()) == 2, "without news nobody is told again"


def test_the_end_of_a_cause_is_told_to_those_who_were_told_of_it(office: Office) -> None:
    office.bury()
    office.look()
    dead = [job.id for job in office.desk.jobs(JobState.DEAD)]
    office.desk.app.store.write(lambda tx: queue.drop(tx, dead, now=office.now()))
    office.look()
    assert len(office.paged()) == 1, "it may be back at once"
    office.look(after=timedelta(minutes=3))
    assert [action for action, _ in office.paged()] == ["trigger", "resolve"]
    assert set(office.pager.incidents.values()) == {"resolved"}
    assert [notice["state"] for notice in office.team.taken] == ["opened", "resolved"]


def test_replicas_that_tell_at_once_tell_it_once(office: Office) -> None:
    office.raise_()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: alarms.tell(office.desk.app.context), range(8)))
    office.look()
    assert len(office.paged()) == 1


def test_a_notifier_that_is_down_delays_no_ticket_and_no_other_notifier(office: Office) -> None:
    office.pager.ills.extend([Ill.DOWN] * 2)
    office.bury()
    office.look()
    assert len(office.team.taken) == 1
    office.desk.settle(until_=lambda: bool(office.pager.taken))
    assert office.pager.pages == 1


def test_a_notifier_without_good_credentials_is_told_of_through_the_others_and_never_through_itself(
    office: Office,
) -> None:
    settings = office.desk.app.settings
    office.desk.app.reload(replace(settings, alarms=AlarmSettings(("pager", "team-hook"))))
    office.pager.routing_key = "another-key-than-the-settings-have"[:32]
    office.raise_()
    office.look()
    office.look(after=HOUR)
    office.look(after=5 * HOUR)
    told = [notice["key"] for notice in office.team.taken]
    assert told == ["c", "paused:notifier:pager"]
    assert KEY not in str(office.team.taken)
    waiting = office.desk.jobs(JobState.READY)
    assert [job.payload["notice"]["key"] for job in waiting] == ["c"], "kept for when the key is mended"


def test_two_dead_notifiers_do_not_tell_of_one_another_for_ever(office: Office) -> None:
    settings = office.desk.app.settings
    office.desk.app.reload(
        replace(settings, alarms=AlarmSettings(("pager", "team-hook")), queue=replace(settings.queue, attempts=1))
    )
    office.pager.ills.extend([Ill.DOWN] * 50)
    office.team.ills.extend([Ill.DOWN] * 50)
    office.raise_()
    for _ in range(12):
        office.look(after=5 * HOUR)
    told = [job.payload["notice"]["key"] for job in office.desk.jobs(JobState.DEAD)]
    assert told.count("c") == 2
    assert len(told) == 2, told


def test_a_destination_without_good_credentials_is_told_and_its_end_too(office: Office) -> None:
    store = office.desk.app.store
    store.write(lambda tx: limits.pause(tx, "jira", reason="jira: answered 401", now=office.now()))
    office.look()
    ((_, summary),) = office.paged()
    assert summary.startswith("jira is paused, its jobs wait: jira: answered 401")
    store.write(lambda tx: limits.resume(tx, "jira", now=office.now()))
    office.look()
    office.look(after=timedelta(minutes=3))
    assert [action for action, _ in office.paged()] == ["trigger", "resolve"]


def test_a_destination_that_is_down_is_told_only_when_it_stays_so(office: Office) -> None:
    rest = timedelta(minutes=1)
    office.desk.app.store.write(lambda tx: limits.failed(tx, "jira", after=1, rest=rest, now=office.now()))
    office.look()
    office.look(after=timedelta(minutes=9))
    assert office.paged() == []
    office.look(after=timedelta(minutes=2))
    assert [summary.split(",")[0] for _, summary in office.paged()] == ["jira has failed for more than 10 minutes"]


def test_a_surge_of_refusals_is_told_by_its_source_and_is_over_when_it_is(office: Office) -> None:
    tally, context = Tally(), office.desk.app.context
    for _ in range(context.settings.web.refusals_alarm):
        tally.refused("sentry/default", "bad_signature")
    tally.refused("glitchtip", "unknown_token")
    tally.write(context)
    office.look()
    ((_, summary),) = office.paged()
    assert summary.startswith("webhooks of sentry/default are refused, at least 20 within 10 minutes")
    office.look(after=timedelta(minutes=11))
    office.look(after=timedelta(minutes=3))
    assert [action for action, _ in office.paged()] == ["trigger", "resolve"]


def test_a_cause_that_lasts_is_over_when_nobody_raised_it_for_so_long(office: Office) -> None:
    office.raise_(replace(CAUSE, lasts=HOUR))
    office.look()
    office.look(after=HOUR + timedelta(minutes=1))
    office.look(after=timedelta(minutes=3))
    assert [action for action, _ in office.paged()] == ["trigger", "resolve"]


def test_a_notice_for_a_notifier_that_is_gone_is_let_go_of_with_a_line(office: Office) -> None:
    office.raise_()
    alarms.tell(office.desk.app.context)
    office.desk.app.reload(replace(office.desk.app.settings, notifiers={}, alarms=AlarmSettings()))
    office.desk.settle()
    (job,) = [job for job in office.desk.jobs(JobState.DONE) if job.kind is JobKind.NOTIFY]
    assert job.reason == "no_such_notifier"


def test_outside_production_a_notice_says_where_it_comes_from(office: Office) -> None:
    office.desk.app.reload(replace(office.desk.app.settings, mode=Mode.STAGING))
    office.raise_()
    office.look()
    assert office.paged() == [("trigger", "[staging] something is wrong")]


def test_the_worker_looks_by_itself(office: Office) -> None:
    office.raise_()
    worker = office.desk.app.worker()
    worker.start()
    try:
        # The worker lints CODEOWNERS too and may page about that: this alarm alone is looked for.
        until(lambda: office.pager.incidents.get(CAUSE.key) == "triggered", saying="somebody to be paged")
    finally:
        worker.stop()
    assert office.paged().count(("trigger", CAUSE.title)) == 1


def test_without_notifiers_causes_are_remembered_and_nobody_is_told(desk: Desk) -> None:
    desk.app.store.write(lambda tx: alarms.raise_(tx, CAUSE, now=datetime.now(UTC)))
    alarms.watch(desk.app.context)
    assert [alarm.cause for alarm in desk.app.store.read(remembered.standing)] == [CAUSE]
    assert desk.live_jobs() == []


def test_a_reload_finds_new_notifiers(settings: Settings) -> None:
    with PagerDutyStandIn(routing_key=KEY) as pager, WebhookStandIn() as team:
        app = App.build(settings)
        try:
            app.reload(replace(settings, notifiers=notifiers(pager, team)))
            assert set(app.context.notifiers) == {"pager", "team-hook"}
        finally:
            app.close()
