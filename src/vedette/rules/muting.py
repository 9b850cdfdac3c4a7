"""Muting: which agreed exception, if any, holds for an issue."""

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from vedette.model.issues import Issue
from vedette.model.policies import Mute


def mute_for(issue: Issue, mutes: Sequence[Mute], *, now: datetime) -> Mute | None:
    """The first mute that names the issue, by id or by title pattern, and has not expired."""
    return next((mute for mute in mutes if _holds(mute, now) and _names(mute, issue)), None)


def _holds(mute: Mute, now: datetime) -> bool:
    return mute.until is None or now < mute.until


def _names(mute: Mute, issue: Issue) -> bool:
    if mute.issue:
        return mute.issue in (str(issue.key), issue.key.id, issue.short_id)
    return bool(mute.title) and fnmatchcase(issue.title, mute.title)
