"""Conditions on counts: told once to those whom they name, ended when calm, and handed to the policies."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.conftest import Desk
from vedette.flows import alarms, conditions
from vedette.flows.context import Context
from vedette.flows.preview import from_journal
from vedette.integrations import slack, smtp, webhook
from vedette.model.alarms import CauseKind, Severity
from vedette.model.conditions import Condition, ConditionKind, Judged, Outcome, Usual, Watched
from vedette.model.events import Trigger, trigger_of
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, JobState
from vedette.model.journal import EntryKind
from vedette.model.metrics import Filter, Fresh, Lack, Point, Trending, Window
from vedette.model.policies import Policy
from vedette.model.secret import Secret
from vedette.model.settings import AlarmSettings, MonitorSettings, NotifierSettings, Settings
from vedette.sandbox.notifiers.slack import SlackStandIn
from vedette.sandbox.notifiers.smtp import SmtpStandIn
from vedette.sandbox.notifiers.webhook import WebhookStandIn
from vedette.store import alarms as remembered
from vedette.store import journal, known, windows
from vedette.store.database import Tx

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIVE, WEEK = timedelta(minutes=5), timedelta(weeks=1)
GROWS = Condition("grows", ConditionKind.GROWTH, count_over=100, percent_over=200, floor=50, notify=("chat",))
FLAT = Condition("silent", ConditionKind.FLAT_LINE, usual_at_least=5, windows=2, notify=("chat",))
NEW = Condition("fresh", ConditionKind.NEW_ERROR, count_over=10, windows=2, notify=("chat",))
ISSUE = 4512


@dataclass
class Watch:
    """The desk at a time of its own, with a filter whose windows the test counts itself."""

    desk: Desk
    chat: SlackStandIn
    mail: SmtpStandIn
    hook: WebhookStandIn
    now: datetime = START
    releases: dict[str, str] = field(default_factory=dict)  # of issues, else 1.0
    judged: list[tuple[str, Outcome, Judged]] = field(default_factory=list)

    @property
    def context(self) -> Context:
        return replace(self.desk.app.context, clock=lambda: self.now)

    def ask(self, *asked: Condition, **changes: Any) -> None:
        """Put the conditions, and other changes, into the settings."""
        settings = self.desk.app.settings
        self.desk.app.reload(replace(settings, monitor=replace(settings.monitor, conditions=asked), **changes))

    def usually(self, total: int, *, weeks: int = 4, windows_: range = range(-2, 14)) -> None:
        """What every window of the hour held in the weeks before."""
        for week in range(1, weeks + 1):
            for number in windows_:
                self._save(number, total, start=START - week * WEEK)

    def count(self, number: int, total: int, by: dict[str, int] | None = None, *, lack: Lack = Lack.NONE) -> None:
        """The `number`-th window after 10:00 is counted, as soon as it is over, and judged."""
        self.now = max(self.now, START + (number + 1) * FIVE)

        def work(tx: Tx) -> None:
            saved = self.put(tx, number, total, by, lack=lack)
            if saved is not None:
                found = conditions.judge(tx, self.context, [saved], now=self.now)
                self.judged += [(condition.name, each.outcome, each.reason) for condition, each in found]

        self.desk.app.store.write(work)

    def born(self, number: int, at: datetime) -> None:
        """What Sentry's list tells of an issue."""
        told = Fresh(
            IssueKey("default", str(number)), f"CHECKOUT-{number}", "KeyError: 'sku'", "checkout", first_seen=at
        )
        self.desk.app.store.write(lambda tx: known.note(tx, [told], now=self.now))

    def owned(self, number: int, owner: str) -> None:
        key = IssueKey("default", str(number))
        self.desk.app.store.write(lambda tx: known.note_owner(tx, key, owner, now=self.now))

    def tell(self, *, after: timedelta = timedelta(0)) -> None:
        """Look, tell and work everything off, some time later."""
        self.now += after
        alarms.look(self.context)
        alarms.tell(self.context)
        self.work()

    def work(self) -> None:
        while self.desk.app.worker().one_job(self.context):
            pass

    def standing(self) -> list[str]:
        found = self.desk.app.store.read(lambda tx: remembered.standing(tx, kinds={CauseKind.CONDITION}))
        return [each.cause.key for each in found]

    def facts(self) -> dict[str, str]:
        """The errors that each cause names, by its key."""
        found = self.desk.app.store.read(lambda tx: remembered.standing(tx, kinds={CauseKind.CONDITION}))
        return {each.cause.key: each.cause.facts.get("errors", "") for each in found}

    def hooked(self) -> list[tuple[str, str]]:
        return [(notice["state"], notice["title"]) for notice in self.hook.taken]

    def written(self) -> list[tuple[EntryKind, str]]:
        """The journal's lines of conditions, oldest first."""
        reasons = {each.value for each in Judged}
        found = self.desk.app.store.read(lambda tx: journal.search(tx, limit=200))
        return [(entry.kind, entry.reason) for entry in reversed(found) if entry.reason in reasons]

    def put(
        self,
        tx: Tx,
        number: int,
        total: int,
        by: dict[str, int] | None = None,
        *,
        start: datetime = START,
        lack: Lack = Lack.NONE,
    ) -> Point | None:
        """Keep a window's count, `by` issue; each issue's events are of one release."""
        counts = {"1": total} if by is None else by
        within = Window(start + number * FIVE, start + (number + 1) * FIVE)
        found = tuple(
            Trending(
                IssueKey("default", each), count, groups=(((("release", self.releases.get(each, "1.0")),), count),)
            )
            for each, count in counts.items()
        )
        point = Point("shop", "default", within, total, len(counts), lack=lack, rows_lack=lack, trending=found)
        return windows.save(tx, point, counts=counts, now=self.now)

    def _save(self, number: int, total: int, *, start: datetime) -> None:
        self.desk.app.store.write(lambda tx: self.put(tx, number, total, start=start))


