"""Poll: the sweep of Sentry that is the truth behind the webhooks; what it finds waits for the same decision."""

from collections.abc import Sequence
from datetime import datetime

from vedette.flows.context import Context, blaming, log, sentry_destination
from vedette.flows.gather import policies_for
from vedette.flows.sorting import decide_job, mention_of
from vedette.model.events import IssuePolled, Trigger
from vedette.model.issues import Issue, IssueKey
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.settings import Policy
from vedette.model.tickets import Claim, TicketRef
from vedette.ports.http import Fence
from vedette.store import counters, deliveries, ledger, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost

_BATCH = 200


def poll_job(policy: Policy, instance: str, *, slot: datetime) -> NewJob:
    """The sweep of one instance for one policy and time slot; a waiting one is not doubled."""
    payload = {"policy": policy.name, "instance": instance, "slot": slot.isoformat()}
    name = f"poll:{policy.name}:{instance}"
    return NewJob(JobKind.POLL, sentry_destination(instance), order_key=name, unique_key=name, payload=payload)


def polled_instances(context: Context, policy: Policy) -> tuple[str, ...]:
    """The instances that the policy is swept for; none where it does not cut on a poll."""
    if Trigger.POLL not in policy.on:
        return ()
    return tuple(name for name in context.settings.instances if not policy.instances or name in policy.instances)


def poll(context: Context, lease: Lease, _fence: Fence) -> str:
    """Sweep, and let every issue found wait for a decision."""
    payload = lease.job.payload
    policy = next((each for each in context.settings.policies if each.name == payload["policy"]), None)
    if policy is None:
        context.store.write(lambda tx: _finish(tx, context, lease, "no_such_policy"))
        return "no_such_policy"
    found = sweep(context, policy, str(payload["instance"]))
    context.store.write(lambda tx: _finish(tx, context, lease, "swept"))
    log.info("swept", policy=policy.name, instance=payload["instance"], found=len(found))
    return "swept"


def sweep(context: Context, policy: Policy, instance: str) -> list[Issue]:
    """Look for the policy's issues now, and let each wait for a decision; the issues."""
    found = found_by(context, policy, instance)
    refresh_tickets(context, [issue.key for issue in found], track=policy.track)
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        context.store.write(lambda tx, batch=batch: _mention(tx, context, policy, batch))  # type: ignore[misc]
    return found


def found_by(context: Context, policy: Policy, instance: str) -> list[Issue]:
    """The issues that the policy's sweep finds now and that the policy serves; reads only (also `poll --dry-run`)."""
    source = context.source(instance)
    swept = source.sweep(policy, projects=policy.projects, now=context.clock())
    return [issue for issue in swept if policy in policies_for(context.settings, issue)]


def refresh_tickets(context: Context, keys: Sequence[IssueKey], *, track: str) -> None:
    """Read the tickets of these issues in batches, so that no decision has to read its own."""
    claims: dict[str, list[Claim]] = {}
    for key in keys:
        history = context.store.read(lambda tx, key=key: ledger.history(tx, key, track))  # type: ignore[misc]
        if history and history[-1].ticket is not None:
            claims.setdefault(history[-1].ticket.tracker, []).append(history[-1])
    for tracker, standing in claims.items():
        for start in range(0, len(standing), 100):
            _refresh(context, tracker, standing[start : start + 100])


def _refresh(context: Context, tracker: str, claims: Sequence[Claim]) -> None:
    refs: list[TicketRef] = [claim.ticket for claim in claims if claim.ticket is not None]
    with blaming(tracker):
        tickets = context.tracker(tracker).read(refs)

    def work(tx: Tx) -> None:
        for claim in claims:
            ticket = tickets.get(claim.ticket.id) if claim.ticket else None
            if ticket is not None:
                ledger.refreshed(tx, claim.id, ticket, now=context.clock())

    context.store.write(work)


def _mention(tx: Tx, context: Context, policy: Policy, issues: Sequence[Issue]) -> None:
    now = context.clock()
    for issue in issues:
        heard = bool(deliveries.of_issue(tx, issue.key, limit=1))
        labels = {"project": issue.project, "heard": "yes" if heard else "no"}
        counters.add(tx, "poll_found", labels, 1, now=now)
        event = IssuePolled(issue.key, issue.last_seen or now, issue.project, issue.title, policy.name)
        deliveries.mention(tx, mention_of(event, delivery=None, position=0), now=now)
        queue.enqueue(tx, decide_job(issue.key), now=now)


def _finish(tx: Tx, context: Context, lease: Lease, reason: str) -> None:
    if not queue.finish(tx, lease, now=context.clock(), reason=reason):
        raise LeaseLost
