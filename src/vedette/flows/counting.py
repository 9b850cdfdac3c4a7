"""Counting: one window of one instance's filters, gathered from Sentry and kept; the way of a number.

Law: what is kept, the news to every sink, what conditions make of it and how far counting has come commit together, so
that a window counted twice, by whomever, gives the same points and tells nobody twice.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vedette.errors import Refused, VedetteError
from vedette.flows import conditions
from vedette.flows.context import Context, log, sink_destination
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, NewJob
from vedette.model.metrics import Filter, Fresh, Lack, Point, Question, Reading, Window
from vedette.model.owners import Resolver
from vedette.model.tickets import MAIN_TRACK
from vedette.ports.roles import whatever
from vedette.rules.asking import fingerprint, questions
from vedette.rules.counted import Facts, Past, Tally, came_back, not_answered, point, tally
from vedette.rules.routing import find_owner
from vedette.rules.terms import event_wanted
from vedette.store import known, ledger, queue, windows
from vedette.store.database import Tx
from vedette.store.known import Known

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# An owner is looked for by reading an issue's newest event, so only a few are looked for at each window.
_OWNERS_AT_ONCE = 20

Pace = Callable[[], None]


@dataclass(slots=True)
class Calls:
    """How often Sentry was asked, and for what."""

    counting: int = 0  # pages of questions
    issues: int = 0  # lists of issues
    owners: int = 0  # newest events, for their owners


@dataclass(frozen=True, slots=True)
class Counted:
    """What one window came to; nothing of it is kept yet."""

    instance: str
    window: Window
    points: tuple[tuple[Point, Mapping[str, int]], ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)  # the server's own, by question
    fresh: tuple[Fresh, ...] = ()
    owners: Mapping[IssueKey, str] = field(default_factory=dict)
    problem: VedetteError | None = None  # what ended it before every question was answered


def filters_of(context: Context, instance: str) -> tuple[Filter, ...]:
    """The filters that count the instance's errors."""
    return tuple(each for each in context.settings.monitor.filters if each.instance == instance)


def questions_of(context: Context, instance: str, names: Collection[str] | None = None) -> dict[Question, list[Filter]]:
    """The questions of the instance's filters, each with those of the filters that are named (all unless given)."""
    source = context.source(instance)
    asked = questions(filters_of(context, instance), counts_windows=source.counts_windows)
    wanted = {
        question: [each for each in group if names is None or each.name in names] for question, group in asked.items()
    }
    return {question: group for question, group in wanted.items() if group}


def count_window(
    context: Context, instance: str, window: Window, *, names: Collection[str] | None, pace: Pace, calls: Calls
) -> Counted:
    """Ask Sentry what the window held; reads only. Never raises a family of `vedette.errors`: see `problem`."""
    answers: list[tuple[Filter, Tally | Refused]] = []
    totals: dict[str, int] = {}
    problem: VedetteError | None = None
    for question, group in questions_of(context, instance, names).items():
        try:
            reading = _ask(context, question, group, window, pace=_counting(pace, calls))
        except Refused as refused:
            answers += [(each, refused) for each in group]
            continue
        except VedetteError as trouble:
            problem = trouble
            break
        if reading.total_lack is Lack.NONE:
            totals[fingerprint(question)] = reading.total
        answers += [(each, tally(each, question, reading)) for each in group]
    return _told(context, Counted(instance, window, totals=totals, problem=problem), answers, pace=pace, calls=calls)


def keep(
    tx: Tx, context: Context, counted: Counted, *, now: datetime, names: Collection[str] | None = None
) -> list[Point]:
    """Keep the points, enqueue the news to the sinks, judge the conditions; the points that say something new."""
    known.note(tx, counted.fresh, now=now)
    for key, owner in counted.owners.items():
        known.note_owner(tx, key, owner, now=now)
    start = counted.window.start
    for question, total in counted.totals.items():
        windows.note_asked(tx, counted.instance, question, {start: total})
    saved = [
        news
        for each, counts in counted.points
        if names is None or each.filter in names
        if (news := windows.save(tx, each, counts=counts, now=now)) is not None
    ]
    tell_sinks(tx, context, counted.instance, counted.window, saved, now=now)
    conditions.judge(tx, context, saved, now=now)
    for each in saved:
        log.info("counted", filter=each.filter, total=each.total, revision=each.revision, lack=each.lack.value)
    return saved