def _notifiers(chat: SlackStandIn, mail: SmtpStandIn, hook: WebhookStandIn) -> dict[str, NotifierSettings]:
    quick: dict[str, Any] = {"rate_per_s": 1000.0, "timeout": timedelta(seconds=2)}
    to_chat = slack.Config(url=Secret((chat.url + chat.path,), "env/C"), allow_private=True)
    to_hook = webhook.Config(
        url=Secret((hook.url + hook.path,), "env/W"), secret=Secret((hook.secret,), "env/X"), allow_private=True
    )
    to_mail = smtp.Config.model_validate(
        {
            "host": "127.0.0.1",
            "port": mail.port,
            "from": "vedette@example.test",
            "to": ["ops@example.test"],
            "tls": "none",
            "username": mail.username,
            "password": Secret((mail.password,), "env/M"),
            "allow_private": True,
        }
    )
    return {
        "chat": NotifierSettings("chat", "slack", to_chat, **quick),
        "mail": NotifierSettings("mail", "smtp", to_mail, **quick),
        "hook": NotifierSettings("hook", "webhook", to_hook, **quick),
    }


@pytest.fixture
def watch(desk: Desk, settings: Settings) -> Iterator[Watch]:
    with SlackStandIn() as chat, SmtpStandIn() as mail, WebhookStandIn() as hook:
        shop = Filter("shop", "default", projects=("checkout",), group_by=("release",))
        desk.app.reload(
            replace(
                settings,
                notifiers=_notifiers(chat, mail, hook),
                alarms=AlarmSettings(("hook",)),
                monitor=MonitorSettings(filters=(shop,)),
                policies=(Policy("default", on=frozenset({Trigger.MONITOR})),),
            )
        )
        yield Watch(desk, chat, mail, hook)


