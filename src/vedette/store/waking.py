"""Waking: tells the workers of this process that a commit left them something to do."""

from collections.abc import Callable

from sqlalchemy import Connection

_MARK = "vedette.ready"


def mark(tx: Connection) -> None:
    """Say that this transaction, once committed, gives workers something to do."""
    tx.info[_MARK] = True


class Waker:
    """The callbacks of one store. A rolled back mark may wake for nothing, never the other way round."""

    def __init__(self) -> None:
        self._callbacks: tuple[Callable[[], None], ...] = ()

    def add(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit that was marked."""
        self._callbacks += (callback,)

    def after(self, tx: Connection) -> None:
        """Wake if the transaction just committed was marked."""
        if tx.info.pop(_MARK, False):
            for callback in self._callbacks:
                callback()
