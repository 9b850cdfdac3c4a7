"""The search index of a stand-in Jira: it hears of each change late, document by document, and knows no more.

Searches never see a ticket itself, only the last version that arrived here; reads by key never come here.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Iterable

from vedette.sandbox.jira.tickets import Ticket


class Index:
    """Indexed versions by id, with ways in by label, project and key."""

    def __init__(self, *, lag: tuple[float, float], draw: random.Random) -> None:
        self.lag = lag
        self._draw = draw
        self._due: list[tuple[float, int, int, Ticket | None]] = []
        self._order = 0
        self._heard: dict[int, int] = {}
        self.documents: dict[int, Ticket] = {}
        self.by_label: defaultdict[str, set[int]] = defaultdict(set)
        self.by_project: defaultdict[str, set[int]] = defaultdict(set)
        self.by_key: dict[str, int] = {}

    def tell(self, ticket_id: int, ticket: Ticket | None, *, now: float) -> None:
        """Note a change (None: deleted) that becomes searchable after this document's own lag."""
        self._order += 1
        due = now + self._draw.uniform(*self.lag)
        heapq.heappush(self._due, (due, self._order, ticket_id, ticket))

    def catch_up(self, now: float) -> None:
        """Take in everything that is due."""
        while self._due and self._due[0][0] <= now:
            _, order, ticket_id, ticket = heapq.heappop(self._due)
            self._take(ticket_id, ticket, order)

    def reconcile(self, tickets: Iterable[tuple[int, Ticket | None]]) -> None:
        """Take in these tickets at once, as Cloud does for `reconcileIssues`."""
        for ticket_id, ticket in tickets:
            self._order += 1
            self._take(ticket_id, ticket, self._order)

    @property
    def waiting(self) -> int:
        """How many changes have not arrived yet."""
        return len(self._due)

    def _take(self, ticket_id: int, ticket: Ticket | None, order: int) -> None:
        # A change that overtook an older one must not be undone when the older one arrives.
        if order < self._heard.get(ticket_id, 0):
            return
        self._heard[ticket_id] = order
        self._forget(ticket_id)
        if ticket is None:
            return
        self.documents[ticket_id] = ticket
        self.by_project[ticket.project].add(ticket_id)
        self.by_key[ticket.key] = ticket_id
        for label in ticket.labels:
            self.by_label[label.casefold()].add(ticket_id)

    def _forget(self, ticket_id: int) -> None:
        old = self.documents.pop(ticket_id, None)
        if old is None:
            return
        self.by_project[old.project].discard(ticket_id)
        self.by_key.pop(old.key, None)
        for label in old.labels:
            self.by_label[label.casefold()].discard(ticket_id)