def test_a_growth_is_told_once_in_chat_by_mail_and_to_a_webhook_and_so_is_its_end(watch: Watch) -> None:
    watch.ask(replace(GROWS, notify=("chat", "mail", "hook"), severity=Severity.ERROR))
    watch.usually(102)
    watch.count(0, 420)
    watch.tell()
    sentence = (
        "shop: 420 errors in [2026-03-02 10:00, 10:05) UTC, 312 % over the usual 102 (median of 4 weeks), floor 50"
    )
    assert watch.hooked() == [("opened", sentence)]
    assert len(watch.chat.taken) == 1
    assert "312 % over the usual 102" in str(watch.chat.taken[0])
    assert [mail.message["Subject"] for mail in watch.mail.mails] == [f"[Vedette] Error: {sentence}"]
    watch.count(1, 430)
    watch.tell()
    assert len(watch.hook.taken) == 1, "the same growth is told again after the quiet time, not with each window"
    watch.count(2, 101)
    watch.tell()
    watch.tell(after=timedelta(minutes=3))
    assert [state for state, _ in watch.hooked()] == ["opened", "resolved"]
    assert (len(watch.chat.taken), len(watch.mail.mails)) == (2, 2)
    assert watch.written() == [(EntryKind.ALARM, "grew_over_usual"), (EntryKind.OUTCOME, "not_over_percent")]


def test_without_names_the_operators_are_told(watch: Watch) -> None:
    watch.ask(replace(GROWS, notify=()))
    watch.usually(100)
    watch.count(0, 420)
    watch.tell()
    assert (len(watch.hook.taken), len(watch.chat.taken)) == (1, 0)


def test_without_history_nothing_is_said_and_the_reason_is_told(watch: Watch) -> None:
    watch.ask(GROWS)
    watch.usually(100, weeks=2)
    watch.count(0, 420)
    watch.tell()
    assert watch.judged == [("grows", Outcome.UNKNOWN, Judged.NOT_ENOUGH_HISTORY)]
    assert watch.standing() == []


def test_an_incomplete_window_neither_ends_a_growth_nor_makes_a_silence(watch: Watch) -> None:
    watch.ask(GROWS, FLAT)
    watch.usually(100)
    watch.count(0, 420)
    watch.count(1, 10, lack=Lack.ROW_LIMIT)
    watch.count(2, 0, lack=Lack.NOT_COUNTED)
    watch.count(3, 0, lack=Lack.NOT_COUNTED)
    assert watch.standing() == ["condition:growth:grows:shop"]
    watch.count(4, 30)
    assert watch.standing() == []


def test_silence_is_told_and_over_with_the_first_event(watch: Watch) -> None:
    watch.ask(FLAT)
    watch.usually(40)
    watch.count(0, 40)
    watch.count(1, 0)
    assert watch.standing() == []
    watch.count(2, 0)
    watch.tell()
    assert "no error in [2026-03-02 10:05, 10:15) UTC" in str(watch.chat.taken[0])
    watch.count(3, 1)
    assert watch.standing() == []
    assert watch.written() == [(EntryKind.ALARM, "flat_line"), (EntryKind.OUTCOME, "events_seen")]


def test_a_silence_that_goes_on_into_quiet_hours_is_not_over(watch: Watch) -> None:
    watch.ask(FLAT)
    watch.usually(40, windows_=range(3))
    watch.usually(0, windows_=range(3, 9))
    for number in range(5):
        watch.count(number, 0)
    assert watch.judged[-1] == ("silent", Outcome.UNKNOWN, Judged.USUALLY_QUIET)
    assert watch.standing() == ["condition:flat_line:silent:shop"]


def test_a_late_event_ends_a_silence_that_was_none(watch: Watch) -> None:
    watch.ask(FLAT)
    watch.usually(40)
    for number in range(2):
        watch.count(number, 0)
    assert watch.standing()
    watch.count(0, 7)
    assert watch.standing() == []


