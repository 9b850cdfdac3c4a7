"""Identity: the id that a ticket or comment of ours has before it exists, so that making it twice makes one.

The workspace is part of it: ids are unique in all of Linear, while stamps are so in one Vedette only, and two
companies that number their Sentry issues from 1 must not take one another's ids.
"""

import hashlib
import re
import uuid
from collections.abc import Callable

_STAMP = re.compile(r"vedette-[^\s`\\]+")


def id_of(*words: str) -> str:
    """A hash of the words in the form of a UUID v4, which is the form that Linear takes."""
    digest = bytearray(hashlib.sha256("\n".join(words).encode()).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x40
    digest[8] = (digest[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


class Identity:
    """Ids in one workspace; which one it is is asked when the first is wanted."""

    def __init__(self, organization: Callable[[], str]) -> None:
        self._organization = organization

    def issue(self, stamp: str) -> str:
        """The id of the ticket with that stamp."""
        return id_of("issue", self._organization(), stamp)

    def comment(self, issue_id: str, *, marker: str) -> str:
        """The id of the comment with that marker."""
        return id_of("comment", self._organization(), issue_id, marker)

    def stamp(self, issue_id: str, description: str) -> str:
        """The stamp in a description, if it is the one that the id was made from: a copied text proves nothing."""
        found = _STAMP.findall(description)
        return next((each for each in found if self.issue(each) == issue_id), "")


def bears(description: str, stamp: str) -> bool:
    """Whether a description names that very stamp, and not one that begins like it."""
    return stamp in _STAMP.findall(description)


def stamp_line(stamp: str) -> str:
    """The quiet last line of a description, by which people and the audit know a ticket again."""
    return f"Vedette: `{stamp}`"
