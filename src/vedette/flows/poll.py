"""Poll: the sweep of Sentry that is the truth behind the webhooks; what it finds waits for the same decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from vedette.flows import growing, suppressing
from vedette.flows.catching_up import open_tickets
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.keeping import Between, go_on, keeping
from vedette.flows.recall import look
from vedette.flows.sorting import decide_job, mention_of
from vedette.model.events import IssuePolled, Trigger
from vedette.model.issues import Issue, IssueKey
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.policies import Per, Policy
from vedette.model.settings import Settings
from vedette.model.tickets import Claim
from vedette.ports.http import Fence
from vedette.rules.effective import effective_for
from vedette.rules.muting import drop_polled
from vedette.rules.serving import policies_for
from vedette.store import deliveries, ledger, queue
from vedette.store.database import Tx

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
    """Sweep, and let every issue found wait for a decision, but those whose ticket was just seen to be open."""
    payload, between = lease.job.payload, keeping(context, lease)
    instance = str(payload["instance"])
    policy = next((each for each in context.settings.policies if each.name == payload["policy"]), None)
    if policy is None or instance not in context.sources:
        context.store.write(lambda tx: _finish(tx, context, lease, "no_such_policy"))
        return "no_such_policy"
    found = found_by(context, policy, instance, between=between)
    standing = open_tickets(context, [issue.key for issue in found], track=policy.track, between=between)
    look(context, instance, found, between=between)
    behind = context.store.read(lambda tx: with_a_new_event(tx, context.settings, policy, found))
    standing = {key: claim for key, claim in standing.items() if key not in behind}
    news, dropped = _split_dropped(context, [issue for issue in found if issue.key not in standing])
    for start in range(0, len(news), _BATCH):
        batch = news[start : start + _BATCH]
        context.store.write(lambda tx, batch=batch: _mention(tx, context, lease, policy, batch))  # type: ignore[misc]
        between()
    _tell_of_growth(context, policy, found, standing, between=between)
    context.store.write(lambda tx: _finish(tx, context, lease, "swept", dropped=dropped))
    suppressing.tell(dropped)
    log.info("swept", policy=policy.name, instance=instance, found=len(found), open=len(standing))
    return "swept"


def _split_dropped(context: Context, issues: Sequence[Issue]) -> tuple[list[Issue], list[tuple[str, str]]]:
    """The issues that are to be decided on, and why the others are not; told by the sweep's own rows."""
    news: list[Issue] = []
    dropped: list[tuple[str, str]] = []
    for issue in issues:
        mute = drop_polled(issue, context.settings.mutes, now=context.clock())
        if mute is None:
            news.append(issue)
        else:
            dropped.append((suppressing.DROPPED, mute.reason))
    return news, dropped


def found_by(context: Context, policy: Policy, instance: str, *, between: Between = go_on) -> list[Issue]:
    """The issues that the policy's sweep finds now and that the policy serves; reads only (also `poll --dry-run`)."""
    found: list[Issue] = []
    for issue in context.source(instance).sweep(policy, projects=policy.projects, now=context.clock()):
        if policy in policies_for(context.settings, issue):
            found.append(issue)
        between()
    return found


def with_a_new_event(tx: Tx, settings: Settings, policy: Policy, found: Sequence[Issue]) -> frozenset[IssueKey]:
    """The issues whose newest event may have no ticket yet, where the policy wants one for each."""
    return frozenset(issue.key for issue in found if _is_behind(tx, settings, policy, issue))


def _is_behind(tx: Tx, settings: Settings, policy: Policy, issue: Issue) -> bool:
    claims = ledger.history(tx, issue.key, policy.track)
    if not claims or effective_for(policy, settings=settings, owner=claims[-1].owner).policy.per is not Per.EVENT:
        return False
    newest = max((claim.event_at for claim in claims if claim.event_at), default=None)
    # Sentry's search tells the last time in whole seconds.
    return newest is None or issue.last_seen is None or newest < issue.last_seen.replace(microsecond=0)


def _tell_of_growth(
    context: Context, policy: Policy, found: Sequence[Issue], standing: Mapping[IssueKey, Claim], *, between: Between
) -> None:
    chosen = growing.outgrown(context, policy, found, standing, now=context.clock())
    for start in range(0, len(chosen), _BATCH):
        batch = chosen[start : start + _BATCH]
        context.store.write(lambda tx, batch=batch: growing.act_on(tx, policy, batch, now=context.clock()))  # type: ignore[misc]
        growing.count(batch)
        between()


def _mention(tx: Tx, context: Context, lease: Lease, policy: Policy, issues: Sequence[Issue]) -> None:
    now = context.clock()
    for issue in issues:
        seen = issue.last_seen or now
        event = IssuePolled(issue.key, seen, issue.project, issue.title, policy.name, run=lease.job.id)
        deliveries.mention(tx, mention_of(event, delivery=None, position=0), now=now)
        queue.enqueue(tx, decide_job(issue.key), now=now)


def _finish(
    tx: Tx, context: Context, lease: Lease, reason: str, *, dropped: Sequence[suppressing.Suppression] = ()
) -> None:
    now = context.clock()
    queue.done(tx, lease, now=now, reason=reason)
    suppressing.note(tx, dropped, now=now)
