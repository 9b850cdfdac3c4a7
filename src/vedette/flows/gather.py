"""Gather: everything that a decision about one issue rests on, read before anything is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial

from vedette.errors import Refused
from vedette.flows.asking import read_tickets
from vedette.flows.closing import resolved_by_us
from vedette.flows.context import Context, log
from vedette.flows.happenings import Happened, happened, occurrence_in
from vedette.flows.reading import as_read, take
from vedette.flows.setback import NotYet
from vedette.model.events import (
    Change,
    ConditionTripped,
    ErrorOccurred,
    IssueAlerted,
    IssueChanged,
    IssueEvent,
    IssuePolled,
    TicketAsked,
)
from vedette.model.flood import HeldBack
from vedette.model.issues import Issue, IssueKey, IssueStatus, Occurrence
from vedette.model.jobs import JobKind, JobState
from vedette.model.owners import Resolver
from vedette.model.ownership import Verdict
from vedette.model.policies import Per, Policy
from vedette.model.settings import Settings
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState
from vedette.rules.effective import Effective, effective_for
from vedette.rules.routing import OwnersFile, find_owner
from vedette.rules.serving import policies_for
from vedette.rules.situation import Happening
from vedette.store import flood, ledger, merges, queue
from vedette.store.database import Tx
from vedette.store.deliveries import Mention

# A ticket that was closed a moment ago may have been opened again: read it before a second one is cut.
_CLOSED_REFRESH = timedelta(seconds=10)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Gathered:
    """One issue's facts, its newest occurrence, its owner, and its claims per track."""

    issue: Issue
    issues: dict[str, Issue]  # per track: the same issue, counted over that policy's own window
    news: tuple[IssueEvent, ...]
    mentions: tuple[int, ...]
    occurrence: Occurrence | None
    verdict: Verdict
    claims: dict[str, tuple[Claim, ...]]
    holding: tuple[Effective, ...]  # the policies that serve the issue, one a track, as they hold for its owner
    stranded: frozenset[int] = frozenset()  # live claims that no job goes on with
    happened: Mapping[str, Happened] = field(default_factory=dict)  # per track, where each event has a ticket
    held: Mapping[str, HeldBack] = field(default_factory=dict)  # per track: how the ticket was held back
    resolved_by_us: datetime | None = None  # when we last had Sentry resolve it, where the news tell of a resolving


def gather(context: Context, key: IssueKey, waiting: Sequence[Mention], *, now: datetime) -> Gathered:
    """Read Sentry, the ledger, the tickets and CODEOWNERS for one issue; raises the families of `vedette.errors`."""
    news = tuple(event_of(mention) for mention in waiting)
    issue = _issue(context, key, news, window=_widest(context.settings), now=now)
    if issue.status is IssueStatus.GONE and issue.merged_into is None:
        _believe_gone(context, waiting, now=now)
    policies = policies_for(context.settings, issue)
    issues = _per_track(context, issue, news, policies, now=now)
    newest = cache(partial(_newest, context, issue))
    occurrence = _occurrence(context, waiting) or newest()
    file = _owners_file(context, issue.project, now=now)
    owner_of = partial(find_owner, issue_tags=issue.tags, file=file, settings=context.settings)
    verdict = owner_of(occurrence)
    holding = tuple(effective_for(each, settings=context.settings, owner=verdict.owner) for each in policies)
    claims: dict[str, tuple[Claim, ...]] = {}
    found: dict[str, Happened] = {}
    for policy in (each.policy for each in holding):
        claims[policy.track] = _claims(context, key, policy, news, now=now)
        if policy.per is Per.EVENT:
            ticketed = {claim.event for claim in claims[policy.track] if claim.state is not ClaimState.DROPPED}
            heard = tuple(zip(waiting, news, strict=True))
            found[policy.track] = happened(
                context, heard, policy=policy, newest=newest, ticketed=ticketed, verdict=verdict, owner_of=owner_of
            )
    every = (claim for of_track in claims.values() for claim in of_track)
    stranded = frozenset(claim.id for claim in every if _stranded(context, claim))
    numbers = tuple(mention.id for mention in waiting)
    held = _held_back(context, key, policies, now=now)
    ours_at = _resolved_by_us(context, key, news, now=now)
    return Gathered(issue, issues, news, numbers, occurrence, verdict, claims, holding, stranded, found, held, ours_at)


