"""Keeping: the lease of a job that outlasts it, renewed as the work goes on, and let go at its end."""

from collections.abc import Callable

from vedette.flows.context import Context
from vedette.model.jobs import Lease
from vedette.ports.clock import elapsed
from vedette.store import queue
from vedette.store.queue import LeaseLost

#: Called between two steps of a long work; raises `LeaseLost` to end it.
Between = Callable[[], None]


def go_on() -> None:
    """Between the steps of a work that no lease bounds (a dry run)."""


def keeping(context: Context, lease: Lease) -> Between:
    """Renews the lease whenever a third of it has passed.

    Without it a sweep that is longer than its lease is taken over again and again, and never ends.
    """
    lease_for = context.settings.queue.lease
    renewed_at = elapsed()

    def between() -> None:
        nonlocal renewed_at
        if elapsed() - renewed_at < lease_for.total_seconds() / 3:
            return
        renewed_at = elapsed()
        if context.store.write(lambda tx: queue.renew(tx, lease, lease_for=lease_for, now=context.clock())) is None:
            raise LeaseLost

    return between


def ended(context: Context, lease: Lease, reason: str) -> str:
    """The job is done and nothing else is to be written; its reason. Raises `LeaseLost`."""
    context.store.write(lambda tx: queue.done(tx, lease, now=context.clock(), reason=reason))
    return reason
