"""`growth:`, what an open ticket is told when its issue grows."""

from typing import Annotated

from pydantic import Field, model_validator

from vedette.config.schema.base import Block, Filled, Flag, Whole, fault
from vedette.model.growth import Growth

_USUAL = Growth()


class GrowthBlock(Block):
    """What an open ticket is told when events or users grow past multiples of what they were when it was cut."""

    at: tuple[Annotated[Whole, Field(ge=2)], ...] = Field(
        default=_USUAL.at, description="The multiples, each told once a ticket; [] asks for none."
    )
    priorities: tuple[Filled, ...] = Field(
        default=_USUAL.priorities,
        description="Priority at each multiple, by its name there; raised only, never after a person changed it.",
    )
    comment: Flag = Field(default=_USUAL.comment, description="Whether a comment tells of it.")
    least: Whole = Field(
        default=_USUAL.least, ge=1, description="Smaller beginnings count as this many events or users."
    )

    @model_validator(mode="after")
    def _fits(self) -> "GrowthBlock":
        if list(self.at) != sorted(set(self.at)):
            raise fault("should name its multiples in ascending order, each once", "write at: [3, 10]")
        if self.priorities and len(self.priorities) != len(self.at):
            raise fault("should name one priority for each multiple", "write at: [3, 10], priorities: [High, Highest]")
        return self

    def frozen(self) -> Growth:
        """The block as rules read it."""
        return Growth(**self.values())
