"""Schedule: what is due by the clock becomes a job, once across all replicas."""

from datetime import timedelta

from vedette.flows import alarms
from vedette.flows.access_doctor import tend_doctor
from vedette.flows.access_drift import tend_access
from vedette.flows.access_dsn import tend_keys
from vedette.flows.access_mail import tend_mailbox
from vedette.flows.access_requests import tend_requests
from vedette.flows.context import Context, log
from vedette.flows.digests import tend_digests
from vedette.flows.monitor import tend_monitor
from vedette.flows.owners_lint import lint_owners
from vedette.flows.poll import poll_job, polled_instances
from vedette.flows.recall import settle_recall
from vedette.flows.reconcile import audit_job
from vedette.flows.splitting import let_go
from vedette.flows.turns import enqueue_in_turn
from vedette.model.policies import Policy
from vedette.store import queue, schedules
from vedette.store.database import Tx
from vedette.store.retention import prune

_PRUNE_EVERY = timedelta(hours=1)
_RECALL_EVERY = timedelta(minutes=5)


def tick(context: Context) -> None:
    """Enqueue the sweeps and audits whose slot has come, settle recall, look what is wrong, prune old rows hourly."""
    for policy in context.settings.policies:
        for instance in polled_instances(context, policy):
            _sweep_if_due(context, policy, instance)
    for tracker in context.trackers:
        enqueue_in_turn(context, audit_job(tracker), every=context.settings.tickets.audit_every)
    if context.store.write(lambda tx: schedules.due(tx, "recall", every=_RECALL_EVERY, now=context.clock())):
        settle_recall(context)
    tend_monitor(context)
    tend_keys(context)
    tend_access(context)
    tend_doctor(context)
    tend_mailbox(context)
    tend_requests(context)
    let_go(context)
    tend_digests(context)
    refresh = context.settings.codeowners_refresh
    if context.store.write(lambda tx: schedules.due(tx, "owners_lint", every=refresh, now=context.clock())):
        lint_owners(context)
    alarms.watch(context)
    slot = context.store.write(lambda tx: schedules.due(tx, "prune", every=_PRUNE_EVERY, now=context.clock()))
    if slot is not None:
        gone = prune(context.store, context.settings.store.retention, now=context.clock())
        log.info("pruned", **{table: count for table, count in gone.items() if count})


def _sweep_if_due(context: Context, policy: Policy, instance: str) -> None:
    def work(tx: Tx) -> None:
        now = context.clock()
        slot = schedules.due(tx, f"poll:{policy.name}:{instance}", every=policy.every, now=now)
        if slot is not None:
            queue.enqueue(tx, poll_job(policy, instance, slot=slot), now=now)

    context.store.write(work)
