"""Directory: which projects a question means, by the numbers that every server takes; remembered for minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from vedette.errors import Refused
from vedette.integrations.sentry.sweeps import PROJECTS_A_CALL, Sweeper, chosen
from vedette.ports.clock import elapsed

_KEPT = 600.0  # seconds
_LOOKED_AGAIN = 60.0
_LOOKED_FOR_ANEW = 3600.0
ALL = "-1"
#: How a server without sweeps over projects says so of lists, and of counts.
_ONE_ONLY = ("multi project stream", "events from multiple projects")

Answered = TypeVar("Answered")


@dataclass(slots=True)
class Directory:
    """The projects of one server; safe for threads, since what is kept is only ever replaced as a whole."""

    sweeper: Sweeper
    #: Sets of environments that the server does not all know, and so refuses as an argument.
    spelled: set[tuple[str, ...]] = field(default_factory=set)
    _lacks: dict[str, float] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _read_at: float = float("-inf")

    def ids(self, projects: Sequence[str], pace: Callable[[], None]) -> dict[str, str]:
        """Slug to number of those named, or of all; `Refused` where none of those named is there."""
        age = elapsed() - self._read_at
        unknown = any(slug not in self._ids for slug in projects)
        if age > _KEPT or (unknown and age > _LOOKED_AGAIN):
            pace()
            self._ids = self.sweeper.project_ids()
            self._read_at = elapsed()
        return chosen(self._ids, projects, self.sweeper.talker.name, cure="correct the filter's projects")

    def lacks(self, address: str) -> bool:
        """Whether the server was found not to have the address; it may be another one in an hour."""
        return elapsed() - self._lacks.get(address, float("-inf")) < _LOOKED_FOR_ANEW

    def note_lack(self, address: str) -> None:
        """The server does not have the address."""
        self._lacks[address] = elapsed()

    def over(
        self, projects: Sequence[str], ask: Callable[[list[str]], Answered], *, pace: Callable[[], None]
    ) -> list[Answered]:
        """Ask of groups of projects, or of one after the other once the server has said that it takes no more."""
        if not self.sweeper.one_by_one:
            try:
                return [ask(group) for group in self.groups(projects, pace)]
            except Refused as refused:
                if not any(words in str(refused) for words in _ONE_ONLY):
                    raise
                self.sweeper.one_by_one = True
        return [ask([number]) for number in self.ids(projects, pace).values()]

    def groups(self, projects: Sequence[str], pace: Callable[[], None]) -> list[list[str]]:
        """The numbers of those named, as many together as one address holds."""
        if not projects:
            return [[ALL]]
        ids = list(self.ids(projects, pace).values())
        return [ids[at : at + PROJECTS_A_CALL] for at in range(0, len(ids), PROJECTS_A_CALL)]
