"""`vedette owners lint`: what CODEOWNERS and the team map say that cannot be meant."""

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console

from vedette.cli.options import DEFAULT_CONFIG, standard_input
from vedette.cli.paper import written
from vedette.cli.repository import Repository, files_under, repository
from vedette.errors import VedetteError
from vedette.model.lint import Flaw, LintedFile, LintFinding
from vedette.model.ownership import Finding
from vedette.model.settings import StoreSettings
from vedette.rules.owners_lint import lint_file, unused_teams

Config = Annotated[
    Path | None,
    Parameter(
        name=["--config", "-c"],
        env_var="VEDETTE_CONFIG",
        help="The settings; vedette.yaml unless given, and none are needed with a CODEOWNERS at hand.",
    ),
]
File = Annotated[
    Path | None,
    Parameter(allow_leading_hyphen=True, help="A CODEOWNERS to use instead of the settings' own; - is standard input."),
]
Files = Annotated[
    Path | None,
    Parameter(
        allow_leading_hyphen=True,
        help="The repository's files, one a line, as git ls-files prints; - is standard input.",
    ),
]
Roots = Annotated[
    list[Path] | None, Parameter(name="--root", negative=(), help="Or folders of a checkout; may repeat.")
]
_SHOWN = 200


def lint(
    *,
    files: Files = None,
    root: Roots = None,
    codeowners: File = None,
    project: str = "",
    live: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=(), help="Print every finding as JSON.")] = False,
    config: Config = None,
) -> int:
    """Find owners without a route, lines that do not count or never decide, paths that are gone, and unused teams.

    Exit code 1 where anything is found, one line for each: file:line, what stands there, what is wrong, the cure.

    Parameters
    ----------
    project
        The Sentry project whose CODEOWNERS is asked, where there are several.
    live
        Ask the trackers too whether what the teams' routes name still exists.
    """
    at_hand = repository(codeowners, config, project=project)
    listed = _listed(at_hand, files, root, given=codeowners is not None)
    teams = at_hand.settings.teams if at_hand.settings else None
    linted = [lint_file(file, teams=teams, files=listed) for file in at_hand.files]
    others = [] if codeowners is not None or project else _of_settings(at_hand)
    if live:
        others += _live(config or DEFAULT_CONFIG)
    if json:
        print(msgspec.json.encode({"files": linted, "settings": others}).decode())
    else:
        _print(linted, others)
    return 1 if others or any(each.findings for each in linted) else 0


def _listed(at_hand: Repository, files: Path | None, roots: Sequence[Path] | None, *, given: bool) -> list[str] | None:
    """The repository's files; None where nobody can say whether the folder that we stand in is the repository."""
    if files is not None and roots:
        raise VedetteError("--files and --root say the same: name one")
    if (files is not None or roots) and len(at_hand.files) > 1:
        raise VedetteError("the files are of one repository: choose its CODEOWNERS with --project")
    if files is not None:
        found = _read_list(files)
    elif roots:
        elsewhere = len(roots) == 1 and not _within(roots[0], at_hand.base)
        found = files_under(roots, roots[0].resolve() if elsewhere else at_hand.base)
    elif given or _is_ours(at_hand):
        found = files_under([at_hand.base], at_hand.base)
    else:
        return None
    if not found:
        raise VedetteError(
            "the list of files is empty, so every line would be found wanting; correct --files or --root"
        )
    return found


def _within(path: Path, base: Path) -> bool:
    return path.resolve().is_relative_to(base)


def _is_ours(at_hand: Repository) -> bool:
    """Whether the one CODEOWNERS lies in the repository that we stand in."""
    sources = at_hand.settings.codeowners if at_hand.settings else ()
    if not sources:
        return True
    file = sources[0].file if len(sources) == 1 else None
    return file is not None and str(file) != "-" and _within(file, at_hand.base)


def _read_list(files: Path) -> list[str]:
    text = sys.stdin.read() if str(files) == "-" else files.read_text(encoding="utf-8", errors="surrogateescape")
    names = text.split("\0") if "\0" in text else text.splitlines()
    return [name.removeprefix("./") for name in names if name]


def _of_settings(at_hand: Repository) -> list[LintFinding]:
    settings = at_hand.settings
    if settings is None or not settings.codeowners:
        return []
    entities = {entity.team for entity in settings.entities}
    return unused_teams(at_hand.files, teams=settings.teams, entities=entities, where=settings.where)


def _live(config: Path) -> list[LintFinding]:
    """What the trackers say about the routes, asked with a store of its own and not with that of a running Vedette."""
    from vedette.app import App  # noqa: PLC0415 - only with --live
    from vedette.config.load import load  # noqa: PLC0415

    settings = load(config, environ=os.environ)
    with TemporaryDirectory(prefix="vedette-lint-") as folder:
        aside = replace(settings, store=StoreSettings(url=f"sqlite:///{folder}/lint.db"))
        app = App.build(aside, role="check", standard_input=standard_input(settings))
        try:
            return [_of_tracker(finding) for finding in app.check_routes() if not finding.ok]
        finally:
            app.close()


def _of_tracker(finding: Finding) -> LintFinding:
    place, _, text = finding.subject.partition(": ")
    return LintFinding(Flaw.NO_PLACE, place, text or place, finding.message, finding.cure or "correct the route")


def _print(linted: Sequence[LintedFile], others: Sequence[LintFinding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    findings = [*(finding for each in linted for finding in each.findings), *others]
    for finding in findings[:_SHOWN]:
        told = f"{finding.text}: {finding.message}; {finding.cure}"
        console.print(written((f"{finding.place}: ", "bold"), (f"{finding.flaw} ", "red"), told))
    if len(findings) > _SHOWN:
        console.print(f"and {len(findings) - _SHOWN} more; --json has them all")
    for each in linted:
        held = f"held against {each.files} files" if each.files is not None else "held against no list of files"
        counted = f"{each.rules} rules, {each.owners} owners, {held}"
        console.print(written(f"{each.origin}{' (stale)' if each.stale else ''}: {counted}", style="dim"))
    counts = Counter(str(finding.flaw) for finding in findings)
    told = ", ".join(f"{count} {flaw}" for flaw, count in sorted(counts.items()))
    console.print(written(told or "nothing found", style="red" if findings else "green"))
