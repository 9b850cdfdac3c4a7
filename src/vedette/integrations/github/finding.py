"""Finding: tickets of ours wherever they are, from lists of what our account made; a search would lag."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from vedette.errors import Refused
from vedette.integrations.github.client import MOST_AT_ONCE, GitHubClient, Json
from vedette.integrations.github.drafting import OUR_LABEL
from vedette.integrations.github.marker import read_ticket
from vedette.integrations.github.reading import Reader, address, body_of, carries, is_issue, key_of, names_link, unique
from vedette.model.tickets import Ticket, TicketRef, TicketState

# Looking through more than the newest thousand, per repository or in all, would cost more than it finds.
_MOST_SEARCHED = 1_000
# A list of a hundred costs one call, as does each single read.
_WORTH_A_LIST = 3


class Finder:
    """Searches, sweeps and reads of one GitHub."""

    def __init__(self, client: GitHubClient, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """Tickets with the stamp; without one, those that lost theirs and name the link."""
        found = unique(self._ours(most=_MOST_SEARCHED, sort="created", direction="desc"))
        stamped = [each for each in found if carries(each, stamp)]
        chosen = stamped or [each for each in found if names_link(each, link)]
        return self._reader.distinct(chosen, as_of=datetime.now(UTC))

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Tickets of ours that changed since then, oldest first."""
        now = datetime.now(UTC)
        found = self._ours(sort="updated", direction="asc", since=_written(since))
        yield from self._reader.distinct(found, as_of=now)

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> dict[str, Ticket]:
        """Those of the tickets that are listed as updated since then.

        One that is listed under another address was transferred, or copied: only reading it under its own tells.
        """
        as_of, by_key, by_id = datetime.now(UTC), {ref.key: ref for ref in refs}, {ref.id: ref for ref in refs}
        repositories = {address(ref.key)[0] for ref in refs}
        found: dict[str, Ticket] = {}
        elsewhere: dict[str, TicketRef] = {}
        for issue in self._updated(repositories, since=since):
            ref = by_key.get(key_of(issue))
            if ref is not None:
                found[ref.id] = self._reader.ticket(issue, as_of=as_of, ticket_id=ref.id)
            elif (marked := read_ticket(body_of(issue))[1]) in by_id:
                elsewhere[marked] = by_id[marked]
        return found | self.read([ref for ticket_id, ref in elsewhere.items() if ticket_id not in found])

    def _updated(self, repositories: Collection[str], *, since: datetime) -> Iterator[Json]:
        """What our account made and was touched since then: one list for a token, one per repository for an App."""
        query = {"state": "all", "sort": "updated", "direction": "asc", "since": _written(since)}
        if not self._client.is_app:
            yield from filter(is_issue, self._client.created(**query))
            return
        for repository in sorted(repositories):
            yield from filter(is_issue, self._client.issues(repository, creator=self._client.login(), **query))

    def _ours(self, *, most: int | None = None, **query: str) -> Iterator[Json]:
        for issues in self._lists({"state": "all", **query}):
            yield from filter(is_issue, islice(issues, most))

    def _lists(self, query: dict[str, str]) -> Iterator[Iterator[Json]]:
        """What our account made: one list for a token, one per repository for an App."""
        if not self._client.is_app:
            yield self._client.created(**query)
            return
        for repository in self._client.installed():
            if repository.get("has_issues") is not False:
                yield self._client.issues(str(repository["full_name"]), creator=self._client.login(), **query)

    def read(self, refs: Sequence[TicketRef]) -> dict[str, Ticket]:
        """Tickets by id: from lists where many are of one repository, the rest one by one."""
        as_of = datetime.now(UTC)
        places: dict[str, dict[str, TicketRef]] = {}
        for ref in refs:
            places.setdefault(address(ref.key)[0], {})[ref.key] = ref
        found: dict[str, Ticket] = {}
        for repository, wanted in places.items():
            listed = self._from_list(repository, wanted) if len(wanted) > _WORTH_A_LIST else {}
            for key, ref in wanted.items():
                issue = listed.get(key)
                found[ref.id] = (
                    self._reader.ticket(issue, as_of=as_of, ticket_id=ref.id) if issue else self._one(ref, as_of=as_of)
                )
        return found

    def _from_list(self, repository: str, wanted: dict[str, TicketRef]) -> dict[str, Json]:
        """Those of the wanted issues that a few pages of the repository's list hold, newest first."""
        login = self._client.login()
        ours = {"creator": login} if login else {"labels": OUR_LABEL}
        # Past that many pages single reads are cheaper.
        most = MOST_AT_ONCE * (1 + len(wanted) // 50)
        listed = self._client.issues(repository, state="all", sort="created", direction="desc", **ours)
        found: dict[str, Json] = {}
        for issue in islice(listed, most):
            if key_of(issue) in wanted:
                found[key_of(issue)] = issue
            if len(found) == len(wanted):
                break
        return found

    def _one(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        repository, number = address(ref.key)
        issue = self._client.issue(repository, number)
        if issue is not None:
            return self._reader.ticket(issue, as_of=as_of, ticket_id=ref.id)
        kept = self._client.repository(repository)
        if kept is None or kept.get("has_issues") is False:
            raise Refused(
                f"{self._client.name}: {ref.key} cannot be read and is not known to be deleted, since the issues of "
                f"{repository} cannot be seen: give the bot access to the repository, and switch its issues on",
                status=403,
            )
        return Ticket(ref=ref, as_of=as_of, state=TicketState.GONE)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
