"""Words of CODEOWNERS: the rule, the match, the problem and the dialect.

A line that cannot be understood never stops the file: it becomes a `Problem` with its number, its reason and a cure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, overload


class Dialect(StrEnum):
    """Whose semantics a text follows; AUTO takes GitLab's when a section heading is found."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AUTO = "auto"


class Extent(StrEnum):
    """What a pattern claims of the place where it ends."""

    TREE = "tree"  # the file of that name, or all that lies below the directory of that name
    BELOW = "below"  # only what lies below the directory
    FILE = "file"  # only the file itself


class Reason(StrEnum):
    """Why a line, or a part of it, does not count."""

    NEGATION = "negation"
    BRACKETS = "brackets"
    ESCAPED_HASH = "escaped_hash"
    TRIPLE_STAR = "triple_star"
    NOTHING = "matches_nothing"
    EMPTY_SEGMENT = "empty_segment"
    DOT_SEGMENT = "dot_segment"
    DANGLING_ESCAPE = "dangling_escape"
    OWNER = "malformed_owner"
    NO_OWNER = "no_owner"
    SECTION = "malformed_section"
    SECTION_NAME = "section_without_name"
    SECTION_OWNER = "malformed_section_owner"


_CURE: Final[dict[Reason, str]] = {
    Reason.NEGATION: "a pattern cannot be negated; write a later line with this path and no owner",
    Reason.BRACKETS: "character ranges are not supported; use ? or *, or put a \\ before each bracket that is meant",
    Reason.ESCAPED_HASH: "a pattern cannot begin with an escaped #; put / before the # if such a file is meant",
    Reason.TRIPLE_STAR: "three stars mean nothing; write ** for any depth",
    Reason.NOTHING: "/ alone matches nothing; write * for every file",
    Reason.EMPTY_SEGMENT: "two slashes in a row match nothing; write one",
    Reason.DOT_SEGMENT: "paths are relative to the repository and hold no . or .. segment; leave it out",
    Reason.DANGLING_ESCAPE: "the \\ escapes nothing; remove it or write the character it should escape",
    Reason.OWNER: "an owner is @user, @organisation/team or an e-mail address",
    Reason.NO_OWNER: "the section has no default owner either, so these files are explicitly unowned",
    Reason.SECTION: "a section heading is [Name], ^[Name] or [Name][2], then its default owners",
    Reason.SECTION_NAME: "write the name of the section between the brackets",
    Reason.SECTION_OWNER: "a default owner is @user, @group, @@role or an e-mail address",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that counts. No owners = the line clears ownership; `section` is "" outside sections."""

    line: int
    pattern: str
    owners: tuple[str, ...]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Rules(Sequence[Rule]):
    """Rules kept as columns and made when asked for: forty thousand objects would cost more than reading the file."""

    lines: list[int] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    owners: list[tuple[str, ...]] = field(default_factory=list)

    @overload
    def __getitem__(self, at: int) -> Rule: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Rule]: ...
    def __getitem__(self, at: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(at, slice):
            return Rules(self.lines[at], self.patterns[at], self.owners[at])
        return Rule(self.lines[at], self.patterns[at], self.owners[at])

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class Match:
    """The answer for one path: who owns it and which line says so; `owners == ()` means explicitly unowned.

    `pattern`, `line` and `section` are those of the rule that gave the first owner. `rules` holds every rule that
    decided: one with GitHub, one a section with GitLab.
    """

    owners: tuple[str, ...]
    pattern: str
    line: int
    section: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something written that does not count: where, what, why; `skipped` when the whole line is left out."""

    line: int
    reason: Reason
    text: str
    skipped: bool

    @property
    def cure(self) -> str:
        """What to write instead."""
        return _CURE[self.reason]

    @property
    def message(self) -> str:
        """The problem as one sentence with its cure."""
        outcome = "the line is skipped" if self.skipped else "the rest of the line counts"
        return f"line {self.line}: {self.text!r}: {_CURE[self.reason]} ({outcome})"