def tell_sinks(
    tx: Tx, context: Context, instance: str, window: Window, points: Sequence[Point], *, now: datetime
) -> None:
    """One job for each sink that takes any of the points; a correction goes only where it stands corrected."""
    filters = {each.name: each for each in filters_of(context, instance)}
    for name, sink in context.sinks.items():
        told = {
            each.filter: each.revision
            for each in points
            if _goes_to(filters.get(each.filter), name) and (each.revision == 0 or sink.corrects)
            if each.lack is not Lack.REFUSED
        }
        if told:
            queue.enqueue(tx, push_job(name, instance, window, told), now=now)


def push_job(sink: str, instance: str, window: Window, revisions: Mapping[str, int]) -> NewJob:
    """The points of one window to one sink; those of one instance go there in their order."""
    destination = sink_destination(sink)
    payload = {"sink": sink, "instance": instance, "start": window.start.isoformat(), "revisions": dict(revisions)}
    return NewJob(JobKind.PUSH, destination, order_key=f"{destination}>{instance}", payload=payload)


def with_projects(context: Context, points: Iterable[Point]) -> list[Point]:
    """The points with the projects that their filters name, which some sinks tell."""
    named = {(each.instance, each.name): each.projects for each in context.settings.monitor.filters}
    return [replace(each, projects=named.get((each.instance, each.filter), ())) for each in points]


def _goes_to(each: Filter | None, sink: str) -> bool:
    return each is not None and (each.sinks is None or sink in each.sinks)


def _counting(pace: Pace, calls: Calls) -> Pace:
    def counted() -> None:
        pace()
        calls.counting += 1

    return counted


def _ask(context: Context, question: Question, group: Sequence[Filter], window: Window, *, pace: Pace) -> Reading:
    settings = context.settings.monitor
    needed = event_wanted(group[0]) if question.events else whatever
    return context.source(question.instance).count(
        question,
        window,
        pace=pace,
        needed=needed,
        most_rows=settings.max_rows,
        most_events=settings.max_events,
    )


def _told(
    context: Context,
    counted: Counted,
    answers: Sequence[tuple[Filter, Tally | Refused]],
    *,
    pace: Pace,
    calls: Calls,
) -> Counted:
    """The points, with what is known of the issues in them; where that cannot be asked for now they go without it."""
    instance, window = counted.instance, counted.window
    tallies = [found for _, found in answers if isinstance(found, Tally)]
    numbers = {issue.issue for found in tallies for issue in found.issues}
    largest = {issue.issue for each, found in answers if isinstance(found, Tally) for issue in found.issues[: each.top]}
    before = context.store.read(lambda tx: known.issues(tx, instance, numbers))
    fresh = _freshened(context, instance, _stale(numbers, largest, before, window), pace=pace, calls=calls)
    owners = _owners(context, instance, largest, before, fresh, pace=pace, calls=calls)
    facts = _facts(context, counted, largest, before, fresh, owners)
    points = tuple(_pointed(context, window, each, found, facts) for each, found in answers)
    owned = {IssueKey(instance, number): owner for number, owner in owners.items()}
    return Counted(instance, window, points, counted.totals, tuple(fresh), owned, counted.problem)


def _pointed(
    context: Context, window: Window, each: Filter, found: Tally | Refused, facts: Facts
) -> tuple[Point, Mapping[str, int]]:
    if isinstance(found, Refused):
        return not_answered(each, window, lack=Lack.REFUSED, detail=str(found)), {}
    starts = [window.earlier(by).start for by in (window.length, DAY, WEEK)]
    then = context.store.read(lambda tx: windows.counts(tx, each.instance, each.name, starts))
    past = Past(*(then.get(start) for start in starts))
    return point(each, window, found, past=past, facts=facts), found.counts


