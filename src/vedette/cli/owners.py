"""`vedette owners`: who owns a path or an error, where code has no owner, and how much of it has one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG
from vedette.cli.paper import written
from vedette.cli.repository import Judged, Repository, Standing, files_under, relative, repository
from vedette.cli.way import look_up, route_words, shown, step_data
from vedette.errors import VedetteError
from vedette.flows.explain import explain as explain_issue
from vedette.flows.explain import resolve, route_place
from vedette.flows.foresee import foresee
from vedette.model.ownership import Verdict
from vedette.model.settings import Settings
from vedette.rules.rendering import owner_sentence
from vedette.rules.routing import route_path

owners = App(name="owners", help="CODEOWNERS: who owns a path or an error, and where nobody does.")

Config = Annotated[
    Path | None,
    Parameter(
        name=["--config", "-c"],
        env_var="VEDETTE_CONFIG",
        help="The settings; vedette.yaml unless given, and none are needed with a CODEOWNERS at hand.",
    ),
]
OwnersFile = Annotated[
    Path | None,
    Parameter(allow_leading_hyphen=True, help="A CODEOWNERS to use instead of the settings' own; - is standard input."),
]
Roots = Annotated[list[Path] | None, Parameter(name="--root", negative=(), help="Folders to look at; may repeat.")]
_SHOWN = 50

owners.command("vedette.cli.owners_lint:lint", name="lint")


@owners.command
def explain(subject: str, *, codeowners: OwnersFile = None, project: str = "", config: Config = None) -> int:
    """Say who owns a path, or the code that an issue fails in, and which line says so.

    Parameters
    ----------
    subject
        A path as it stands in a stack or in the repository; or an issue: its number, address or ticket's key.
    project
        The Sentry project whose CODEOWNERS is asked, where there are several.
    """
    console = Console(highlight=False, soft_wrap=True)
    if codeowners is None and _names_an_issue(subject):
        return _explain_issue(console, subject, config or DEFAULT_CONFIG)
    at_hand = repository(codeowners, config, project=project)
    settings = at_hand.settings
    for file in at_hand.files:
        teams, default = (settings.teams, settings.default_route) if settings else ({}, None)
        verdict = route_path(subject, file=file, teams=teams, default=default)
        for step in verdict.steps:
            console.print(written(look_up(step.path or "(no path)", step_data(step), file=file.name)))
        if settings is not None:
            _print_route(console, verdict, settings)
    return 0


@owners.command
def check(
    paths: list[Path] | None = None,
    *,
    root: Roots = None,
    codeowners: OwnersFile = None,
    project: str = "",
    allow_cleared: Annotated[bool, Parameter(negative=())] = False,
    config: Config = None,
) -> int:
    """Fail (exit code 1) where code has no owner, or its owner has no route; made for pre-commit and the build.

    Without settings it reads the CODEOWNERS of the repository, from the places where GitHub looks. Lines that do not
    count are told with their number.

    Parameters
    ----------
    paths
        The files to judge, as pre-commit passes them; every file that git knows below the roots unless given.
    project
        The Sentry project whose CODEOWNERS is asked, where there are several.
    allow_cleared
        Accept files that a line without an owner clears on purpose.
    """
    at_hand = repository(codeowners, config, project=project)
    console = Console(highlight=False, soft_wrap=True)
    _print_problems(console, at_hand)
    judged = [at_hand.judge(path) for path in _asked(at_hand, paths, root)]
    fine = {Standing.OWNED, Standing.CLEARED} if allow_cleared else {Standing.OWNED}
    bad = [each for each in judged if each.standing not in fine]
    for each in bad[:_SHOWN]:
        console.print(written(f"{each.path}: {each.sentence}"))
    if len(bad) > _SHOWN:
        console.print(f"and {len(bad) - _SHOWN} more files; `vedette owners coverage` shows them by folder")
    counted = "1 file" if len(judged) == 1 else f"{len(judged)} files"
    console.print(
        written(f"{counted}: {len(bad)} without an owner that can be reached", style="red" if bad else "green")
    )
    return 1 if bad else 0


@owners.command
def coverage(*, root: Roots = None, codeowners: OwnersFile = None, project: str = "", config: Config = None) -> int:
    """Show how many files are owned, cleared on purpose, unmatched, or owned by somebody without a route, by folder.

    Parameters
    ----------
    project
        The Sentry project whose CODEOWNERS is asked, where there are several.
    """
    at_hand = repository(codeowners, config, project=project)
    console = Console(highlight=False)
    _print_problems(console, at_hand)
    judged = [at_hand.judge(path) for path in _asked(at_hand, None, root)]
    if not judged:
        raise VedetteError("there is no file below the roots; name others with --root")
    console.print(_table(judged))
    return 0


def _asked(at_hand: Repository, paths: Sequence[Path] | None, roots: Sequence[Path] | None) -> list[str]:
    if not paths:
        return files_under(roots or [Path()], at_hand.base)
    named = [relative(path, at_hand.base) for path in paths if not path.is_dir()]
    below = files_under([path for path in paths if path.is_dir()], at_hand.base)
    return list(dict.fromkeys([*named, *below]))


def _print_problems(console: Console, at_hand: Repository) -> None:
    for file in at_hand.files:
        for problem in file.owners.problems:
            console.print(written(f"{file.name}: {problem.message}", style="yellow"))


def _names_an_issue(subject: str) -> bool:
    """Whether the text is an issue's number, instance/number, address or a key, and no file of that name is here."""
    if subject.startswith(("http://", "https://")):
        return True
    last = subject.rpartition("/")[2]
    key = last.rpartition("-")[2].isdigit() and "." not in last and "-" in last
    return (last.isdigit() or (key and "/" not in subject)) and not Path(subject).exists()


