"""Preview: issues' pasts from Sentry or from the journal, and what two sets of settings would have made of them.

Law: it runs in dry contexts only, reads Sentry within the instance's rate, and calls no tracker at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vedette.flows.context import Context
from vedette.flows.gather import event_of
from vedette.flows.happenings import occurrence_in
from vedette.flows.pacing import SentryPace
from vedette.model.events import (
    Change,
    ConditionTripped,
    ErrorOccurred,
    IssueAlerted,
    IssueChanged,
    IssueEvent,
    IssuePolled,
)
from vedette.model.issues import Count, CountSpan, Fault, Frame, Issue, IssueKey, IssueStatus, Occurrence
from vedette.model.journal import Entry, EntryKind
from vedette.model.owners import Resolver
from vedette.model.preview import Bucket, Moment, Past, Preview
from vedette.model.settings import Settings
from vedette.rules.preview import preview
from vedette.rules.routing import OwnersFile
from vedette.rules.serving import policies_for
from vedette.store import deliveries, journal, ledger
from vedette.store.deliveries import Mention

LONGEST = timedelta(days=30)
_PAGE = 1000
_MENTIONS = 2000
_SECOND = timedelta(seconds=1)

_EVENTS = "a policy with `per: event` is weighed as if it said `per: issue`: its chained tickets are not counted"
_STAYS = "a ticket that is cut here stays open until the ledger's own ticket of that issue was closed"
SENTRY_NOTES = (
    "Sentry keeps counts by day (within 24h by hour): an issue is looked at at the end of each day, not at every sweep",
    "a window shorter than a day is weighed by the whole day; users are those of the issue's whole life",
    "alerts and conditions of the past are not in Sentry: what only they cut is missing here (--from journal has it)",
    "every issue counts as unresolved through that time, and the caps are not held to, since a day tells no hour",
    _STAYS,
    _EVENTS,
)
JOURNAL_NOTES = (
    "the journal holds what was heard, and what sweeps found above the thresholds of that time",
    "a lower threshold, or a project that was not swept, finds nothing that was not found then (--from sentry does)",
    "counts are those of the decision, over its policy's window; sweeps passed over issues whose ticket was open",
    "owners are looked up by the deliveries that are still kept, else by the frames that the journal has",
    "caps are held to, but for tickets.caps.per_run; what one holds back stays held",
    _STAYS,
    _EVENTS,
)


def run(context: Context, pasts: Sequence[Past], *, since: datetime, capped: bool) -> Preview:
    """What the context's settings would have cut of these pasts."""
    if not context.dry:
        raise ValueError("a preview wants a context that writes nothing")
    files: dict[str, OwnersFile | None] = {}

    def file_for(project: str) -> OwnersFile | None:
        if Resolver.CODEOWNERS not in context.settings.resolvers:
            return None
        if project not in files:
            files[project] = context.owners.file_for(project, now=context.clock())
        return files[project]

    return preview(pasts, context.settings, file_for=file_for, since=since, capped=capped)


def from_sentry(context: Context, asked: Sequence[Settings], *, since: datetime, now: datetime) -> list[Past]:
    """The pasts of every issue that any of these settings serves, in order; GETs only."""
    found: list[Past] = []
    for name in sorted(context.sources):
        projects = _projects(asked, name)
        if projects is None:
            continue
        pacer = SentryPace(context).of(name)
        source = context.sources[name]
        for issue, buckets in source.past(projects=projects, since=since, now=now, pace=pacer.wait):
            if not any(policies_for(settings, issue) for settings in asked):
                continue
            pacer.wait()
            found.append(_of_sentry(context, issue, buckets, since=since, now=now))
    return sorted(found, key=lambda past: past.issue.key)


def _projects(asked: Sequence[Settings], instance: str) -> tuple[str, ...] | None:
    """The projects that policies name for the instance, () for all of them; None where no policy serves it."""
    serving = [
        policy
        for settings in asked
        for policy in settings.policies
        if not policy.instances or instance in policy.instances
    ]
    if not serving:
        return None
    return (
        ()
        if any(not policy.projects for policy in serving)
        else tuple(sorted({p for s in serving for p in s.projects}))
    )


def _of_sentry(context: Context, issue: Issue, buckets: tuple[Bucket, ...], *, since: datetime, now: datetime) -> Past:
    open_ = replace(issue, status=IssueStatus.UNRESOLVED)
    occurrence = context.source(issue.key.instance).latest(issue.key)
    claims = tuple(context.store.read(lambda tx: ledger.history(tx, issue.key)))
    moments = tuple(_moments(open_, buckets, since=since, now=now))
    return Past(open_, moments, occurrence, buckets, claims)