def happenings_of(gathered: Gathered, track: str) -> tuple[Happening, ...]:
    """The events that ask for tickets of their own on the track; none where the issue has one ticket."""
    found = gathered.happened.get(track)
    return () if found is None else found.happenings


def event_of(mention: Mention) -> IssueEvent:
    """The event that a mention was made from, without its occurrence."""
    detail = mention.detail
    project, title = str(detail.get("project", "")), str(detail.get("title", ""))
    at, issue = mention.occurred_at, mention.issue
    match mention.kind:
        case "IssueAlerted":
            return IssueAlerted(issue, at, str(detail.get("rule", "")), project, title)
        case "IssueChanged":
            return IssueChanged(issue, at, Change(detail["change"]), project, title, str(detail.get("by", "")))
        case "IssuePolled":
            return IssuePolled(issue, at, project, title, str(detail.get("policy", "")), int(detail.get("run", 0)))
        case "ConditionTripped":
            condition, sentence = str(detail.get("condition", "")), str(detail.get("sentence", ""))
            return ConditionTripped(issue, at, condition, sentence, project, title)
        case "TicketAsked":
            return TicketAsked(issue, at, project, title, str(detail.get("by", "")))
        case _:
            return ErrorOccurred(issue, at, project, title)


def _owners_file(context: Context, project: str, *, now: datetime) -> OwnersFile | None:
    """The CODEOWNERS, where the settings ask one at all: one that nobody asks must not hold a decision up."""
    if Resolver.CODEOWNERS not in context.settings.resolvers:
        return None
    return context.owners.file_for(project, now=now)


def _widest(settings: Settings) -> timedelta:
    return max((_window(policy) for policy in settings.policies), default=_DAY)


def _window(policy: Policy) -> timedelta:
    return policy.when.last_seen_within or _DAY


def _per_track(
    context: Context, issue: Issue, news: Sequence[IssueEvent], policies: Sequence[Policy], *, now: datetime
) -> dict[str, Issue]:
    """The issue with the counts of each policy's own window; asked again only where windows differ."""
    by_window = {_widest(context.settings): issue}
    for policy in policies:
        window = _window(policy)
        if window not in by_window and issue.status is not IssueStatus.GONE:
            by_window[window] = _issue(context, issue.key, news, window=window, now=now)
    return {policy.track: by_window.get(_window(policy), issue) for policy in policies}


def _issue(context: Context, key: IssueKey, news: Sequence[IssueEvent], *, window: timedelta, now: datetime) -> Issue:
    found = context.source(key.instance).issue(key, window=window, now=now)
    told = next((event for event in reversed(news) if event.title), None)
    if found is None:
        project = next((event.project for event in reversed(news) if event.project), "")
        return Issue(key, now, title=told.title if told else "", project=project, status=IssueStatus.GONE)
    if not found.title and told:
        return replace(found, title=told.title)
    return found


def _believe_gone(context: Context, waiting: Sequence[Mention], *, now: datetime) -> None:
    """News of an issue may overtake the issue itself: Sentry answers from replicas, and 404 is what both look like."""
    heard = min((mention.created_at for mention in waiting), default=now)
    if waiting and not context.dry and now - heard < context.settings.tickets.settle:
        raise NotYet(f"Sentry told of {waiting[0].issue} and does not have it (yet)")


def _newest(context: Context, issue: Issue) -> Occurrence | None:
    """The newest occurrence that Sentry has."""
    return None if issue.status is IssueStatus.GONE else context.source(issue.key.instance).latest(issue.key)


def _occurrence(context: Context, waiting: Sequence[Mention]) -> Occurrence | None:
    """The newest occurrence among the deliveries that tells anything."""
    for mention in reversed(waiting):
        if not mention.detail.get("occurrence") or mention.delivery is None:
            continue
        occurrence = occurrence_in(context, mention)
        if occurrence is not None and (occurrence.faults or occurrence.message):
            return occurrence
    return None


