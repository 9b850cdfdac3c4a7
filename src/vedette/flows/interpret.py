"""Interpret: one issue's waiting news becomes one decision per track, and each decision its jobs.

What was decided, the claim, the jobs and the end of the news commit together, under the lease that makes this worker
the only one to decide on the issue.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from vedette.flows import suppressing
from vedette.flows.acting import enqueue
from vedette.flows.context import Context, log
from vedette.flows.flooding import within_caps
from vedette.flows.gather import Gathered, gather, happenings_of
from vedette.flows.keeping import ended
from vedette.flows.sorting import decide_job
from vedette.flows.telemetry import count_decision
from vedette.flows.unmerging import taken_back
from vedette.flows.wording import payloads_of
from vedette.model.issues import IssueKey
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.ownership import Step
from vedette.rules.deciding import Decision, Reason, Situation, decide
from vedette.rules.muting import mute_for
from vedette.rules.rendering import owner_sentence
from vedette.store import deliveries, flood, journal, merges, queue
from vedette.store.database import Tx
from vedette.store.deliveries import NewMention

_STEPS = 40  # look-ups in one line of the journal


def decide_issue(context: Context, lease: Lease) -> str:
    """Decide on the job's issue; the reasons, joined. Raises the families of `vedette.errors`, and `LeaseLost`."""
    asked = lease.job.issue
    if asked is None:
        raise ValueError(f"job {lease.job.id} decides on no issue")
    waiting = context.store.read(lambda tx: deliveries.waiting(tx, asked))
    if not waiting:
        return ended(context, lease, "nothing_waiting")
    key = context.store.read(lambda tx: merges.canonical(tx, asked))
    if key != asked and taken_back(context, lease, asked):
        key = asked
    if key != asked:
        # Decided under the other's own order, so that two jobs never decide on one issue at once.
        return _forward(context, lease, asked, key)
    now = context.clock()
    gathered = gather(context, key, waiting, now=now)
    merged = gathered.issue.merged_into
    if merged is not None and context.store.read(lambda tx: merges.canonical(tx, merged)) != key:
        return _forward(context, lease, key, merged)
    decisions = decisions_for(context, gathered, now=now)
    drafts = {decision.track: payloads_of(context, gathered, decision) for decision in decisions}
    decisions = context.store.write(lambda tx: _commit(tx, context, lease, gathered, decisions, drafts))
    suppressing.tell(suppressing.of_decisions(context, gathered, decisions))
    for decision in decisions:
        count_decision(decision.reason)
        log.info("decided", issue=str(key), track=decision.track, reason=decision.reason, job=lease.job.id)
    return ",".join(sorted({str(decision.reason) for decision in decisions})) or "no_policy"


def decisions_for(context: Context, gathered: Gathered, *, now: datetime) -> tuple[Decision, ...]:
    """One decision per track; pure but for what was gathered before, so that a dry run shows the same."""
    mute = mute_for(gathered.issue, context.settings.mutes, now=now, occurrence=gathered.occurrence)
    environment = gathered.occurrence.environment if gathered.occurrence else ""
    return tuple(
        decide(
            Situation(
                now=now,
                policy=policy,
                issue=gathered.issues[policy.track],
                news=gathered.news,
                verdict=gathered.verdict,
                claims=gathered.claims[policy.track],
                mute=mute,
                environment=environment,
                resolved_by_us=gathered.resolved_by_us,
                stranded=gathered.stranded,
                happenings=happenings_of(gathered, policy.track),
                changed=changed,
                held=gathered.held.get(policy.track),
            )
        )
        for policy, changed in ((each.policy, each.changed) for each in gathered.holding)
    )


def _forward(context: Context, lease: Lease, key: IssueKey, target: IssueKey) -> str:
    """The issue was merged into another: its news becomes the other's."""

    def work(tx: Tx) -> None:
        now = context.clock()
        merges.alias(tx, key, target, now=now)
        flood.follow_merge(tx, key, target)
        waiting = deliveries.waiting(tx, key)
        for each in waiting:
            moved = NewMention(target, each.kind, each.occurred_at, each.delivery, each.position, each.detail)
            deliveries.mention(tx, moved, now=now)
        queue.enqueue(tx, decide_job(target), now=now)
        sentence = f"Sentry merged the issue into {target.id}, which decides for both"
        details = {"news": len(waiting), "into": str(target)}
        entry = NewEntry(
            EntryKind.DECISION, Reason.ISSUE_MERGED, sentence, issue=key, job=lease.job.id, details=details
        )
        journal.write(tx, entry, now=now)
        _end(tx, lease, key, [each.id for each in waiting], now=now, reason="issue_merged")

    context.store.write(work)
    return "issue_merged"


