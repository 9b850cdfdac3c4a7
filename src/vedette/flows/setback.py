"""Setback: an error together with what the store must remember of it, in the transaction that puts the job back."""

from collections.abc import Callable

from vedette.errors import Unavailable, VedetteError
from vedette.store.database import Tx


class NotYet(Unavailable):
    """Nobody failed: what the job needs is not to be had yet. It sleeps for `wait`, and no attempt is counted."""


class Bug(Unavailable):
    """Our own fault: tried again as whatever passes by itself, and no destination is blamed."""


class Setback(Exception):
    """Raised by a way to the worker's ladder; `record` runs in the ladder's own transaction.

    `lasting`: the job is tried until it succeeds, for it alone knows that something may stand in the tracker.
    """

    def __init__(self, problem: VedetteError, record: Callable[[Tx], None], *, lasting: bool = False) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.record = record
        self.lasting = lasting


def nothing(_tx: Tx) -> None:
    """Nothing to remember."""
