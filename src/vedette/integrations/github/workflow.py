"""Workflow: opening and closing an issue with its reason, and the labels that say where an open one stands."""

from vedette.errors import Refused
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.reading import address, key_of
from vedette.integrations.github.statuses import COMPLETED, OPEN, Statuses, labels_of, state_of
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence


class Workflow:
    """Openings and closings of one GitHub."""

    def __init__(self, client: GitHubClient, statuses: Statuses) -> None:
        self._client = client
        self._statuses = statuses

    def move(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Bring an issue to a status; being there already is success."""
        wanted = self._statuses.meant(status)
        if not wanted:
            raise Refused(
                f"{ref.key}: there is no status {status!r}: choose one of {', '.join(self._statuses.known)}, or name "
                "it among the tracker's `status_labels`",
                status=400,
            )
        return self._bring(self.issue(ref), wanted, fence=fence)

    def reopen(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Open an issue again, in a status of open ones where one was asked for."""
        wanted = self._statuses.label(status) or OPEN
        return self._bring(self.issue(ref), wanted, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Close an issue that is not closed yet; its status."""
        issue = self.issue(ref)
        state = state_of(issue)
        return state if state != OPEN else self._bring(issue, COMPLETED, fence=fence)

    def issue(self, ref: TicketRef) -> Json:
        """The issue where it is now; raises `Refused` where it is not there."""
        issue = self._client.issue(*address(ref.key))
        if issue is None:
            raise Refused(f"{ref.key} is not there, or not for this account", status=404)
        return issue

    def _bring(self, issue: Json, wanted: str, *, fence: Fence) -> str:
        if self._statuses.of(issue) == wanted:
            return wanted
        state, label = state_of(issue), self._statuses.label(wanted)
        place = address(key_of(issue))
        if state != OPEN and not label and wanted != OPEN:
            # GitHub ignores the reason unless the state changes.
            self._client.edit(*place, {"state": "open"}, fence=fence)
        changes: Json = {}
        if label or wanted == OPEN:
            changes |= {"state": "open"} if state != OPEN else {}
            changes |= self._relabelled(issue, label)
        else:
            changes |= {"state": "closed", "state_reason": wanted}
        self._client.edit(*place, changes, fence=fence)
        return wanted

    def _relabelled(self, issue: Json, label: str) -> Json:
        """The labels with this status in place of another; nothing where they are right."""
        present = labels_of(issue)
        others = {each.casefold() for each in self._statuses.labels}
        kept = [each for each in present if each.casefold() not in others]
        wanted = [*kept, label] if label else kept
        return {"labels": wanted} if sorted(wanted) != sorted(present) else {}
