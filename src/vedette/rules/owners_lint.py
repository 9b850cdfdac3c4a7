"""Owners lint: what CODEOWNERS and the team map say that cannot be meant; pure, over files that were read.

Law: each finding names its place and the cure; owners and lines are told once each, however often they stand.
"""

from collections.abc import Collection, Mapping, Sequence

from vedette.model.lint import Flaw, LintedFile, LintFinding
from vedette.model.owners import Team
from vedette.rules.codeowners import Codeowners, Problem, Rule
from vedette.rules.codeowners.gitlab import Section
from vedette.rules.codeowners.reach import Reach, Shadow, reach
from vedette.rules.routing import OwnersFile


def lint_file(file: OwnersFile, *, teams: Mapping[str, Team] | None, files: Sequence[str] | None = None) -> LintedFile:
    """Every flaw of one CODEOWNERS, by line. `teams` None = there are no settings; `files` None = no list of files."""
    owners = _owners(file.owners)
    found = [_invalid(file.name, problem) for problem in file.owners.problems]
    if teams is not None:
        found += _without_route(file.name, owners, teams)
    for section in file.owners.sections:
        found += _of_section(file, section, files)
    return LintedFile(
        file.name,
        file.origin or file.name,
        file.stale,
        len(file.owners.rules),
        len(owners),
        tuple(sorted(found, key=lambda each: (_line(each.place), each.flaw))),
        None if files is None else len(files),
    )


def unused_teams(
    files: Sequence[OwnersFile], *, teams: Collection[str], entities: Collection[str], where: Mapping[str, str]
) -> list[LintFinding]:
    """Teams of the settings that neither a CODEOWNERS nor an entry names; `where`: their places in the settings."""
    named = {owner for file in files for owner in _owners(file.owners)} | set(entities)
    unfolded = {owner.casefold(): owner for owner in sorted(named)}
    found = []
    for team in sorted(set(teams) - named):
        near = unfolded.get(team.casefold())
        cure = f"CODEOWNERS writes {near}: write it the same" if near else "correct the name, or take it out"
        place = where.get(f"teams.{team}", "teams")
        found.append(LintFinding(Flaw.UNUSED_TEAM, place, team, "no CODEOWNERS and no entry names this team", cure))
    return found


def _owners(owners: Codeowners) -> dict[str, list[int]]:
    """Each owner with the lines that name it."""
    found: dict[str, list[int]] = {}
    for rule in owners.rules:
        for owner in rule.owners:
            found.setdefault(owner, []).append(rule.line)
    return found


def _without_route(name: str, owners: Mapping[str, list[int]], teams: Mapping[str, Team]) -> list[LintFinding]:
    folded = {team.casefold(): team for team in teams}
    found = []
    for owner, lines in owners.items():
        team = teams.get(owner)
        if team is not None and team.route is not None:
            continue
        more = f" (and on {len(lines) - 1} more lines)" if len(lines) > 1 else ""
        near = folded.get(owner.casefold())
        if team is not None:
            message, cure = "is a team without a route", "give it a route under teams:"
        elif near:
            message, cure = "is no team of the settings", f"teams: writes {near}; write it the same"
        else:
            message, cure = "is no team of the settings", f'add it under teams: with a route ("{owner}": {{route: …}})'
        found.append(LintFinding(Flaw.NO_ROUTE, f"{name}:{lines[0]}", owner, f"{message}{more}", cure))
    return found


def _of_section(file: OwnersFile, section: Section, files: Sequence[str] | None) -> list[LintFinding]:
    named = f" of section [{section.rules[0].section}]" if section.rules and section.rules[0].section else ""
    found = reach(section, dialect=file.owners.dialect, files=files)
    gone = Section(section.exclusions, section.excluded, (), section.excluded)
    excluded = reach(gone, dialect=file.owners.dialect, files=files) if section.exclusions else Reach()
    return [
        *(_shadowed(file.name, each, named) for each in (*found.shadowed, *excluded.shadowed)),
        *(_never(file.name, each, named) for each in (*found.never_decides, *excluded.never_decides)),
        *(_no_file(file.name, each) for each in (*found.no_file, *excluded.no_file)),
        *(_vanished(file.name, rule, root) for rule, root in (*found.vanished, *excluded.vanished)),
    ]


def _invalid(name: str, problem: Problem) -> LintFinding:
    outcome = "the line is skipped" if problem.skipped else "a part of the line does not count"
    return LintFinding(Flaw.INVALID_LINE, f"{name}:{problem.line}", problem.text, outcome, problem.cure)


def _shadowed(name: str, shadow: Shadow, section: str) -> LintFinding:
    message = f"never decides: line {shadow.by.line}{section} ({shadow.by.pattern}) claims all of it"
    cure = f"delete the line, or move it below line {shadow.by.line}"
    return LintFinding(Flaw.SHADOWED, f"{name}:{shadow.rule.line}", shadow.rule.pattern, message, cure)


def _never(name: str, shadow: Shadow, section: str) -> LintFinding:
    message = (
        f"decides for no file: later lines{section} claim each that it matches, "
        f"as line {shadow.by.line} ({shadow.by.pattern}) does {shadow.path}"
    )
    cure = f"delete the line, or move it below line {shadow.by.line}"
    return LintFinding(Flaw.NEVER_DECIDES, f"{name}:{shadow.rule.line}", shadow.rule.pattern, message, cure)


def _no_file(name: str, rule: Rule) -> LintFinding:
    return LintFinding(
        Flaw.NO_FILE, f"{name}:{rule.line}", rule.pattern, "matches no file", "correct the pattern, or delete the line"
    )


def _vanished(name: str, rule: Rule, root: str) -> LintFinding:
    told = f"names a path that is not there; {root}/ is" if root else "names a path that is not there, nor its folder"
    return LintFinding(
        Flaw.VANISHED, f"{name}:{rule.line}", rule.pattern, told, "write where it has moved to, or delete the line"
    )


def _line(place: str) -> int:
    last = place.rpartition(":")[2]
    return int(last) if last.isdigit() else 0
