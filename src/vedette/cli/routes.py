"""`vedette routes`: which team an error goes to by its tags and URL, and which entries can never say so."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.cli.repository import repository, settings_without_secrets
from vedette.cli.way import route_words, shown, step_data
from vedette.errors import VedetteError
from vedette.flows.explain import route_place
from vedette.model.issues import Fault, Frame, Occurrence
from vedette.model.owners import Resolver
from vedette.model.ownership import Ownership, Verdict
from vedette.model.settings import Settings
from vedette.rules.matching import flaws
from vedette.rules.rendering import owner_sentence
from vedette.rules.routing import OwnersFile, find_owner

routes = App(name="routes", help="Tags and URL: which entry decides, and which never can.")


@routes.command
def check(*, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Fail (exit code 1) where an entry has no route or a costly pattern, repeats another, or can never win."""
    settings = settings_without_secrets(config)
    console = Console(highlight=False, soft_wrap=True)
    found = list(flaws(settings.entities, teams=settings.teams))
    for flaw in found:
        console.print(written(f"{flaw.entity.called}: {flaw.message}; {flaw.cure}"))
    entries = "1 entry" if len(settings.entities) == 1 else f"{len(settings.entities)} entries"
    told = f"{entries}: {len(found)} to mend" if settings.entities else "there are no entries under ownership.entities"
    console.print(written(told, style="red" if found else "green"))
    return 1 if found else 0


@routes.command(name="test")
def try_out(
    *,
    tag: Annotated[list[str] | None, Parameter(negative=())] = None,
    url: str = "",
    path: str = "",
    project: str = "",
    expect: str = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Say whose an error would be, each step, and the route; nothing is sent anywhere.

    Parameters
    ----------
    tag
        A tag of the error, as name=value; may repeat.
    url
        The address of its request.
    path
        The path of its failing frame, as it stands in a stack; without it no CODEOWNERS is read.
    project
        The Sentry project whose CODEOWNERS is asked, where there are several.
    expect
        The owner whose route it should take, or the word for none, such as unmatched; exit code 1 otherwise.
    """
    settings = settings_without_secrets(config)
    file = _owners_file(config, project=project) if path else None
    faults = (Fault("Error", frames=(Frame(filename=path, in_app=True),)),) if path else ()
    asked = Occurrence("", url=url, tags=tuple(_pair(each) for each in tag or ()), faults=faults)
    verdict = find_owner(asked, issue_tags=(), file=file, settings=settings if path else _without_code(settings))
    console = Console(highlight=False, soft_wrap=True)
    _print(console, verdict, settings)
    found = verdict.owner if verdict.ownership is Ownership.OWNED else str(verdict.ownership)
    if expect and found != expect:
        console.print(written(f"expected {expect}, and it is {found}", style="red"))
        return 1
    return 0


def _owners_file(config: Path, *, project: str) -> OwnersFile:
    first, *others = repository(None, config, project=project).files
    if others:
        raise VedetteError("there are several CODEOWNERS; say with --project which Sentry project the error is of")
    return first


def _without_code(settings: Settings) -> Settings:
    """The settings of an error whose code says nothing."""
    if Resolver.ENTITIES not in settings.resolvers:
        raise VedetteError("ownership.resolvers asks CODEOWNERS alone; say with --path where the error is")
    return replace(settings, resolvers=(Resolver.ENTITIES,))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise VedetteError(f"--tag {text} should be name=value")
    return name, value


def _print(console: Console, verdict: Verdict, settings: Settings) -> None:
    for line in shown([step_data(step) for step in verdict.steps]):
        console.print(written(line))
    console.print(written(owner_sentence(verdict)))
    if verdict.route is None:
        console.print("no route: neither a team's nor a default one; such an error gets no ticket")
        return
    place = route_place(settings, verdict.owner)
    console.print(written(f"route {route_words(verdict.route)}{f'  {place}' if place else ''}"))
