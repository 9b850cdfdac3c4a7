"""Beside Sentry: the audit's other half, whether the issues behind the open tickets are still what they were."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from vedette.errors import RateLimited, VedetteError
from vedette.flows.context import Context, sentry_destination
from vedette.flows.keeping import Between, go_on
from vedette.flows.pacing import SentryPace
from vedette.model.issues import Issue, IssueKey, IssueStatus
from vedette.model.tickets import Claim
from vedette.store import ledger, limits, merges

_PATIENCE = 5
_USUAL_WAIT = 1.0
_LONGEST_WAIT = 10.0  # far inside a lease


def against_sentry(context: Context, standing: Sequence[Claim], *, between: Between = go_on) -> Iterator[str]:
    """One sentence per difference: issues that are gone, and merged ones, whose news is then the other's.

    A Sentry that cannot be asked is told of once and asked no more: the tracker's half of the audit stands.
    """
    silent: set[str] = set()
    pace = SentryPace(context)
    for claim in standing:
        name = claim.issue.instance
        if name in silent or name not in context.sources:
            continue
        pace.wait(name)
        try:
            issue = _asked(context, claim.issue, pace)
        except VedetteError as problem:
            silent.add(name)
            yield f"Sentry could not be asked about its issues: {problem}"
            continue
        yield from _difference(context, claim, issue)
        between()


def _asked(context: Context, key: IssueKey, pace: SentryPace) -> Issue | None:
    """The issue; a 429 is waited out, for every process, since the instance's own limit is what is shared."""
    for left in reversed(range(_PATIENCE)):
        try:
            return context.source(key.instance).issue(key, window=None, now=context.clock())
        except RateLimited as limited:
            if not left:
                raise
            wait = min(limited.wait or _USUAL_WAIT, _LONGEST_WAIT)
            if not context.dry:
                _throttle(context, key.instance, timedelta(seconds=wait))
            pace.sleep(wait)
    return None


def _throttle(context: Context, instance: str, wait: timedelta) -> None:
    name = sentry_destination(instance)
    context.store.write(lambda tx: limits.throttle(tx, name, wait=wait, now=context.clock()))


def _difference(context: Context, claim: Claim, issue: Issue | None) -> Iterator[str]:
    key = claim.ticket.key if claim.ticket else claim.stamp
    target = issue.merged_into if issue is not None else None
    if target is not None:
        yield from _merged(context, claim, key, target=target)
    elif issue is None or issue.status is IssueStatus.GONE:
        yield f"{key} is open, and Sentry no longer has issue {claim.issue.id}"


def _merged(context: Context, claim: Claim, key: str, *, target: IssueKey) -> Iterator[str]:
    if context.store.read(lambda tx: merges.canonical(tx, claim.issue)) == claim.issue and not context.dry:
        context.store.write(lambda tx: merges.alias(tx, claim.issue, target, now=context.clock()))
    if claim.event:
        return  # each event has its own
    other = context.store.read(lambda tx: ledger.live(tx, target, claim.track))
    if other is not None and other.ticket is not None and other.id != claim.id:
        told = f"{key} and {other.ticket.key} are both open for issue {target.id}"
        yield f"{told}, into which {claim.issue.id} was merged"
