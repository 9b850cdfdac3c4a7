"""`boards:` of a route: the project that takes a ticket, by level, environment and mode; a list, or the usual five."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from vedette.config.schema.base import Block, Filled, Flag, Text
from vedette.config.schema.tickets import Level
from vedette.model.boards import Board, Occasion, Place
from vedette.model.settings import Mode

USUAL_PRIORITIES = {"warning": "Medium", "other": "High"}
_DEVELOPMENT = ("development", "dev")
_STAGING = ("staging",)
_ASIDE = (Mode.DEVELOPMENT.value, Mode.STAGING.value)


class OccasionBlock(Block):
    """When a board takes a ticket; all that is given must hold."""

    levels: tuple[Level, ...] = Field(default=(), description="Only errors of these levels.")
    environments: tuple[Filled, ...] = Field(default=(), description="Only errors of these environments.")
    modes: tuple[Mode, ...] = Field(default=(), description="Only while this Vedette stands in one of these modes.")

    def frozen(self) -> Occasion:
        """The block as rules read it."""
        return Occasion(self.levels, self.environments, tuple(mode.value for mode in self.modes))


class PlaceBlock(Block):
    """A project, or the newest open project of a portfolio."""

    project: Text = Field(default="", description="Key or id of the project; or portfolio.")
    portfolio: Text = Field(default="", description="Id of a portfolio: its newest open project is meant; or project.")
    section: Text = Field(default="", description="Section or column there; the route's unless given.")
    fallback: Text = Field(
        default="",
        description="Project that is taken where that one is closed or missing; the route's own unless given.",
    )
    sandbox: Flag = Field(
        default=False, description="Says that tickets there, and in the fallback, bother nobody; see mode."
    )

    def place(self) -> Place:
        """The place as rules read it."""
        return Place(self.project, self.portfolio, self.section, self.fallback, self.sandbox)


class BoardBlock(PlaceBlock):
    """One board: the first whose `when` holds takes the ticket."""

    when: OccasionBlock = Field(
        default_factory=OccasionBlock, description="When it takes a ticket; always, unless given."
    )
    also: tuple[PlaceBlock, ...] = Field(
        default=(), description="Further places in which the same ticket stands, where the tracker can do that."
    )

    def frozen(self) -> Board:
        """The block as rules read it."""
        return Board(self.when.frozen(), self.place(), tuple(each.place() for each in self.also))


class UsualBoardsBlock(Block):
    """The five boards of a team: warnings to the backlog, the rest to the sprint, and what is no production aside."""

    backlog: Filled = Field(description="Project that takes warnings, and whatever finds its board closed.")
    sprints: Text = Field(default="", description="Portfolio of the sprints; the newest open one takes the rest.")
    release_testing: Text = Field(
        default="", description="Portfolio; errors of environment staging stand in its newest project too."
    )
    sandbox: Text = Field(
        default="",
        description="Portfolio that takes the errors of environments development and dev, and all of them "
        "while this Vedette itself is not in production.",
    )
    development: Text = Field(default="", description="Project in which those stand too.")

    def frozen(self) -> Iterator[Board]:
        """The boards in the order in which they are tried."""
        backlog = Place(project=self.backlog)
        sprint = Place(portfolio=self.sprints, fallback=self.backlog) if self.sprints else backlog
        if self.sandbox or self.development:
            place, also = self._aside()
            yield Board(Occasion(modes=_ASIDE), place, also)
            yield Board(Occasion(environments=_DEVELOPMENT), place, also)
        if self.release_testing:
            yield Board(Occasion(environments=_STAGING), sprint, (Place(portfolio=self.release_testing),))
        yield Board(Occasion(levels=("warning",)), backlog)
        yield Board(Occasion(), sprint)

    def _aside(self) -> tuple[Place, tuple[Place, ...]]:
        fixed = Place(project=self.development, sandbox=True)
        if not self.sandbox:
            return fixed, ()
        newest = Place(portfolio=self.sandbox, fallback=self.development, sandbox=True)
        return newest, (fixed,) if self.development else ()


def _form(value: Any) -> str | None:
    match value:
        case list() | tuple():
            return "list"
        case Mapping() | UsualBoardsBlock():
            return "block"
    return None


Boards = Annotated[
    Annotated[tuple[BoardBlock, ...], Tag("list")] | Annotated[UsualBoardsBlock, Tag("block")],
    # The error's type is ours: the loader knows its cure.
    Discriminator(_form, custom_error_type="boards_form", custom_error_message="should be boards"),
]

PriorityLevel = Literal["sample", "debug", "info", "warning", "error", "fatal", "other"]