def test_a_correction_of_long_ago_tells_nobody(watch: Watch) -> None:
    watch.ask(GROWS)
    watch.usually(100)
    for number in range(3):
        watch.count(number, 90)
    before = list(watch.judged)
    watch.count(0, 900)
    assert watch.judged == before
    watch.count(2, 900)
    assert watch.judged[-1] == ("grows", Outcome.TRIPS, Judged.GREW)


def test_windows_that_are_made_up_long_after_tell_nobody_what_was(watch: Watch) -> None:
    watch.ask(GROWS, FLAT)
    watch.usually(100)
    watch.now = START + 12 * FIVE
    for number in range(8):
        watch.count(number, 900)
    assert watch.judged == []
    watch.count(9, 900)
    assert watch.standing() == ["condition:growth:grows:shop"]


def test_windows_of_another_length_are_no_history(watch: Watch) -> None:
    watch.ask(GROWS)
    for week in range(1, 5):
        start = START - week * WEEK
        hour = Point("shop", "default", Window(start, start + 12 * FIVE), 100)
        watch.desk.app.store.write(lambda tx, point=hour: windows.save(tx, point, counts={}, now=watch.now))  # type: ignore[misc]
    watch.count(0, 900)
    assert watch.judged == [("grows", Outcome.UNKNOWN, Judged.NOT_ENOUGH_HISTORY)]


def test_a_new_error_is_told_with_its_name_and_is_over_when_it_is_silent(watch: Watch) -> None:
    watch.ask(NEW)
    watch.born(7, START + timedelta(minutes=4))
    watch.count(0, 8, {"7": 8})
    assert watch.standing() == []
    watch.count(1, 4, {"7": 4})
    watch.tell()
    assert "CHECKOUT-7 KeyError: 'sku'" in str(watch.chat.taken[0])
    assert "a new error with 12 events" in str(watch.chat.taken[0])
    watch.count(2, 500, {"7": 400, "8": 100})
    assert watch.standing() == ["condition:new_error:fresh:shop:issue:7"]
    watch.count(3, 100, {"8": 100})
    assert watch.standing() == []
    assert watch.written() == [(EntryKind.ALARM, "new_error"), (EntryKind.OUTCOME, "quiet_again")]


def test_an_old_error_is_never_a_new_one(watch: Watch) -> None:
    watch.ask(NEW)
    watch.born(7, START - timedelta(minutes=6))
    watch.count(0, 900, {"7": 900})
    assert watch.judged == []


def test_a_new_error_of_a_window_that_was_missed_is_found_when_it_is_made_up(watch: Watch) -> None:
    watch.ask(NEW)
    watch.now = START + 12 * FIVE
    watch.born(7, START + timedelta(minutes=1))
    watch.count(0, 90, {"7": 90})
    assert [outcome for _, outcome, _ in watch.judged] == [Outcome.TRIPS]
    watch.now = START + timedelta(days=3)
    watch.born(8, START + timedelta(minutes=6))
    watch.count(1, 90, {"8": 90})
    tripped = [outcome for _, outcome, _ in watch.judged].count(Outcome.TRIPS)
    assert tripped == 1, "older than monitor.catch_up: history that somebody had counted"


def test_each_release_is_told_by_itself(watch: Watch) -> None:
    watch.ask(replace(GROWS, per=Watched.RELEASE))
    watch.usually(102)
    watch.releases = {"2": "2.0 beta"}
    watch.count(0, 520, {"1": 100, "2": 420})
    watch.tell()
    assert "shop, release 2.0 beta: 420 errors" in str(watch.chat.taken[0])
    assert "of the busiest release" in str(watch.chat.taken[0])
    (key,) = watch.standing()
    assert key.startswith("condition:growth:grows:shop:release:")
    watch.count(1, 100, {"1": 100})
    assert watch.standing() == [], "a release without any event is calm"


