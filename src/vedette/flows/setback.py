"""Setback: an error together with what the store must remember of it, in the transaction that puts the job back."""

from collections.abc import Callable

from vedette.errors import VedetteError
from vedette.store.database import Tx


class Setback(Exception):
    """Raised by a way to the worker's ladder; `record` runs in the ladder's own transaction."""

    def __init__(self, problem: VedetteError, record: Callable[[Tx], None]) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.record = record