def _held_back(context: Context, key: IssueKey, policies: Sequence[Policy], *, now: datetime) -> Mapping[str, HeldBack]:
    """Per track, whether the ticket waits in a digest; which is read again where what is known of it is old."""
    found = {}
    for track in (policy.track for policy in policies):
        back = context.store.read(lambda tx, track=track: flood.of_issue(tx, key, track))  # type: ignore[misc]
        if back is not None:
            digest = back.digest and _read_again(context, back.digest, now=now)
            found[track] = replace(back, digest=digest)
    return found


def _claims(
    context: Context, key: IssueKey, policy: Policy, news: Sequence[IssueEvent], *, now: datetime
) -> tuple[Claim, ...]:
    """The claims of the track; the newest one's ticket is read again where what is known of it is old.

    Where that one is closed, an open ticket of an issue that was merged into this one speaks, once it was read too.
    Where each event has a ticket, what became of an earlier one decides nothing, so that none is read.
    """
    claims = context.store.read(lambda tx: _history(tx, key, policy.track))
    if policy.per is Per.EVENT and not any(_is_about_resolving(event) for event in news):
        return tuple(claims)
    for _ in range(len(claims)):
        last = claims[-1]
        fresh = _read_again(context, last, now=now)
        claims = _live_last((*claims[:-1], fresh))
        if claims[-1].id == last.id:
            break
    return tuple(claims)


def _is_about_resolving(event: IssueEvent) -> bool:
    return isinstance(event, IssueChanged) and event.change is Change.RESOLVED


def _read_again(context: Context, claim: Claim, *, now: datetime) -> Claim:
    ref = claim.ticket
    if ref is None or not _is_old(context, claim, now=now):
        return claim
    try:
        ticket = read_tickets(context, ref.tracker, [ref]).get(ref.id)
    except Refused as problem:
        # Not for our eyes, now or tomorrow (moved to a hidden project): what the ledger knows must do.
        log.warning("ticket_unreadable", issue=str(claim.issue), ticket=ref.key, problem=str(problem))
        return claim
    if ticket is None:
        return claim
    if context.dry:
        return as_read(context, claim, ticket)
    return context.store.write(lambda tx: take(tx, context, claim, ticket, now=context.clock()))


def _history(tx: Tx, key: IssueKey, track: str) -> list[Claim]:
    """The track's claims with those of issues that were merged into this one; a live one last."""
    keys = (key, *merges.merged_into(tx, key))
    return _live_last([claim for each in keys for claim in ledger.history(tx, each, track)])


def _live_last(claims: Sequence[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (claim.state in LIVE_CLAIMS, claim.id))


def _resolved_by_us(context: Context, key: IssueKey, news: Sequence[IssueEvent], *, now: datetime) -> datetime | None:
    if not any(isinstance(event, IssueChanged) and event.change is Change.RESOLVED for event in news):
        return None
    return context.store.read(lambda tx: resolved_by_us(tx, key, now=now))


def _stranded(context: Context, claim: Claim) -> bool:
    if claim.state not in LIVE_CLAIMS or claim.state is ClaimState.OPEN:
        return False
    return not context.store.read(lambda tx: is_in_hand(tx, claim))


def is_in_hand(tx: Tx, claim: Claim) -> bool:
    """Whether a job waits, or is at work, to bring the claim to its ticket."""
    live = [
        job
        for state in (JobState.READY, JobState.LEASED)
        for job in queue.listing(tx, state=state, issue=claim.issue, limit=1000)
    ]
    return any(job.kind is JobKind.OPEN_TICKET and job.claim == claim.id for job in live)


def _is_old(context: Context, claim: Claim, *, now: datetime) -> bool:
    limit = context.settings.tickets.refresh if claim.state is ClaimState.OPEN else _CLOSED_REFRESH
    known_at = claim.known_at if claim.state is ClaimState.OPEN else claim.refreshed_at
    return known_at is None or now - known_at > limit