def test_the_owner_of_what_grew_is_told_of_its_part(watch: Watch) -> None:
    teams = dict(watch.desk.app.settings.teams)
    teams["@acme/checkout"] = replace(teams["@acme/checkout"], notify=("mail",))
    watch.ask(replace(GROWS, owners=True, issues=1), teams=teams)
    watch.usually(100)
    for number in (7, 8):
        watch.born(number, START - WEEK)
    watch.owned(7, "@acme/checkout")
    watch.owned(8, "@acme/nobody")
    watch.count(0, 420, {"7": 300, "8": 20, "1": 100})
    watch.tell()
    (mail,) = watch.mail.mails
    assert "of @acme/checkout: CHECKOUT-7 KeyError: 'sku'" in " ".join(str(mail.message["Subject"]).split())
    assert len(watch.chat.taken) == 1
    watch.count(1, 90)
    watch.tell(after=timedelta(minutes=3))
    assert (len(watch.mail.mails), len(watch.chat.taken)) == (2, 2)


def test_owners_are_told_only_where_that_is_asked_for_and_nobody_twice(watch: Watch) -> None:
    teams = dict(watch.desk.app.settings.teams)
    teams["@acme/checkout"] = replace(teams["@acme/checkout"], notify=("chat",))
    mails = replace(teams["@acme/checkout"], name="@acme/mail", notify=("mail",))
    everybody = replace(GROWS, name="owners", owners=True)
    watch.ask(GROWS, everybody, teams=teams | {"@acme/mail": mails})
    watch.usually(100)
    for number, owner in ((7, "@acme/checkout"), (8, "@acme/mail")):
        watch.born(number, START - WEEK)
        watch.owned(number, owner)
    watch.count(0, 900, {"7": 450, "8": 450})
    assert watch.standing() == [
        "condition:growth:grows:shop",
        "condition:growth:owners:shop",
    ], "one issue makes up half of it, and its owner reads the chat anyway"
    watch.count(1, 900, {"7": 400, "8": 500})
    told = [key for key in watch.standing() if ":owner:" in key]
    assert told == ["condition:growth:owners:shop:owner:@acme/mail"]


def test_what_is_large_as_ever_is_not_behind_a_growth(watch: Watch) -> None:
    watch.ask(replace(GROWS, percent_over=100))
    watch.usually(300)
    watch.count(0, 700, {"1": 400, "7": 300})
    assert watch.facts() == {"condition:growth:grows:shop": "issue 7"}


def test_behind_a_growth_is_nothing_that_only_a_longer_window_had(watch: Watch) -> None:
    watch.ask(replace(GROWS, usual=Usual(last=6)))
    watch.usually(100, weeks=3)
    for week in range(4, 7):
        start = START - week * WEEK
        hour = Point("shop", "default", Window(start, start + 12 * FIVE), 5000)
        watch.desk.app.store.write(
            lambda tx, point=hour: windows.save(tx, point, counts={"7": 5000}, now=watch.now)  # type: ignore[misc]
        )
    watch.count(0, 700, {"1": 100, "7": 600})
    assert watch.facts() == {"condition:growth:grows:shop": "issue 7"}


def test_behind_the_growth_of_a_release_are_its_own_errors(watch: Watch) -> None:
    watch.ask(replace(GROWS, per=Watched.RELEASE))
    watch.usually(100)
    watch.releases = {"2": "2.0"}
    watch.count(0, 1320, {"1": 900, "2": 420})
    assert sorted(watch.facts().values()) == ["issue 1", "issue 2"]


def test_a_late_correction_of_the_newest_window_finds_a_new_error(watch: Watch) -> None:
    watch.ask(NEW)
    watch.born(7, START)
    watch.count(0, 8, {"7": 8})
    watch.count(0, 18, {"7": 18})
    assert [outcome for _, outcome, _ in watch.judged] == [Outcome.TRIPS]


def test_what_was_read_while_it_shifted_makes_no_new_error(watch: Watch) -> None:
    watch.ask(NEW)
    watch.born(7, START)
    watch.count(0, 90, {"7": 90}, lack=Lack.SHIFTING)
    assert watch.judged == []


