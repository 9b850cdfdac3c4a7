"""`tickets.caps:` and a route's `cap:`, how many tickets are cut at most."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from vedette.config.schema.base import ZERO, Block, fault
from vedette.model.flood import NO_CAP, Caps

_USUAL = Caps()
_OFF = "off"
_NUMBER = {"title": "whole number or off", "anyOf": [{"type": "integer", "minimum": 0}, {"const": _OFF}]}


def _most(value: Any) -> Any:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if value == _OFF:
        return NO_CAP
    raise fault("should be a whole number, or off")


#: A number of tickets; `off` is NO_CAP.
Most = Annotated[int, BeforeValidator(_most), WithJsonSchema(_NUMBER)]


class CapsBlock(Block):
    """How many tickets are cut at most; what is held back stands in one digest ticket for each project."""

    per_run: Most = Field(default=_USUAL.per_run or 0, description="Most tickets cut because of one sweep.")
    per_route_per_hour: Most = Field(
        default=_USUAL.per_route_per_hour or 0,
        description="Most tickets within any hour in one project of a tracker; a route's own cap goes before it.",
    )
    per_hour: Most = Field(default=_USUAL.per_hour or 0, description="Most tickets within any hour in all.")
    digest_after: timedelta = Field(
        default=_USUAL.digest_after, ge=ZERO, description="How long the first held issue waits for others."
    )
    digest_every: timedelta = Field(
        default=_USUAL.digest_every, gt=ZERO, description="A digest is commented on at most this often."
    )

    def frozen(self) -> Caps:
        """The block as rules read it."""
        values: dict[str, Any] = {name: None if value == NO_CAP else value for name, value in self.values().items()}
        return Caps(**values)


def _form(value: Any) -> str | None:
    match value:
        case "off":
            return _OFF
        case Mapping() | CapsBlock():
            return "block"
    return None


CapsOrOff = Annotated[
    Annotated[Literal["off"], Tag(_OFF)] | Annotated[CapsBlock, Tag("block")],
    Discriminator(_form, custom_error_type="caps_form", custom_error_message="should be caps, or off"),
]
