"""GitLab's CODEOWNERS: sections that each match by themselves, default owners, exclusions, and shell globs.

Source: https://docs.gitlab.com/user/project/codeowners/reference/ and, where it is silent, GitLab's own reader
(ee/lib/gitlab/code_owners, 2025). What differs from GitHub:

- a pattern without a leading slash matches at any depth, whether or not it holds slashes;
- a pattern names files: `docs` is a file called docs, `docs/` is all below a directory, and `docs/**` is `docs/*`;
- `[a-z]` is a range, `\\#` is a hash, and there are no comments at the end of a line;
- `!pattern` takes its files out of the section, wherever in the section it stands;
- a pattern written twice in a section keeps its first place and takes its last owners;
- a malformed owner is left out, the line counts.

How it becomes one outcome: owners of all sections are joined in the order of the sections. Where no section gives an
owner, but one matched with none or excluded the path, the path is explicitly unowned; else it is unmatched.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from vedette.rules.codeowners.index import ANY_DEPTH, Index
from vedette.rules.codeowners.names import Segment, read_segment
from vedette.rules.codeowners.rule import Extent, Problem, Reason, Rule

_HEADING: Final = re.compile(r"\^?\[(?P<name>[^\]]*)\](?:\[\d*\])?(?:\s+(?P<owners>.*))?", re.S)
_BROKEN_HEADING: Final = re.compile(r"\^?\[")
_ENTRY: Final = re.compile(r"((?:\\\s+|\S)+)\s*(.*)", re.S)
_OWNER: Final = re.compile(
    r"@@(?:developer|maintainer|owner)s?|@[\w][\w.-]*(?:/[\w.-]+)*|[^\s@]+@[^\s@]+\w", re.ASCII | re.IGNORECASE
)


@dataclass(slots=True)
class _Entries:
    """A section while it is read; rules by normal form, so that the second of a pair takes the place of the first."""

    name: str
    defaults: tuple[str, ...] = ()
    rules: dict[str, Rule] = field(default_factory=dict)
    exclusions: dict[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A section ready to match: its rules, the index whose ranks are positions in them, and those of its exclusions."""

    rules: Sequence[Rule]
    index: Index
    exclusions: Sequence[Rule]
    excluded: Index

    def rule(self, path: str) -> Rule | None:
        """The rule that decides in this section; an exclusion is a rule without owners."""
        if self.exclusions and (rank := self.excluded.best(path)) >= 0:
            return self.exclusions[rank]
        rank = self.index.best(path)
        return self.rules[rank] if rank >= 0 else None


def is_heading(line: str) -> bool:
    """Whether a line is the heading of a section, which no other dialect has."""
    return _HEADING.fullmatch(line.strip()) is not None


def read_gitlab(lines: list[str]) -> tuple[list[Section], list[Problem]]:
    """Read the lines of a file into sections in order, the nameless one first, and the problems."""
    current = _Entries(name="")
    sections = {"": current}
    problems: list[Problem] = []
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if not line or line[0] == "#":
            continue
        if heading := _HEADING.fullmatch(line):
            current = _open(sections, heading, number, problems)
        elif _BROKEN_HEADING.match(line):
            problems.append(Problem(number, Reason.SECTION, line, skipped=True))
        else:
            _read_entry(current, line, number, problems)
    return [_seal(section) for section in sections.values()], problems


def _open(sections: dict[str, _Entries], heading: re.Match[str], number: int, problems: list[Problem]) -> _Entries:
    """The section of a heading: names are compared without case, and a name seen before goes on with new defaults."""
    name, written = heading["name"], heading["owners"] or ""
    if not name.strip():
        problems.append(Problem(number, Reason.SECTION_NAME, heading[0], skipped=False))
    defaults, strangers = _read_owners(written)
    if strangers:
        problems.append(Problem(number, Reason.SECTION_OWNER, strangers[0], skipped=False))
    section = sections.setdefault(f"[{name.casefold()}]", _Entries(name=name))
    section.defaults = defaults
    return section


def _read_entry(section: _Entries, line: str, number: int, problems: list[Problem]) -> None:
    found = _ENTRY.fullmatch(line)
    pattern, written = (found[1], found[2]) if found else (line, "")
    if pattern[0] == "!":
        section.exclusions[_normal(pattern[1:])] = Rule(number, pattern, (), section.name)
        return
    owners, strangers = _read_owners(written)
    if strangers:
        problems.append(Problem(number, Reason.OWNER, strangers[0], skipped=False))
    if not written:
        owners = section.defaults
        if not owners:
            problems.append(Problem(number, Reason.NO_OWNER, pattern, skipped=False))
    section.rules[_normal(pattern)] = Rule(number, pattern, owners, section.name)


def _read_owners(written: str) -> tuple[tuple[str, ...], list[str]]:
    """The owners among the words, in order and once each, and the words that are none."""
    words = list(dict.fromkeys(written.split()))
    owners = tuple(word for word in words if _OWNER.fullmatch(word))
    return owners, [word for word in words if word not in owners]


def _normal(pattern: str) -> str:
    """The pattern as a glob from the root, as GitLab writes it before it compares two of them."""
    if pattern == "*":
        return "/**/*"
    pattern = re.sub(r"\\\s+", " ", pattern.removeprefix("\\") if pattern.startswith("\\#") else pattern)
    if not pattern.startswith("/"):
        pattern = f"/**/{pattern}"
    return f"{pattern}**/*" if pattern.endswith("/") else pattern


def _seal(section: _Entries) -> Section:
    return Section(
        rules=tuple(section.rules.values()),
        index=_index(tuple(section.rules)),
        exclusions=tuple(section.exclusions.values()),
        excluded=_index(tuple(section.exclusions)),
    )


def read_glob_pattern(pattern: str) -> tuple[str, list[Segment | None], Extent]:
    """A pattern, or an exclusion's, as a literal directory, the segments below it and what it claims."""
    return _read_glob(_normal(pattern.removeprefix("!")))


def _index(globs: Sequence[str]) -> Index:
    index = Index()
    for rank, glob in enumerate(globs):
        index.add(rank, *_read_glob(glob))
    return index


def _read_glob(glob: str) -> tuple[str, list[Segment | None], Extent]:
    """A normal glob as segments. `**` spans directories only before a slash; at the end it is a plain star."""
    names = glob[1:].split("/")
    last = names.pop()
    if last == "*" and names[-1:] == ["**"]:  # dir/**/* is all below dir
        while names[-1:] == ["**"]:
            names.pop()
        return "", _segments(names), Extent.BELOW
    return "", _segments([*names, "*" if last == "**" else last]), Extent.FILE


def _segments(names: Sequence[str]) -> list[Segment | None]:
    return [ANY_DEPTH if name == "**" else read_segment(name, sets=True) for name in names]
