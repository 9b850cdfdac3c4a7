"""Searching: which issues a person means by what was typed or pasted."""

import re

from vedette.errors import VedetteError
from vedette.flows.context import Context, log
from vedette.model.issues import IssueKey
from vedette.store import views

_LIKE_A_REFERENCE = re.compile(r"\S*/\S*|[A-Za-z0-9][A-Za-z0-9_-]*-[A-Za-z0-9]+")


def search(context: Context, text: str) -> list[IssueKey]:
    """What is remembered under an id, a ticket's key or words; for an address or a short id, whom Sentry says it is."""
    wanted = text.strip()
    if "://" in wanted or "/issues/" in wanted:
        return _asked(context, wanted) or _remembered(context, wanted)
    return _remembered(context, wanted) or (_asked(context, wanted) if _LIKE_A_REFERENCE.fullmatch(wanted) else [])


def _remembered(context: Context, text: str) -> list[IssueKey]:
    return context.store.read(lambda tx: views.find_issue(tx, text))


def _asked(context: Context, text: str) -> list[IssueKey]:
    found = []
    for name, source in context.sources.items():
        try:
            key = source.resolve_reference(text)
        except VedetteError as problem:
            log.info("reference_unresolved", instance=name, problem=str(problem))
            continue
        if key is not None:
            found.append(key)
    return found
