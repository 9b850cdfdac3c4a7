"""Owners' page: each CODEOWNERS with its commit, what is wrong in it, and how many errors found an owner by it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vedette.flows.context import Context
from vedette.flows.owners_lint import Looked, last_look
from vedette.model.journal import Entry, EntryKind
from vedette.model.ownership import Ownership
from vedette.store import journal
from vedette.store.database import Tx
from vedette.web.showing import page

_DECISIONS = 500


@dataclass(frozen=True, slots=True)
class Covered:
    """Of the errors decided on last, how many had each outcome of ownership; `of` is a CODEOWNERS or "" for none."""

    of: str
    errors: int
    outcomes: tuple[tuple[Ownership, int], ...]

    @property
    def share(self) -> float:
        """Those that found an owner with a route."""
        return dict(self.outcomes).get(Ownership.OWNED, 0) / self.errors


class Owning:
    """The handler of the page."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def owners(self, request: Request) -> Response:
        """What the last look found."""
        context = self._context()

        def work(tx: Tx) -> tuple[Looked | None, list[Entry]]:
            return last_look(tx), journal.search(tx, kind=EntryKind.DECISION, limit=_DECISIONS)

        looked, decisions = context.store.read(work)
        values: dict[str, Any] = {"looked": looked, "covered": covered(decisions), "now": context.clock()}
        return page(request, "owners.html", **values)


def covered(decisions: Sequence[Entry]) -> list[Covered]:
    """Per source of the answer, the newest decision of each issue."""
    newest = {entry.issue: entry for entry in reversed(decisions) if entry.details.get("ownership")}
    found: dict[str, Counter[Ownership]] = {}
    for entry in newest.values():
        source = str(entry.details.get("source", "")).partition("@")[0]
        outcome = str(entry.details["ownership"])
        if outcome in set(Ownership):
            found.setdefault(source, Counter())[Ownership(outcome)] += 1
    return [Covered(of, counts.total(), tuple(counts.most_common())) for of, counts in sorted(found.items())]
