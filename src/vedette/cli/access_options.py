"""Options of `vedette access plan` and `apply`: which instances, and which orders lift which guard."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vedette.cli.options import DEFAULT_CONFIG
from vedette.flows.access import Wish
from vedette.rules.access.guards import ALLOW_DELETIONS, ALLOW_EMPTY, ALLOW_SHRINK
from vedette.rules.access.scene import Orders

Instances = Annotated[
    list[str] | None, Parameter(name="--instance", negative=(), help="Only this instance; may be repeated.")
]
Projects = Annotated[
    list[str] | None,
    Parameter(
        name="--delete-project",
        negative=(),
        help="Delete this project, that nobody declared, with all of its events; as SLUG or INSTANCE/SLUG.",
    ),
]
Teams = Annotated[
    list[str] | None,
    Parameter(name="--delete-team", negative=(), help="Delete this team, that nobody declared."),
]
Deletions = Annotated[
    bool, Parameter(name=ALLOW_DELETIONS, negative=(), help="Let more go at once than access.guards allow.")
]
Empty = Annotated[
    bool, Parameter(name=ALLOW_EMPTY, negative=(), help="Let nothing be declared of a kind that is there.")
]
Shrink = Annotated[
    bool, Parameter(name=ALLOW_SHRINK, negative=(), help="Let much less be declared than at the last plan.")
]


def wish_of(
    instances: list[str] | None,
    projects: list[str] | None,
    teams: list[str] | None,
    *,
    deletions: bool,
    empty: bool = False,
    shrink: bool = False,
    record: bool = True,
) -> Wish:
    """What the options ask for."""
    orders = Orders(
        frozenset(projects or ()),
        frozenset(teams or ()),
        allow_deletions=deletions,
        allow_empty=empty,
        allow_shrink=shrink,
    )
    return Wish(tuple(instances or ()), orders, record=record)


def next_command(wish: Wish, checksum: str, *, config: Path, duty: str = "vedette access apply") -> str:
    """The command that applies exactly this plan, on lines that fit a terminal."""
    words = [duty, f"--checksum {checksum}", *_options(wish, config)]
    return " \\\n    ".join(words)


def _options(wish: Wish, config: Path) -> Iterator[str]:
    yield from (f"--instance {shlex.quote(name)}" for name in wish.instances)
    orders = wish.orders
    yield from (f"--delete-project {shlex.quote(slug)}" for slug in sorted(orders.delete_projects))
    yield from (f"--delete-team {shlex.quote(slug)}" for slug in sorted(orders.delete_teams))
    given = [
        (ALLOW_DELETIONS, orders.allow_deletions),
        (ALLOW_EMPTY, orders.allow_empty),
        (ALLOW_SHRINK, orders.allow_shrink),
    ]
    yield from (flag for flag, is_given in given if is_given)
    yield from settings_option(config)


def settings_option(config: Path) -> list[str]:
    """The option that names the settings, where they are not the usual ones."""
    return [] if config == DEFAULT_CONFIG else [f"--config {shlex.quote(str(config))}"]