def _moments(issue: Issue, buckets: Sequence[Bucket], *, since: datetime, now: datetime) -> Iterator[Moment]:
    if not buckets and issue.last_seen is not None:
        yield Moment(issue.last_seen, issue, _news(issue, issue.last_seen, born=False), counted=True)
    for bucket in buckets:
        end = min(bucket.at + bucket.length, now)
        if not bucket.events or end <= since:
            continue
        seen = min(issue.last_seen or end, end - _SECOND)
        born = issue.first_seen is not None and bucket.at <= issue.first_seen < end
        yield Moment(end, replace(issue, last_seen=seen), _news(issue, seen, born=born))


def _news(issue: Issue, at: datetime, *, born: bool) -> tuple[IssueEvent, ...]:
    told = (issue.key, at)
    news: tuple[IssueEvent, ...] = (
        IssuePolled(*told, issue.project, issue.title),
        ErrorOccurred(*told, issue.project, issue.title),
    )
    return (*news, IssueChanged(*told, Change.CREATED, issue.project, issue.title)) if born else news


def from_journal(context: Context, *, since: datetime) -> list[Past]:
    """The pasts of every issue that was decided on since then, in order; no call leaves the machine."""
    by_issue: dict[IssueKey, list[Entry]] = {}
    for entry in _decisions(context, since=since):
        if entry.issue is not None and entry.reason != "issue_merged":
            by_issue.setdefault(entry.issue, []).append(entry)
    return [_of_journal(context, key, entries) for key, entries in sorted(by_issue.items())]


def _decisions(context: Context, *, since: datetime) -> Iterator[Entry]:
    before: int | None = None
    while True:
        page = context.store.read(
            lambda tx, before=before: journal.search(tx, kind=EntryKind.DECISION, before=before, limit=_PAGE)  # type: ignore[misc]
        )
        yield from (entry for entry in page if entry.at >= since)
        if len(page) < _PAGE or page[-1].at < since:
            return
        before = page[-1].id


def _of_journal(context: Context, key: IssueKey, entries: Sequence[Entry]) -> Past:
    mentions = context.store.read(lambda tx: deliveries.mentions_of(tx, key, limit=_MENTIONS))
    claims = tuple(context.store.read(lambda tx: ledger.history(tx, key)))
    told = {entry.at: entry for entry in entries}  # one of a time: several tracks are decided on together
    moments = tuple(_remembered(key, told[at], mentions) for at in sorted(told))
    newest = max(entries, key=lambda entry: entry.id)
    return Past(moments[-1].issue, moments, _occurrence(context, mentions, newest), (), claims)


def _remembered(key: IssueKey, entry: Entry, mentions: Iterable[Mention]) -> Moment:
    heard = [event_of(mention) for mention in mentions if mention.decided_at == entry.at]
    details = entry.details
    news = tuple(sorted(heard, key=lambda event: event.occurred_at)) or tuple(_heard(key, entry))
    project, title = str(details.get("project", "")), str(details.get("title", ""))
    status = _STATUS.get(entry.reason, IssueStatus.UNRESOLVED)
    seen = max((event.occurred_at for event in news), default=entry.at)
    counts = tuple(_count(each) for each in details.get("counts", ()))
    return Moment(
        entry.at, Issue(key, entry.at, title, project, status=status, last_seen=seen, counts=counts), news, True
    )


_STATUS = {
    "resolved_in_sentry": IssueStatus.RESOLVED,
    "archived_in_sentry": IssueStatus.IGNORED,
    "issue_gone": IssueStatus.GONE,
}


def _count(said: Mapping[str, object]) -> Count:
    users = said.get("users")
    return Count(
        int(str(said["events"])),
        users if isinstance(users, int) else None,
        CountSpan(str(said["span"])),
        str(said.get("from", "")),
    )


def _heard(key: IssueKey, entry: Entry) -> Iterator[IssueEvent]:
    """The news by its names alone, where the deliveries are gone."""
    for name in entry.details.get("heard", ()):
        match name:
            case "IssueAlerted":
                yield IssueAlerted(key, entry.at)
            case "IssuePolled":
                yield IssuePolled(key, entry.at)
            case "ConditionTripped":
                yield ConditionTripped(key, entry.at)
            case "ErrorOccurred":
                yield ErrorOccurred(key, entry.at)


def _occurrence(context: Context, mentions: Iterable[Mention], newest: Entry) -> Occurrence | None:
    for mention in mentions:
        if mention.detail.get("occurrence") and mention.issue.instance in context.sources:
            found = occurrence_in(context, mention)
            if found is not None and (found.faults or found.message):
                return found
    return _by_steps(newest)


def _by_steps(entry: Entry) -> Occurrence | None:
    frames = [
        Frame(filename=str(step["path"]), function=str(step.get("function") or ""), in_app=True)
        for step in entry.details.get("steps", ())
        if step.get("path") and not step.get("entry")
    ]
    # The journal has the look-ups from the crash outwards, Sentry the frames from the outermost call to the crash.
    return Occurrence("", faults=(Fault("", "", tuple(reversed(frames))),)) if frames else None
