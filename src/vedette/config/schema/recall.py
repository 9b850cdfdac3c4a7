"""`recall:`, which hooks should come by what the sweeps see, and when too few of them do."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from vedette.config.schema.base import ZERO, Block, Whole, fault
from vedette.model.recall import HOUR, Hook, RecallSettings

_USUAL = RecallSettings()
_PERCENT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,3})?|100) ?%", re.ASCII)


def _share(value: Any) -> Any:
    if value == "never":
        return value
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise fault("should be a share such as 90%", "write never where it should not alarm")
    return float(found[1]) / 100


def _hours(value: timedelta) -> timedelta:
    if value < HOUR or value % HOUR:
        raise fault("should be whole hours, such as 3h")
    return value


Share = Annotated[
    float | Literal["never"],
    BeforeValidator(_share),
    WithJsonSchema({"type": "string", "title": "share", "pattern": f"^({_PERCENT.pattern}|never)$"}),
]


Kinds = Annotated[
    frozenset[Hook] | None,
    BeforeValidator(lambda value: None if value == "auto" else value),
    WithJsonSchema(
        {
            "anyOf": [{"const": "auto"}, {"type": "array", "items": {"enum": [str(hook) for hook in Hook]}}],
            "title": "auto or kinds of hook",
        }
    ),
]


class RecallBlock(Block):
    """Which hooks should come, by what the sweeps see, and when too few of them do."""

    hooks: Kinds = Field(
        default=None,
        description="Kinds of hook that are due: error (one for every event), created (one for every new issue), alert "
        "(one a day for what a policy's sweep finds: only where alert rules mirror the policies). auto: error and "
        "created, each where it came within 14 days.",
    )
    grace: timedelta = Field(
        default=_USUAL.grace, ge=ZERO, le=HOUR, description="How long after its hour a hook still counts as come."
    )
    alarm_below: Share = Field(
        default="90%", validate_default=True, description="Share of the due hooks below which it alarms, or never."
    )
    over: Annotated[timedelta, AfterValidator(_hours)] = Field(
        default=_USUAL.over, description="The time over which the share is taken: whole hours."
    )
    at_least: Whole = Field(
        default=_USUAL.at_least, ge=1, description="Fewer hooks due within that time than this say nothing."
    )

    def frozen(self) -> RecallSettings:
        """The block as rules read it."""
        return RecallSettings(
            hooks=self.hooks,
            grace=self.grace,
            alarm_below=None if self.alarm_below == "never" else self.alarm_below,
            over=self.over,
            at_least=self.at_least,
        )
