"""Workflow: opening and closing an issue, by the words that GitHub has for it.

An issue has no statuses but open and closed; the reason of a closing (completed, not planned, duplicate) is what tells
done from won't-do.
"""

from vedette.errors import Refused
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.reading import COMPLETED, DUPLICATE, NOT_PLANNED, OPEN, address, key_of, status_of
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence

_WORDS = {
    OPEN: OPEN,
    "reopened": OPEN,
    COMPLETED: COMPLETED,
    "closed": COMPLETED,
    "done": COMPLETED,
    NOT_PLANNED: NOT_PLANNED,
    "wont_do": NOT_PLANNED,
    DUPLICATE: DUPLICATE,
}
STATUSES = (OPEN, COMPLETED, NOT_PLANNED, DUPLICATE)


def meant(status: str) -> str:
    """The status that a word means, in any spelling; "" where none."""
    return _WORDS.get(status.casefold().strip().replace("'", "").replace(" ", "_").replace("-", "_"), "")


class Workflow:
    """Openings and closings of one GitHub."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    def move(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Bring an issue to a status; being there already is success."""
        wanted = meant(status)
        if not wanted:
            told = f"{ref.key}: GitHub Issues has no status {status!r}: choose one of {', '.join(STATUSES)}"
            raise Refused(told, status=400)
        return self._bring(self.issue(ref), wanted, fence=fence)

    def reopen(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Open an issue again; there is one open status, whatever was asked for."""
        del status
        return self._bring(self.issue(ref), OPEN, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Close an issue that is not closed yet; its status."""
        issue = self.issue(ref)
        present = status_of(issue)
        return present if present != OPEN else self._bring(issue, COMPLETED, fence=fence)

    def issue(self, ref: TicketRef) -> Json:
        """The issue where it is now; raises `Refused` where it is not there."""
        issue = self._client.issue(*address(ref.key))
        if issue is None:
            raise Refused(f"{ref.key} is not there, or not for this account", status=404)
        return issue

    def _bring(self, issue: Json, wanted: str, *, fence: Fence) -> str:
        if status_of(issue) == wanted:
            return wanted
        if wanted != OPEN and status_of(issue) != OPEN:
            # GitHub ignores the reason unless the state changes.
            self._client.edit(*address(key_of(issue)), {"state": "open"}, fence=fence)
        body = {"state": "open"} if wanted == OPEN else {"state": "closed", "state_reason": wanted}
        self._client.edit(*address(key_of(issue)), body, fence=fence)
        return wanted
