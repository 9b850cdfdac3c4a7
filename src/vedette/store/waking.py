"""Waking: tells the workers of this process that a commit left them something to do."""

import logging
from collections.abc import Callable

from sqlalchemy import Connection

_log = logging.getLogger(__name__)
_MARK = "vedette.ready"


def mark(tx: Connection) -> None:
    """Say that this transaction, once committed, gives workers something to do."""
    tx.info[_MARK] = True


def marked(tx: Connection) -> bool:
    """Whether the transaction just committed was marked; asking takes the mark away."""
    return bool(tx.info.pop(_MARK, False))


class Waker:
    """The callbacks of one store. A rolled back mark may wake for nothing, never the other way round."""

    def __init__(self) -> None:
        self._callbacks: tuple[Callable[[], None], ...] = ()

    def add(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit that was marked."""
        self._callbacks += (callback,)

    def wake(self) -> None:
        """Call them all; one that fails must not take the writer thread with it."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception:  # noqa: BLE001 - whatever it is, it is the callback's own
                _log.exception("a worker could not be woken")

    def after(self, tx: Connection) -> None:
        """Wake if the transaction just committed was marked."""
        if marked(tx):
            self.wake()
