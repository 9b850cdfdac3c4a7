"""Socket of a mailbox: who reads letters of one subject, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Up to where a folder was read: UIDs count up within one validity (RFC 3501, 2.3.1.1)."""

    validity: int
    uid: int  # the last one that was read; 0 before the first


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, by its UID; `text` is its plain text, or what is left of its HTML."""

    uid: int
    text: str


class Letters(Protocol):
    """A folder of a mailbox. Reading changes nothing in it."""

    def since(
        self, bookmark: Bookmark | None, *, subject: str, not_before: date, seconds: float
    ) -> tuple[Bookmark, Sequence[Letter]]:
        """Letters of the subject that came since, the oldest first, and where to go on from.

        Without a bookmark, or with one of another validity, all that came since `not_before`. Ends within so many
        seconds. Raises the families of `vedette.errors`; no message holds the password.
        """
        ...
