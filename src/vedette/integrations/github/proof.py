"""Proof: whether an attempt whose answer was lost left a ticket, from lists and single reads, never from the search.

First our own issues, newest first, back past the attempt. Where none is ours, the numbers that nobody's issue bears are
asked for one by one: an issue that was transferred away left its list, and its number redirects.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused, Unavailable
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.reading import (
    Reader,
    address,
    author_of,
    carries,
    is_issue,
    moment,
    names_link,
    unique,
)
from vedette.model.tickets import TicketDraft, TicketRef
from vedette.ports.roles import Absent, Found

# Between this machine's clock and GitHub's. Only issues that carry the stamp are weighed, so it may be generous.
CLOCK_SLACK = timedelta(minutes=5)
# Numbers past the newest that any list shows: our issue may have been the newest, and be transferred.
_BEYOND = 3
# Discussions share the numbers and answer as issues that are not there; more would take a look longer than its lease.
MOST_READ = 60


class Proof:
    """Watermarks and looks of one GitHub."""

    def __init__(self, client: GitHubClient, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def watermark(self, repository: str, *, known: Sequence[TicketRef]) -> str:
        """The newest number of the repository, as `owner/repository#number`; numbers count issues and pull requests."""
        newest = next(self._newest(repository), None)
        ours = [number for place, number in map(_address, known) if place.casefold() == repository.casefold()]
        return f"{repository}#{max([int((newest or {}).get('number') or 0), *ours])}"

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Every issue after the watermark that is the draft's, oldest first; raises where silence proves nothing."""
        repository, number = address(watermark)
        since, as_of = attempted_at - CLOCK_SLACK, datetime.now(UTC)
        try:
            ours = self._listed(draft, repository, number, since)
            witness = f"listed our issues of {repository} back to {since:%H:%M:%S} UTC"
            if not ours:
                unlisted = self._unlisted(repository, number)
                found = self._read(repository, unlisted[:MOST_READ])
                ours = [each for each in found if carries(each, draft.stamp) and self._is_ours(each)]
                if not ours and len(unlisted) > MOST_READ:
                    raise self._unread(repository, unlisted)
                witness += f" and read the {len(unlisted)} numbers after {number} that no list shows"
        except Refused as refusal:
            raise self._blind(repository, refusal) from None
        if ours:
            return Found(tickets=self._reader.distinct(ours, as_of=as_of), witness=witness)
        return Absent(witness=witness)

    def _blind(self, repository: str, refusal: Refused) -> Exception:
        if refusal.status not in (404, 410):
            return refusal
        return Unavailable(
            f"{self._client.name}: the issues of {repository} cannot be seen, so that absence cannot be proven: give "
            "the bot access to the repository, and switch its issues on"
        )

    def _newest(self, repository: str, **query: str) -> Iterator[Json]:
        return self._client.issues(repository, state="all", sort="created", direction="desc", **query)

    def _listed(self, draft: TicketDraft, repository: str, number: int, since: datetime) -> list[Json]:
        login = self._client.login()
        found = []
        for issue in self._newest(repository, **({"creator": login} if login else {})):
            if _is_older(issue, number, since):
                break
            new = int(issue.get("number") or 0) > number
            if is_issue(issue) and (carries(issue, draft.stamp) or (new and names_link(issue, draft.link))):
                found.append(issue)
        return found

    def _unlisted(self, repository: str, number: int) -> list[int]:
        """Numbers after the watermark that the list of everybody's issues does not show, in order."""
        seen = set()
        for issue in self._newest(repository):
            if int(issue.get("number") or 0) <= number:
                break
            seen.add(int(issue["number"]))
        return sorted(set(range(number + 1, max(seen, default=number) + 1 + _BEYOND)) - seen)

    def _read(self, repository: str, numbers: Sequence[int]) -> list[Json]:
        found = (self._client.issue(repository, each) for each in numbers)
        return unique(each for each in found if each is not None)

    def _unread(self, repository: str, unlisted: Sequence[int]) -> Exception:
        return Unavailable(
            f"{self._client.name}: no list of {repository} shows {len(unlisted)} numbers from {unlisted[0]} to "
            f"{unlisted[-1]}, and only {MOST_READ} were read, so that absence cannot be proven and no second ticket is "
            "cut: find out by hand whether the ticket was made there and transferred away"
        )

    def _is_ours(self, issue: Json) -> bool:
        login = self._client.login()
        return not login or author_of(issue) == login


def _is_older(issue: Json, number: int, since: datetime) -> bool:
    """Whether an issue, and so each after it in the list, was there before the attempt.

    An issue that was transferred here is listed by its old date under a new number, so that both must be older.
    """
    created = moment(issue.get("created_at"))
    return int(issue.get("number") or 0) <= number and created is not None and created < since


def _address(ref: TicketRef) -> tuple[str, int]:
    try:
        return address(ref.key)
    except Refused:
        return "", 0
