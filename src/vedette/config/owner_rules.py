"""Owner rules: what Sentry's own ownership rules of a project ask of its teams.

Sentry refuses a whole text for one owner that it does not know, and a team is known where it has the project. These are
doubts and no faults: a text that Sentry took long ago may name a team that lost the project since.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vedette.config.checks import Fault
from vedette.config.nearest import nearest
from vedette.config.tree import Loc

# A matcher, in quotes where it holds blanks, and its owners: src/sentry/ownership/grammar.py of Sentry.
_RULE = re.compile(r'\s*(?:[\w.-]+:)?(?:"(?:[^"\\]|\\.)*"|\S+)(?P<owners>.*)')


def rule_doubts(loc: Loc, project: Mapping[str, Any], *, teams: tuple[str, ...]) -> Iterator[Fault]:
    """Owners that Sentry would refuse: teams that have not got the project, and what is neither a team nor an address.

    `loc` and `teams` are the project's.
    """
    for way, number, owner in _owners(project):
        if owner.startswith("#") and owner[1:] not in teams:
            message = (
                f"line {number} of the rules names {owner}, which is no team of the project: Sentry refuses such rules"
            )
            meant = nearest(owner[1:], teams)
            cure = f"did you mean #{meant}?" if meant else f"add {owner[1:]} to its teams, or correct the rule"
            yield Fault((*loc, *way), message, cure)
        elif not owner.startswith("#") and "@" not in owner:
            message = f"line {number} of the rules has {owner} as an owner, which Sentry probably refuses"
            yield Fault((*loc, *way), message, "write #team or an e-mail address")


def _owners(project: Mapping[str, Any]) -> Iterator[tuple[Loc, int, str]]:
    """Every owner, with the line of the text and the way to the text."""
    ownership = project.get("ownership")
    way: Loc = ("ownership", "rules") if isinstance(ownership, Mapping) else ("ownership",)
    text = ownership.get("rules") if isinstance(ownership, Mapping) else ownership
    for number, line in enumerate(text.splitlines() if isinstance(text, str) else (), start=1):
        found = None if line.lstrip().startswith("#") else _RULE.fullmatch(line)
        for owner in found["owners"].split() if found else ():
            yield way, number, owner