def test_a_condition_that_asks_for_no_ticket_hands_nothing_over(watch: Watch) -> None:
    watch.ask(NEW)
    watch.desk.seed(issue=ISSUE)
    watch.born(ISSUE, START)
    watch.count(0, 90, {str(ISSUE): 90})
    watch.tell()
    assert len(watch.chat.taken) == 1
    assert (watch.desk.tickets(), watch.desk.reasons(ISSUE)) == ([], ["new_error"])


def test_ten_trips_cut_one_ticket_which_says_why(watch: Watch) -> None:
    watch.ask(replace(GROWS, ticket=True, issues=1))
    watch.desk.seed(issue=ISSUE)
    watch.usually(100)
    for number in range(10):
        watch.count(number, 420, {str(ISSUE): 320, "1": 100})
        watch.tell()
    (ticket,) = watch.desk.tickets()
    assert ticket["project"] == "PAY"
    (claim,) = watch.desk.claims(ISSUE)
    assert claim.ticket is not None
    assert watch.desk.reasons(ISSUE).count("first_ticket") == 1
    (decision,) = [entry for entry in watch.desk.told(ISSUE) if entry.reason == "first_ticket"]
    assert decision.sentence.startswith("condition grows came true: shop: 420 errors in [2026-03-02 10:00, 10:05) UTC")
    assert decision.sentence in str(ticket), "the ticket says it in the journal's words"
    assert watch.desk.claims(1) == []


def test_a_policy_that_does_not_listen_to_the_monitor_cuts_nothing(watch: Watch) -> None:
    watch.ask(replace(NEW, ticket=True), policies=(Policy("default"),))
    watch.desk.seed(issue=ISSUE)
    watch.born(ISSUE, START)
    watch.count(0, 90, {str(ISSUE): 90})
    watch.tell()
    assert watch.desk.tickets() == []
    assert watch.desk.reasons(ISSUE) == ["not_asked", "new_error"]


def test_the_ticket_of_a_new_error_is_that_errors(watch: Watch) -> None:
    watch.ask(replace(NEW, ticket=True))
    watch.desk.seed(issue=ISSUE)
    watch.born(ISSUE, START)
    watch.count(0, 900, {str(ISSUE): 90, "1": 810})
    watch.tell()
    assert len(watch.desk.tickets()) == 1
    assert "a new error with 90 events" in str(watch.desk.tickets()[0])


def test_a_condition_that_nobody_asks_for_any_more_stands_no_longer(watch: Watch) -> None:
    watch.ask(GROWS)
    watch.usually(100)
    watch.count(0, 420)
    watch.tell()
    assert watch.standing()
    watch.ask(replace(GROWS, name="grew"))
    watch.tell()
    watch.tell(after=timedelta(minutes=3))
    assert watch.standing() == []
    assert len(watch.chat.taken) == 2


def test_what_is_not_committed_tells_nobody(watch: Watch) -> None:
    watch.ask(replace(GROWS, ticket=True))
    watch.usually(100)

    def work(tx: Tx) -> None:
        watch.now = START + FIVE
        saved = watch.put(tx, 0, 900)
        assert saved is not None
        conditions.judge(tx, watch.context, [saved], now=watch.now)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        watch.desk.app.store.write(work)
    watch.tell()
    assert (watch.standing(), watch.chat.taken) == ([], [])
    assert [job for job in watch.desk.jobs(JobState.READY) if job.kind is JobKind.DECIDE] == []


def test_a_preview_from_the_journal_hears_the_condition_again(watch: Watch) -> None:
    watch.ask(replace(NEW, ticket=True))
    watch.desk.seed(issue=ISSUE)
    watch.born(ISSUE, START)
    watch.count(0, 90, {str(ISSUE): 90})
    watch.tell()
    (past,) = from_journal(watch.context, since=START)
    assert [trigger_of(event) for moment in past.moments for event in moment.news] == [Trigger.MONITOR]
