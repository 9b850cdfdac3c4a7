"""Look-alikes: accounts that look like a person's by their names; thousands against thousands within a second."""

from collections.abc import Iterable, Iterator, Sequence

from vedette.model.org import Member
from vedette.rules.access.matching import keys_of, resembles

# Whatever resembles has a run of so many letters in common, or is shorter and the same.
_RUN = 4


class Lookalikes:
    """Accounts by the runs of letters in their names, so that only those with one in common are compared."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = list(members)
        self._places: dict[str, set[int]] = {}
        for place, member in enumerate(self._members):
            for text in (member.name, member.username, *keys_of(member)):
                for run in _runs(text):
                    self._places.setdefault(run, set()).add(place)

    def of(self, names: Sequence[str]) -> list[Member]:
        """The accounts that resemble one of the names, in their order."""
        places = set[int]().union(*(self._places.get(run, ()) for name in names for run in _runs(name)))
        return [self._members[place] for place in sorted(places) if resembles(self._members[place], names)]


def _runs(text: str) -> Iterator[str]:
    squashed = "".join(sign for sign in text.partition("@")[0].casefold() if sign.isalnum())
    yield from (squashed[at : at + _RUN] for at in range(max(1, len(squashed) - _RUN + 1)) if squashed)
