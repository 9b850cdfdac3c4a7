"""Advice: a setback in the vendor's words, followed by what to change and where it stands in the settings."""

from vedette.errors import Refused, VedetteError
from vedette.flows.context import Context
from vedette.model.jobs import Lease
from vedette.rules.curing import block_at, cure
from vedette.store import ledger
from vedette.store.database import Tx


def advised(tx: Tx, context: Context, lease: Lease, problem: VedetteError) -> str:
    """The words of a job that is given up: the vendor's, and the cure where one is known."""
    job = lease.job
    claim = None if job.claim is None else ledger.get(tx, job.claim)
    blamed = problem.destination or job.destination
    if not isinstance(problem, Refused) or claim is None or blamed != claim.route.tracker:
        return str(problem)
    told = cure(
        job.kind,
        status=problem.status,
        fields=problem.fields,
        destination=job.destination,
        owner=claim.owner,
        where=context.settings.where,
    )
    return f"{problem}; {told}" if told else str(problem)


def mending(context: Context, destination: str, problem: VedetteError) -> str:
    """Why a destination is paused, and what to mend."""
    return f"{problem}; mend the credentials in {block_at(destination, context.settings.where)}"