def _stale(
    numbers: Collection[str], largest: Collection[str], before: Mapping[str, Known], window: Window
) -> list[str]:
    """The issues to ask about: strangers, and of the largest those whose state may have changed since."""
    strangers = {number for number in numbers if number not in before or before[number].fresh.first_seen is None}
    changed = {number for number in largest if number in before and before[number].asked_at < window.end}
    return sorted(strangers | changed, key=lambda number: (len(number), number))


def _freshened(context: Context, instance: str, numbers: Sequence[str], *, pace: Pace, calls: Calls) -> Sequence[Fresh]:
    if not numbers:
        return ()

    def paced() -> None:
        pace()
        calls.issues += 1

    try:
        return context.source(instance).fresh([IssueKey(instance, number) for number in numbers], pace=paced)
    except VedetteError as trouble:
        # The count stands without it: what is not known is said to be so, and is asked for at the next window.
        log.warning("issues_not_told", instance=instance, issues=len(numbers), problem=str(trouble))
        return ()


def _owners(
    context: Context,
    instance: str,
    largest: Iterable[str],
    before: Mapping[str, Known],
    fresh: Sequence[Fresh],
    *,
    pace: Pace,
    calls: Calls,
) -> dict[str, str]:
    """Who owns the largest issues that nobody has looked at for a day."""
    if not context.settings.teams:
        return {}
    now, told = context.clock(), {each.key.id: each for each in fresh}
    found: dict[str, str] = {}
    for number in sorted(largest):
        seen = before.get(number)
        if seen is not None and seen.owned_at is not None and now - seen.owned_at < DAY:
            continue
        project = told[number].project if number in told else seen.fresh.project if seen else ""
        if len(found) == _OWNERS_AT_ONCE or not project:
            continue
        try:
            found[number] = _owner(context, IssueKey(instance, number), project, pace=pace, calls=calls)
        except VedetteError as trouble:
            log.warning("owner_not_told", issue=f"{instance}/{number}", problem=str(trouble))
            break
    return found


def _owner(context: Context, key: IssueKey, project: str, *, pace: Pace, calls: Calls) -> str:
    asks = Resolver.CODEOWNERS in context.settings.resolvers
    file = context.owners.file_for(project, now=context.clock()) if asks else None
    pace()
    calls.owners += 1
    occurrence = context.source(key.instance).latest(key)
    return find_owner(occurrence, issue_tags=(), file=file, settings=context.settings).owner


def _facts(
    context: Context,
    counted: Counted,
    largest: Collection[str],
    before: Mapping[str, Known],
    fresh: Sequence[Fresh],
    owners: Mapping[str, str],
) -> Facts:
    instance = counted.instance
    settings = context.settings.instances[instance]
    back = came_back({number: each.fresh.substatus for number, each in before.items()}, fresh)
    return Facts(
        known={number: each.fresh for number, each in before.items()} | {each.key.id: each for each in fresh},
        back=back | context.store.read(lambda tx: _were_back(tx, context, counted)),
        owners={number: each.owner for number, each in before.items()} | dict(owners),
        tickets=context.store.read(lambda tx: _tickets(tx, instance, largest)),
        links=f"{settings.url.rstrip('/')}/organizations/{settings.organization}/issues/",
    )


def _were_back(tx: Tx, context: Context, counted: Counted) -> frozenset[str]:
    """The issues that had come back within the window when it was counted before: that they did stays true."""
    kept = [
        windows.get(tx, counted.instance, each.name, counted.window.start)
        for each in filters_of(context, counted.instance)
    ]
    return frozenset(issue.issue.id for each in kept if each for issue in each.trending if issue.is_regressed)


def _tickets(tx: Tx, instance: str, numbers: Iterable[str]) -> dict[str, tuple[str, str]]:
    found = {}
    for number in numbers:
        claim = ledger.live(tx, IssueKey(instance, number), MAIN_TRACK)
        if claim is not None and claim.ticket is not None:
            found[number] = (claim.ticket.key, claim.ticket.url)
    return found
