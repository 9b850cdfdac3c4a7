"""Unmerging: an issue that Sentry shows by itself again gets its own line of tickets back.

Law: claims stay where they were made, so that nothing is cut twice: what the issue had before it was merged is its own
again, what was cut for the other meanwhile stays the other's.
"""

from vedette.flows.context import Context, log
from vedette.model.issues import IssueKey, IssueStatus
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import LIVE_CLAIMS, Claim
from vedette.rules.situation import name_of
from vedette.store import journal, ledger, merges
from vedette.store.database import Tx


def taken_back(context: Context, lease: Lease, key: IssueKey) -> bool:
    """Whether the issue, which was merged into another, lives by itself again; then it means itself from now on.

    A merge that is minutes old is believed: Sentry answers from replicas, of which one may not know it yet.
    """
    now = context.clock()
    since = context.store.read(lambda tx: merges.aliased_at(tx, key))
    if since is None or now - since < context.settings.tickets.settle:
        return False
    issue = context.source(key.instance).issue(key, window=None, now=now)
    if issue is None or issue.merged_into is not None or issue.key != key or issue.status is IssueStatus.GONE:
        return False
    context.store.write(lambda tx: _take_back(tx, context, lease, key))
    log.info("issue_unmerged", issue=str(key))
    return True


def _take_back(tx: Tx, context: Context, lease: Lease, key: IssueKey) -> None:
    other = merges.canonical(tx, key)
    if not merges.unalias(tx, key):
        return
    mine, theirs = ledger.history(tx, key), ledger.history(tx, other)
    sentence = f"Sentry shows the issue by itself again, which was merged into {other.id}: {_told(mine)}"
    details = {"from": str(other), "stays": [name_of(claim) for claim in mine]}
    entry = NewEntry(EntryKind.OUTCOME, "issue_unmerged", sentence, issue=key, job=lease.job.id, details=details)
    journal.write(tx, entry, now=context.clock())
    sentence = f"issue {key.id}, which was merged into this one, lives by itself again: {_told(theirs)}"
    entry = NewEntry(EntryKind.OUTCOME, "issue_unmerged", sentence, issue=other, job=lease.job.id)
    journal.write(tx, entry, now=context.clock())


def _told(claims: list[Claim]) -> str:
    live = [name_of(claim) for claim in claims if claim.state in LIVE_CLAIMS]
    return f"{', '.join(live)} stays its own" if live else "it has no open ticket of its own"
