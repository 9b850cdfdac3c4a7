"""Owners lint: what is wrong in CODEOWNERS and the team map, looked at when they are refreshed; new flaws are alarms.

Law: one cause per file and kind of flaw, however many lines have it; it ends when the last of them is mended.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from vedette.flows.context import Context, log
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.lint import Flaw, LintedFile, LintFinding
from vedette.rules.owners_lint import lint_file, unused_teams
from vedette.store import alarms, journal, refs
from vedette.store.database import Tx

LINT = "owners_lint"
_TEXT = "lint:owners"
_SETTINGS = "settings"
_NAMED = 3  # places in a sentence
_SHOWN = 500  # findings of a file that are kept for the page; the command has them all
_SEVERITY = {Flaw.UNREADABLE: Severity.ERROR, Flaw.INVALID_LINE: Severity.WARNING, Flaw.NO_ROUTE: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Looked:
    """What the last look found; `counts` per file (or "settings") and flaw, `files` with their first findings."""

    at: datetime
    files: tuple[LintedFile, ...]
    settings: tuple[LintFinding, ...]
    counts: Mapping[str, Mapping[str, int]]


def lint_owners(context: Context) -> Looked:
    """Look at every CODEOWNERS that can be had and at the team map; keep what was found, alarm about what is new."""
    looked = _look(context)
    kept = msgspec.json.encode(_short(looked)).decode()
    context.store.write(lambda tx: _record(tx, looked, kept, now=context.clock()))
    return looked


def last_look(tx: Tx) -> Looked | None:
    """What the last look found; None before the first."""
    found = refs.get(tx, _TEXT)
    return None if found is None else msgspec.json.decode(found.body, type=Looked)


def _look(context: Context) -> Looked:
    settings, now = context.settings, context.clock()
    files = context.owners.files(now=now)
    linted = [lint_file(file, teams=settings.teams) for file in files]
    read = {file.name for file in files}
    missing = [source.name for source in settings.codeowners if source.name not in read]
    unread = [_unread(name) for name in missing]
    entities = {entity.team for entity in settings.entities}
    # As long as one file is not there, nobody can say that a team is named nowhere.
    teams = settings.teams if files and not missing else {}
    unused = unused_teams(files, teams=teams, entities=entities, where=settings.where)
    others = tuple(unread + unused)
    counts = {each.name: _counted(each.findings) for each in linted} | {_SETTINGS: _counted(others)}
    return Looked(now, tuple(linted), others, counts)


def _unread(name: str) -> LintFinding:
    cure = "the log says why (codeowners_stale); correct its address or token"
    return LintFinding(Flaw.UNREADABLE, f"{name}:0", name, "this CODEOWNERS could never be read", cure)


def _counted(findings: Sequence[LintFinding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.flaw.value] = counts.get(each.flaw.value, 0) + 1
    return counts


def _short(looked: Looked) -> Looked:
    files = tuple(
        LintedFile(each.name, each.origin, each.stale, each.rules, each.owners, each.findings[:_SHOWN])
        for each in looked.files
    )
    return Looked(looked.at, files, looked.settings[:_SHOWN], looked.counts)


def _record(tx: Tx, looked: Looked, kept: str, *, now: datetime) -> None:
    refs.put(tx, _TEXT, body=kept, revision="", now=now)
    causes = {cause.key: (cause, count) for cause, count in _causes(looked)}
    stood = {each.cause.key: each for each in alarms.standing(tx, kinds=[CauseKind.OWNERS_LINT])}
    for key, (cause, count) in causes.items():
        alarms.raise_(tx, cause, now=now, count=count)
        if key not in stood or count > stood[key].count:
            journal.write(tx, NewEntry(EntryKind.ALARM, LINT, cause.title, details=dict(cause.facts)), now=now)
            log.warning(LINT, **cause.facts)
    for key in stood.keys() - causes.keys():
        alarms.clear(tx, key, now=now)


def _causes(looked: Looked) -> Iterator[tuple[Cause, int]]:
    groups = [(each.name, each.findings) for each in looked.files] + [(_SETTINGS, looked.settings)]
    for name, findings in groups:
        for flaw in Flaw:
            mine = [each for each in findings if each.flaw is flaw]
            if mine:
                yield _cause(name, flaw, mine), len(mine)


def _cause(name: str, flaw: Flaw, findings: Sequence[LintFinding]) -> Cause:
    named = ", ".join(f"{each.place} {each.text}" for each in findings[:_NAMED])
    more = f" and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
    title = f"CODEOWNERS {name}: {len(findings)} {flaw}: {named}{more}: {findings[0].message}"
    facts = {"file": name, "flaw": flaw.value, "findings": str(len(findings))}
    severity = _SEVERITY.get(flaw, Severity.INFO)
    cure = f"{findings[0].cure}; `vedette owners lint` lists all"
    return Cause(f"owners:{name}:{flaw}", CauseKind.OWNERS_LINT, severity, title, cure, facts=facts, path="/owners")
