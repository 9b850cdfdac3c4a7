"""Freshness: what a list of issues tells of a few of them, a hundred a call; calls, and no decisions.

9.1.2 and GlitchTip have no list by id: there each issue is a call, and those past the first hundred are left out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from vedette.integrations.sentry import dates
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.directory import Directory
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.occurrences import title_of
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.untrusted import issue_id, items, mapping, text
from vedette.model.issues import IssueKey
from vedette.model.metrics import Fresh

_A_CALL = 100
_SINGLE_CALLS = 100


@dataclass(slots=True)
class Freshness:
    """Asks one server; `found` is one issue's details, or None where it is gone."""

    reader: Reader
    addresses: Addresses
    directory: Directory
    found: Callable[[str], Any | None]

    def fresh(self, keys: Sequence[IssueKey]) -> Sequence[Fresh]:
        """What is known of them now, whatever their status; those that are gone, or merged away, are left out."""
        wanted = {key.id: key for key in keys if issue_id(key.id)}
        bodies = self._lists(list(wanted)) if self.addresses.has_windows else self._singles(list(wanted))
        told = {issue_id(mapping(body).get("id")): body for body in bodies}
        return [fresh(key, told[number]) for number, key in wanted.items() if number in told]

    def _lists(self, numbers: list[str]) -> Iterator[Any]:
        for at in range(0, len(numbers), _A_CALL):
            ask = partial(self._list, f"issue.id:[{', '.join(numbers[at : at + _A_CALL])}]")
            for rows in self.directory.over((), ask, pace=self.reader.pace):
                yield from rows

    def _list(self, query: str, projects: list[str]) -> Iterable[Any]:
        asked: Params = {"query": query, "project": projects, "limit": _A_CALL}
        return items(self.reader.read(self.addresses.issues, asked)[0])

    def _singles(self, numbers: list[str]) -> Iterator[Any]:
        for number in numbers[:_SINGLE_CALLS]:
            self.reader.pace()
            body = self.found(self.addresses.issue(number))
            if body is not None:
                yield body


def fresh(key: IssueKey, said: Any) -> Fresh:
    """One issue as a list or its details tell it."""
    body = mapping(said)
    life = mapping(body.get("lifetime"))
    return Fresh(
        key,
        short_id=text(body.get("shortId")),
        title=title_of(body),
        project=text(mapping(body.get("project")).get("slug")),
        permalink=text(body.get("permalink")),
        # The list's own date speaks of the window only.
        first_seen=dates.parse(life.get("firstSeen")) or dates.parse(body.get("firstSeen")),
        substatus=text(body.get("substatus")),
    )
