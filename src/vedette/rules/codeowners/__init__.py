"""CODEOWNERS: who owns a path, and which line says so.

A path has one of three answers: a `Match` with owners (owned), a `Match` without (explicitly unowned) and None
(unmatched). Paths are relative to the repository, with `/`, and compared with their case, as GitHub does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vedette.rules.codeowners.github import read_github
from vedette.rules.codeowners.gitlab import Section, is_heading, read_gitlab
from vedette.rules.codeowners.index import Index
from vedette.rules.codeowners.rule import Dialect, Match, Problem, Reason, Rule

__all__ = ["Codeowners", "Dialect", "Match", "Problem", "Reason", "Rule", "detect", "parse"]


@dataclass(frozen=True, slots=True, eq=False)
class Codeowners:
    """A file that was read: its rules in order, what in it does not count, and the answer for any path.

    Safe to share between threads; what it remembers of directories is bounded.
    """

    dialect: Dialect
    rules: Sequence[Rule]
    problems: tuple[Problem, ...]
    sections: tuple[Section, ...] = field(repr=False)
    _whole: Index | None = field(default=None, repr=False)  # the only index of a file without sections
    _answers: dict[int, Match] = field(default_factory=dict, init=False, repr=False)  # at most one a rule

    def match(self, path: str) -> Match | None:
        """Who owns a path; None when no rule matches it. A path longer than PATH_MAX matches nothing."""
        if self._whole is not None:
            rank = self._whole.best(path)
            return None if rank < 0 else self._answers.get(rank) or self._answer(rank)
        decided = tuple(rule for section in self.sections if (rule := section.rule(path)) is not None)
        return _joined(decided) if decided else None

    def _answer(self, rank: int) -> Match:
        rule = self.rules[rank]
        return self._answers.setdefault(rank, Match(rule.owners, rule.pattern, rule.line, rule.section, (rule,)))


def parse(text: str, *, dialect: Dialect | str = Dialect.GITHUB) -> Codeowners:
    """Read the text of a CODEOWNERS file; what is wrong in it becomes `problems`, never an exception.

    A byte order mark and every kind of line end are tolerated. Raises ValueError for a dialect that is none.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    asked = Dialect(dialect)
    match detect(text) if asked is Dialect.AUTO else asked:
        case Dialect.GITLAB:
            sections, problems = read_gitlab(lines)
            rules = sorted((rule for one in sections for rule in (*one.rules, *one.exclusions)), key=lambda r: r.line)
            return Codeowners(Dialect.GITLAB, tuple(rules), tuple(problems), tuple(sections))
        case _:
            in_order, index, problems = read_github(lines)
            whole = Section(in_order, index, (), Index())
            return Codeowners(Dialect.GITHUB, whole.rules, tuple(problems), (whole,), index)


def detect(text: str) -> Dialect:
    """GITLAB when a line is the heading of a section, else GITHUB; GitHub has no valid line that begins with `[`."""
    return Dialect.GITLAB if any(map(is_heading, text.removeprefix("\ufeff").splitlines())) else Dialect.GITHUB


def _joined(rules: tuple[Rule, ...]) -> Match:
    """One answer from the rules of several sections: all owners in order, and the first rule that gives one."""
    owners = tuple(dict.fromkeys(owner for rule in rules for owner in rule.owners))
    told = next((rule for rule in rules if rule.owners), rules[0])
    return Match(owners, told.pattern, told.line, told.section, rules)
