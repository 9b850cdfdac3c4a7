"""Boards: where in a tracker a route's tickets may stand, by level, environment and mode; and where one was sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a board takes a ticket; an empty part asks nothing, and case does not count."""

    levels: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A board as the settings name it: a project, or the newest project of a portfolio; at most one of the two.

    `fallback` is the project that is taken where that one is closed or missing. `sandbox` says that tickets there,
    and in the fallback, bother nobody.
    """

    project: str = ""
    portfolio: str = ""
    section: str = ""
    fallback: str = ""
    sandbox: bool = False

    def __str__(self) -> str:
        return f"the newest project of portfolio {self.portfolio}" if self.portfolio else f"project {self.project}"


@dataclass(frozen=True, slots=True)
class Board:
    """One rule of a route: on such an occasion the ticket stands in this place, and in the others too."""

    when: Occasion
    place: Place
    also: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A place as the tracker has it: `project` is one that exists, `said` how it was found, where that needs saying."""

    project: str
    section: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an attempt was sent: frozen before it is sent, since a proof of absence must read that very project."""

    project: str
    section: str = ""
    priority: str = ""
    also: tuple[Placed, ...] = ()
    sandbox: bool = False
    sentence: str = ""  # which board, why, and how it was found; "" where there was nothing to choose
