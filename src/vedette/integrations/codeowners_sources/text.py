"""Text: a CODEOWNERS as it was read; decoding, its limit and its revision."""

import hashlib
from dataclasses import dataclass

from vedette.errors import Refused

# Above 3 MB GitHub itself ignores a CODEOWNERS; other servers have other limits.
LARGEST = 10 * 1024 * 1024
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Text:
    """A CODEOWNERS, and what names this version of it: a commit, a digest of the text, "" for the settings' own."""

    body: str
    revision: str


def read_as_text(body: bytes, *, place: str, revision: str = "") -> Text:
    """The bytes as a text; a digest is the revision unless one is given."""
    if len(body) > LARGEST:
        raise Refused(f"ownership: {place} is larger than {LARGEST >> 20} MB; that is no CODEOWNERS")
    return Text(body.decode("utf-8-sig", "replace"), revision or hashlib.sha256(body).hexdigest()[:_SHOWN])
