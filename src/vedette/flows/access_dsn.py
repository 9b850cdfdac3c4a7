"""DSNs: the keys of projects, read from Sentry for a command, and kept in the store for the page.

Law: only public addresses are kept; a token that may not read keys costs the page its rows and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from vedette.config.nearest import suggestion
from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.flows.access_known import paced
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.keeping import ended, keeping
from vedette.flows.turns import enqueue_in_turn
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.org import ProjectKey
from vedette.ports.http import Fence
from vedette.rules.access.dsn import public
from vedette.store import queue, refs
from vedette.store.database import Tx

EVERY = timedelta(hours=1)
_TEXT = "dsn:"


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """The keys of one instance's projects as they were read last; `trouble`: why they could not be read anew."""

    instance: str
    at: datetime | None  # None: never
    keys: tuple[ProjectKey, ...] = ()
    trouble: str = ""


def keys_of(context: Context, project: str, *, instances: Sequence[str]) -> list[tuple[str, Sequence[ProjectKey]]]:
    """The project's keys on each instance that has such a project; raises `VedetteError` where none has."""
    found: list[tuple[str, Sequence[ProjectKey]]] = []
    problem: VedetteError | None = None
    for instance in instances:
        try:
            found.append((instance, context.roster(instance).keys(project, pace=paced(context))))
        except Refused as refused:
            if refused.status != 404:
                raise
            problem = refused
    if not found and problem is not None:
        raise VedetteError(_unknown(context, project, instances=instances)) from problem
    return found


def all_keys(context: Context, instance: str) -> Sequence[ProjectKey]:
    """The keys of every project of the instance."""
    return context.roster(instance).keys("", pace=paced(context))


def tend_keys(context: Context) -> None:
    """Enqueue the reading of each managed instance's keys, hourly."""
    for instance in _managed(context):
        enqueue_in_turn(context, keys_job(instance), every=EVERY)


def read_keys(context: Context, lease: Lease, _fence: Fence) -> str:
    """Read the instance's keys, and keep them for the page."""
    instance = str(lease.job.payload["instance"])
    if instance not in context.rosters:
        return ended(context, lease, "no_such_instance")
    pace = paced(context, keeping(context, lease))
    try:
        keys = _without_secrets(context.roster(instance).keys("", pace=pace))
    except (Refused, Unauthorised) as problem:
        # The tickets' token need not be allowed to read keys: its destination goes on.
        log.warning("keys_unread", instance=instance, problem=str(problem))
        kept, reason = _stale(context, instance, str(problem)), "keys_unread"
    else:
        kept, reason = KeptKeys(instance, context.clock(), keys), "keys_read"
    context.store.write(lambda tx: _keep(tx, lease, kept, now=context.clock(), reason=reason))
    return reason


def kept_keys(tx: Tx, instances: Iterable[str]) -> list[KeptKeys]:
    """What was read last of each instance; one that was never read is left out."""
    found = [refs.get(tx, f"{_TEXT}{instance}") for instance in instances]
    return [msgspec.json.decode(each.body, type=KeptKeys) for each in found if each is not None]


def _managed(context: Context) -> list[str]:
    return [name for name in context.settings.access.instances if name in context.rosters]


def _unknown(context: Context, project: str, *, instances: Sequence[str]) -> str:
    slugs = {key.project for instance in instances for key in all_keys(context, instance)}
    where = ", ".join(instances)
    meant = suggestion(project, slugs) if slugs else "no project has a key there"
    return f"there is no project {project} on {where}; {meant}"


def keys_job(instance: str) -> NewJob:
    """The reading of an instance's keys; one may wait."""
    name = f"keys:{instance}"
    return NewJob(JobKind.KEYS, sentry_destination(instance), name, unique_key=name, payload={"instance": instance})


def _without_secrets(keys: Iterable[ProjectKey]) -> tuple[ProjectKey, ...]:
    return tuple(replace(key, dsn=public(key)) for key in keys)


def _stale(context: Context, instance: str, trouble: str) -> KeptKeys:
    """What was known before, and why it is not known better."""
    before = context.store.read(lambda tx: kept_keys(tx, [instance]))
    return replace(before[0], trouble=trouble) if before else KeptKeys(instance, None, trouble=trouble)


def _keep(tx: Tx, lease: Lease, kept: KeptKeys, *, now: datetime, reason: str) -> None:
    body = msgspec.json.encode(kept).decode()
    refs.put(tx, f"{_TEXT}{kept.instance}", body=body, revision="", now=now)
    queue.done(tx, lease, now=now, reason=reason)
