"""Client: the Source that a Sentry server, new or old, or a GlitchTip is; calls, and no decisions.

https://docs.sentry.io/api/. What differs between servers is in `dialects`, what answers mean in `facts`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry import dates, deliveries, facts, live_check, references, resolving
from vedette.integrations.sentry.asker import Asker
from vedette.integrations.sentry.counting import Counter
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.directory import Directory
from vedette.integrations.sentry.freshness import Freshness
from vedette.integrations.sentry.leafing import Leafer
from vedette.integrations.sentry.notes import Notebook
from vedette.integrations.sentry.occurrences import occurrence
from vedette.integrations.sentry.outcomes import Ledgers
from vedette.integrations.sentry.pasts import Historian
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.sweeps import Sweeper
from vedette.integrations.sentry.talker import NoSuchAddress, SentryTalker
from vedette.integrations.sentry.timeline import Timeline
from vedette.integrations.sentry.untrusted import issue_id, items, mapping, text
from vedette.model.deliveries import Delivery
from vedette.model.events import Event
from vedette.model.issues import Count, CountSpan, Issue, IssueKey, Occurrence
from vedette.model.metrics import Fresh, OutcomeHour, Question, Reading, Window
from vedette.model.ownership import Finding
from vedette.model.policies import OnDone, Policy
from vedette.model.preview import Bucket
from vedette.model.settings import Dialect, SentryInstance
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.ports.roles import MOST_EVENTS, MOST_ROWS, Needed, whatever


class SentrySource:
    """One Sentry instance, as the `Source` role asks for it. Safe for threads."""

    def __init__(self, instance: SentryInstance) -> None:
        self._instance = instance
        self._talker = SentryTalker(instance)
        self._addresses = Addresses.of(instance)
        self._sweeper = Sweeper(self._talker, self._addresses, instance.name)
        self._directory = Directory(self._sweeper)
        # https://github.com/getsentry/sentry/pull/64847
        self._two_at_once = BoundedSemaphore(2)
        self._notebook = Notebook(self._talker, self._addresses)
        self._organization_seen = False

    @property
    def instance(self) -> str:
        """The name in the settings."""
        return self._instance.name

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def read_delivery(self, delivery: Delivery) -> tuple[Event, ...]:
        """What the delivery says; never raises for odd content."""
        return deliveries.read(delivery)

    def issue(self, key: IssueKey, *, window: timedelta | None, now: datetime) -> Issue | None:
        """The issue as it is now; None where it is gone."""
        body = self._found(self._addresses.issue(key.id))
        asked = facts.Asked(self.instance, self._instance.dialect, now, window)
        issue = None if body is None else facts.issue(body, asked)
        if issue is None:
            return None
        if window is not None and self._addresses.has_windows:
            project = text(mapping(mapping(body).get("project")).get("id"))
            issue = replace(issue, counts=self._counted(issue, replace(asked, bounded=True), project=project))
        return facts.asked_for(issue, key)

    def latest(self, key: IssueKey) -> Occurrence | None:
        """The newest occurrence with its stack; None where there is none."""
        body = self._found(self._addresses.latest_event(key.id))
        return None if body is None else occurrence(body)

    def sweep(self, policy: Policy, *, projects: Sequence[str], now: datetime) -> Iterable[Issue]:
        """Unresolved issues of the projects above the policy's thresholds."""
        return self._sweeper.sweep(policy, projects=projects, now=now)

    def past(
        self, *, projects: Sequence[str], since: datetime, now: datetime, pace: Callable[[], None]
    ) -> Iterator[tuple[Issue, tuple[Bucket, ...]]]:
        """Every issue of the projects that was seen since then, with its occurrences by hour or by day."""
        historian = Historian(self._talker, self._addresses, self._sweeper, pace)
        return historian.pasts(projects=projects, since=since, now=now)

    @property
    def counts_windows(self) -> bool:
        """Whether the server counts by itself."""
        return self._addresses.has_windows

    def count(
        self,
        question: Question,
        window: Window,
        *,
        pace: Callable[[], None],
        needed: Needed = whatever,
        most_rows: int = MOST_ROWS,
        most_events: int = MOST_EVENTS,
    ) -> Reading:
        """What the window held, by issue; added up by the server where it can, else from its events one by one."""
        asker = self._asker(pace)
        if question.events or not self.counts_windows:
            return Leafer(asker, needed, most_events, self._two_at_once).count(question, window)
        return Counter(asker).count(question, window, most_rows=most_rows)

    def totals(
        self, question: Question, *, within: Window, every: timedelta, pace: Callable[[], None]
    ) -> Mapping[datetime, int] | None:
        """The count of every window within the span."""
        if question.events or not self.counts_windows:
            return None
        return Timeline(self._asker(pace)).totals(question, within=within, every=every)

    def fresh(self, keys: Sequence[IssueKey], *, pace: Callable[[], None]) -> Sequence[Fresh]:
        """What a list tells of these issues."""
        reader = Reader(self._talker, pace)
        return Freshness(reader, self._addresses, self._directory, self._found).fresh(keys)

    def outcomes(
        self, *, projects: Sequence[str], within: Window, pace: Callable[[], None]
    ) -> Sequence[OutcomeHour] | None:
        """Accepted, dropped and filtered events per project and hour."""
        if not self.counts_windows:
            return None
        reader = Reader(self._talker, pace)
        return Ledgers(reader, self._addresses, self._directory).outcomes(projects=projects, within=within)

    def resolve_reference(self, text: str) -> IssueKey | None:
        """An issue's key from an id, a short id or any form of its URL; None where it is not of this instance."""
        match references.parse(text, self._instance):
            case references.Numeric(id=number):
                return IssueKey(self.instance, number)
            case references.Short(id=short):
                number = self._by_short_id(short)
                return IssueKey(self.instance, number) if number else None
            case None:
                return None

    def note(self, key: IssueKey, *, text: str, ticket: TicketRef, fence: Fence) -> None:
        """Leave the ticket's address on the issue, once."""
        self._notebook.leave(key, text_=text, ticket=ticket, fence=fence)

    def resolve(self, key: IssueKey, *, how: OnDone, fence: Fence) -> None:
        """Mark the issue as resolved, now or in the next release."""
        resolving.resolve(self._talker, self._addresses, key, how=how, fence=fence)

    def check(self, *, projects: Sequence[tuple[str, str]] = ()) -> Iterable[Finding]:
        """Token, organisation, scopes, projects and issues, asked for real."""
        return live_check.check(self._talker, self._addresses, self._instance, projects=projects)

    def _asker(self, pace: Callable[[], None]) -> Asker:
        return Asker(Reader(self._talker, pace), self._addresses, self._directory)

    def _found(self, path: str) -> Any | None:
        """The answer's JSON, or None where the thing is gone: not where the organisation or the address is wrong."""
        try:
            body, _ = self._talker.fetch(path)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            self._see_organization()
            return None
        self._organization_seen = True
        return body

    def _see_organization(self) -> None:
        """A mistyped organisation answers 404 to every issue; taken for deleted, all tickets would be."""
        if self._organization_seen:
            return
        try:
            self._talker.fetch(self._addresses.home)
        except Refused as refused:
            name = self._instance.organization
            raise Refused(
                f"sentry {self.instance}: no organisation {name}, or the token is not its own; correct `organization:`",
                status=refused.status,
            ) from None
        self._organization_seen = True

    def _counted(self, issue: Issue, asked: facts.Asked, *, project: str) -> tuple[Count, ...]:
        """The counts with the window's from the search; from the details' hours where it refuses the question."""
        window = asked.window or timedelta()
        try:
            body, _ = self._talker.fetch(
                self._addresses.issues,
                query=f"issue.id:{issue.key.id}",
                project=[project or "-1"],
                start=dates.written(asked.now - window),
                # The window is half-open and written in whole seconds: this second's events belong to it.
                end=dates.written(asked.now + timedelta(seconds=1)),
                limit=1,
            )
        except Refused:
            return issue.counts
        row = next((row for row in items(body) if issue_id(mapping(row).get("id")) == issue.key.id), None)
        lifetime = issue.count(CountSpan.LIFETIME)
        if row is None:
            return tuple(count for count in (facts.no_events(), lifetime) if count is not None)
        return facts.counts(mapping(row), asked) or issue.counts

    def _by_short_id(self, short: str) -> str:
        if self._instance.dialect is Dialect.GLITCHTIP:
            # It has no look-up of its own; plain text finds titles that name the id, and the row tells.
            body, _ = self._talker.fetch(self._addresses.issues, query=short, limit=100)
            rows = map(mapping, items(body))
            return next((issue_id(row.get("id")) for row in rows if text(row.get("shortId")).upper() == short), "")
        found = self._found(self._addresses.short_id(short))
        return issue_id(mapping(found).get("groupId"))
