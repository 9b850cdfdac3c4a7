"""Statuses: the words for where an issue stands, of which GitHub has few and labels can be more.

An issue is open or closed; the reason of a closing (completed, not planned, duplicate) tells done from won't-do. What
teams call triage or in progress is a label on an open issue: the settings name those labels, and one stands at a time.
"""

from collections.abc import Sequence

from vedette.integrations.github.client import Json

OPEN, COMPLETED, NOT_PLANNED, DUPLICATE = "open", "completed", "not_planned", "duplicate"
GITHUBS = (OPEN, COMPLETED, NOT_PLANNED, DUPLICATE)
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


class Statuses:
    """The statuses of one GitHub; `labels` stand for those of open issues."""

    def __init__(self, labels: Sequence[str] = ()) -> None:
        self.labels = tuple(labels)
        self.known = (*GITHUBS, *self.labels)
        self._labels = {each.casefold(): each for each in labels}

    def meant(self, word: str) -> str:
        """The status that a word means, in any spelling; "" where none."""
        plain = word.casefold().strip()
        spelt = plain.replace("'", "").replace(" ", "_").replace("-", "_")
        return self._labels.get(plain) or _WORDS.get(spelt, "")

    def label(self, word: str) -> str:
        """The label that stands for a status; "" where GitHub has a word of its own."""
        return self._labels.get(word.casefold().strip(), "")

    def of(self, issue: Json) -> str:
        """Where an issue stands: a label of ours where it is open and bears one, else GitHub's word."""
        state = state_of(issue)
        borne = self.borne(issue)
        return borne[0] if state == OPEN and borne else state

    def borne(self, issue: Json) -> list[str]:
        """Labels on an issue that stand for a status, in the order of the settings."""
        present = {each.casefold() for each in labels_of(issue)}
        return [each for each in self.labels if each.casefold() in present]


def state_of(issue: Json) -> str:
    """`open`, or the reason of the closing; an issue closed before GitHub knew reasons was completed."""
    if issue.get("state") != "closed":
        return OPEN
    reason = issue.get("state_reason")
    return str(reason) if reason in (NOT_PLANNED, DUPLICATE) else COMPLETED


def labels_of(issue: Json) -> list[str]:
    """Names of labels, which are objects, or texts in older answers."""
    found = issue.get("labels") or ()
    return [str(each.get("name")) if isinstance(each, dict) else str(each) for each in found]
