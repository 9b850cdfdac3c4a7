"""Replay: stored deliveries are read and decided anew, as if they had just come in."""

from collections.abc import Sequence

from vedette.flows.context import Context
from vedette.model.journal import EntryKind, NewEntry
from vedette.store import deliveries, journal
from vedette.store.database import Tx


def replay(context: Context, numbers: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bring the numbered deliveries back to the beginning; which were, and which cannot be (unknown or still unread).

    A replayed delivery can cut no second ticket: the decision sees the ledger as it is now.
    """

    def work(tx: Tx) -> tuple[int, ...]:
        now = context.clock()
        reopened = tuple(number for number in numbers if deliveries.reopen(tx, number, now=now))
        for number in reopened:
            sentence = f"delivery {number} was replayed by hand"
            journal.write(tx, NewEntry(EntryKind.OPERATOR, "replayed", sentence, delivery=number), now=now)
        return reopened

    reopened = context.store.write(work)
    return reopened, tuple(number for number in numbers if number not in reopened)
