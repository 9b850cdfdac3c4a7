"""Lint: what in CODEOWNERS or the team map does not say what somebody thinks it says."""

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong; the word of the alarm, the JSON and the page."""

    UNREADABLE = "unreadable"  # the file could not be had
    INVALID_LINE = "invalid_line"
    NO_ROUTE = "no_route"  # an owner whom no team's route serves
    SHADOWED = "shadowed"  # whatever it matches, a later line claims: proven from the patterns
    NEVER_DECIDES = "never_decides"  # each file there is that it matches, a later line claims
    NO_FILE = "no_file"  # it matches no file
    VANISHED = "vanished"  # the path that it begins with is not there
    UNUSED_TEAM = "unused_team"  # a team of the settings that no CODEOWNERS and no entry names
    NO_PLACE = "no_place"  # the tracker lacks what a route names, or it cannot be asked


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One flaw: `place` is file:line (or file:line:column of the settings), `text` what stands there."""

    flaw: Flaw
    place: str
    text: str
    message: str
    cure: str

    def __str__(self) -> str:
        """As an editor's problem matcher reads it."""
        return f"{self.place}: {self.text}: {self.message}; {self.cure}"


@dataclass(frozen=True, slots=True)
class LintedFile:
    """One CODEOWNERS and what is wrong in it. `origin` names the commit; `files` how many it was held against."""

    name: str
    origin: str
    stale: bool
    rules: int
    owners: int
    findings: tuple[LintFinding, ...]
    files: int | None = None  # None = against no file list