def _explain_issue(console: Console, subject: str, config: Path) -> int:
    with opened_to_look(config) as app:
        key = resolve(app.context, subject)
        try:
            verdict = foresee(app.context, key).gathered.verdict
        except VedetteError as problem:
            return _explain_remembered(console, explain_issue(app.context, key).owner_details, problem)
        for line in shown([step_data(step) for step in verdict.steps]):
            console.print(written(line))
        _print_route(console, verdict, app.settings)
    return 0


def _explain_remembered(console: Console, details: Mapping[str, Any], problem: VedetteError) -> int:
    if not details:
        raise problem
    console.print(written(f"as it was decided last; it cannot be asked now: {problem}", style="yellow"))
    for line in shown(details["steps"]):
        console.print(written(line))
    console.print(written(str(details.get("owner_sentence", ""))))
    return 0


def _print_route(console: Console, verdict: Verdict, settings: Settings) -> None:
    console.print(written(owner_sentence(verdict)))
    if verdict.route is None:
        console.print("no route: neither a team's nor a default one; an error here gets no ticket")
        return
    place = route_place(settings, verdict.owner)
    console.print(written(f"route {route_words(verdict.route)}{f'  {place}' if place else ''}"))


def _table(judged: Sequence[Judged]) -> Table:
    folders: dict[str, Counter[Standing]] = {}
    for each in judged:
        folders.setdefault(each.folder, Counter())[each.standing] += 1
    table = Table(box=None, pad_edge=False)
    table.add_column("folder", overflow="fold")
    for heading in ("files", "share", *Standing):
        table.add_column(heading, justify="right")
    for folder in sorted(folders):
        table.add_row(*_row(folder, folders[folder]))
    whole: Counter[Standing] = sum(folders.values(), Counter())
    table.add_row(*_row("in all", whole), style="bold")
    return table


def _row(name: str, counted: Counter[Standing]) -> list[str]:
    total = counted.total()
    return [name, str(total), f"{counted[Standing.OWNED] / total:.0%}", *(str(counted[each]) for each in Standing)]