def _commit(
    tx: Tx,
    context: Context,
    lease: Lease,
    gathered: Gathered,
    decisions: Sequence[Decision],
    payloads: dict[str, list[dict[str, object]]],
) -> tuple[Decision, ...]:
    """Record and enqueue; what was decided in the end, the caps being weighed."""
    now = context.clock()
    # Clocks of senders run ahead: a fact from the future would outdo every reading of the ticket until then.
    newest = min(max((event.occurred_at for event in gathered.news), default=now), now)
    final = []
    for wanted in decisions:
        decision, drafts = within_caps(tx, context, gathered, wanted, payloads[wanted.track], now=now)
        _journal(tx, context, gathered, decision, lease, now=now)
        for action, payload in zip(decision.actions, drafts, strict=True):
            enqueue(tx, gathered.issue, action, payload, now=now, as_of=newest)
        final.append(decision)
    if not decisions:
        sentence = f"no policy serves project {gathered.issue.project or '(unknown)'}"
        entry = NewEntry(EntryKind.DECISION, "no_policy", sentence, issue=gathered.issue.key, job=lease.job.id)
        journal.write(tx, entry, now=now)
    reason = str(final[0].reason) if final else "no_policy"
    _end(tx, lease, gathered.issue.key, gathered.mentions, now=now, reason=reason)
    # Last of all: on PostgreSQL a counter's row is locked from here to the commit.
    suppressing.note(tx, suppressing.of_decisions(context, gathered, final), now=now)
    return tuple(final)


def _end(tx: Tx, lease: Lease, key: IssueKey, mentions: Sequence[int], *, now: datetime, reason: str) -> None:
    deliveries.settle(tx, mentions, now=now)
    if deliveries.waiting(tx, key, limit=1):
        # A flood is read by the thousand; what is left of it has no other job.
        queue.enqueue(tx, decide_job(key), now=now)
    queue.done(tx, lease, now=now, reason=reason)


def _journal(tx: Tx, context: Context, gathered: Gathered, decision: Decision, lease: Lease, *, now: datetime) -> None:
    verdict = gathered.verdict
    details = {
        "track": decision.track,
        "policy": decision.policy,
        "changed": [asdict(changed) for changed in decision.changed],
        "owner": verdict.owner,
        "ownership": str(verdict.ownership),
        "owner_sentence": owner_sentence(verdict),
        "source": verdict.source,
        "stale": verdict.stale,
        "project": gathered.issue.project,
        "title": gathered.issue.title,
        "heard": [type(event).__name__ for event in gathered.news[:20]],
        "events": [each.event for each in happenings_of(gathered, decision.track)[:20]],
        "news": len(gathered.news),
        "actions": [type(action).__name__ for action in decision.actions],
        "counts": [
            {"events": c.events, "users": c.users, "span": str(c.span), "from": c.source} for c in gathered.issue.counts
        ],
        "steps": [_told(step) for step in _kept(verdict.steps)],
    }
    for _, rule in suppressing.of_decisions(context, gathered, [decision]):
        details["rule"] = rule
    latest = max((m for m in gathered.news), key=lambda event: event.occurred_at, default=None)
    if latest is not None:
        details["newest_news"] = latest.occurred_at.isoformat()
    entry = NewEntry(
        EntryKind.DECISION,
        decision.reason,
        decision.sentence,
        issue=gathered.issue.key,
        job=lease.job.id,
        details=details,
    )
    journal.write(tx, entry, now=now)


def _told(step: Step) -> dict[str, object]:
    return {
        "path": step.path,
        "lineno": step.frame.lineno,
        "function": step.frame.function,
        "line": step.line,
        "pattern": step.pattern,
        "owners": list(step.owners),
        "outcome": step.outcome,
        "entry": step.entry,
    }


def _kept(steps: Sequence[Step]) -> Sequence[Step]:
    """What the journal keeps of a deep stack: its beginning, and the end, where the entries answer."""
    return steps if len(steps) <= _STEPS else (*steps[: _STEPS - 1], steps[-1])
