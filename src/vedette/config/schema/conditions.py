"""`monitor.conditions:`, of which counts people are told, and which cut a ticket."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from vedette.config.schema.base import Block, Filled, Flag, Shape, Whole
from vedette.model.alarms import Severity
from vedette.model.conditions import Condition, ConditionKind, Season, Usual, Watched

_USUAL = Condition(name="", kind=ConditionKind.GROWTH)
_BASELINE = Usual()
#: How many windows in a row, where the settings do not say. A new error at the end of one is still new in the next, and
#: a single silent window is chance.
WINDOWS: Mapping[ConditionKind, int] = {
    ConditionKind.GROWTH: 1,
    ConditionKind.NEW_ERROR: 2,
    ConditionKind.FLAT_LINE: 3,
}
_NAME = Shape(
    r"[a-z0-9][a-z0-9_-]{0,39}", "should be a name of at most 40 small letters, digits, - and _, such as checkout_grows"
)

ConditionName = Annotated[str, _NAME.check, _NAME.schema]
Names = Annotated[tuple[Filled, ...], AfterValidator(lambda names: tuple(dict.fromkeys(names)))]


class UsualBlock(Block):
    """What is usual: the median of the same window of earlier weeks or days."""

    season: Season = Field(default=_BASELINE.season, description="After how long the same hour comes again: week, day.")
    last: Whole = Field(default=_BASELINE.last, ge=1, le=26, description="How many earlier weeks or days count.")
    at_least: Whole | None = Field(
        default=None,
        ge=1,
        le=26,
        description="How many of them must have this window whole; with fewer nothing is said. 3 unless given, or last "
        "where that is less.",
    )

    def frozen(self) -> Usual:
        """The block as rules read it."""
        least = min(_BASELINE.at_least, self.last) if self.at_least is None else self.at_least
        return Usual(self.season, self.last, least)


class ConditionBlock(Block):
    """Of what people are told when the filters have counted it."""

    kind: ConditionKind = Field(
        description="What is looked for: growth (more than is usual), new_error (an issue that was never seen before) "
        "or flat_line (no event where there always are some)."
    )
    filters: Names = Field(default=_USUAL.filters, description="Names of filters; none means every filter.")
    count_over: Whole | None = Field(
        default=None,
        ge=0,
        description="growth: strictly more events than this in the window; new_error: of the issue. 0 unless given.",
    )
    percent_over: Whole | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="growth: strictly more per cent than this over what is usual. 100 unless given, which is double.",
    )
    floor: Whole | None = Field(
        default=None,
        ge=1,
        description="growth: fewer events than this say nothing, and a smaller usual counts as this many. 10 unless "
        "given.",
    )
    usual_at_least: Whole | None = Field(
        default=None, ge=1, description="flat_line: what each silent window usually has, or more. 1 unless given."
    )
    windows: Whole | None = Field(
        alias="for",
        default=None,
        ge=1,
        le=48,
        description="How many windows in a row. Unless given 1 for growth; 3 for flat_line; 2 for new_error, whose "
        "events are added up over them.",
    )
    per: Watched | None = Field(
        default=None,
        description="growth: of what: filter (all that it counts, unless given) or release (each by itself; the "
        "filters need group_by: [release]).",
    )
    usual: UsualBlock | None = Field(default=None, description="growth and flat_line: what is usual.")
    notify: Names = Field(
        default=_USUAL.notify, description="Names of notifiers under notifiers: that are told; else alarms.operators."
    )
    owners: Flag = Field(
        default=_USUAL.owners,
        description="Whether the owners of the issues behind it are told too, by their team's notify.",
    )
    ticket: Flag = Field(
        default=_USUAL.ticket,
        description="Whether the issues behind it go to the policies that say on: [monitor]; not for flat_line.",
    )
    issues: Whole | None = Field(
        default=None,
        ge=1,
        le=20,
        description="growth: at most so many issues count as behind it, those that grew most. 3 unless given.",
    )
    severity: Severity = Field(default=_USUAL.severity, description="How bad it is: info, warning, error, critical.")

    def frozen(self, name: str) -> Condition:
        """The block as rules read it."""
        given: dict[str, Any] = {key: value for key, value in self.values().items() if value is not None}
        return Condition(
            name=name,
            **(
                given
                | {
                    "windows": self.windows or WINDOWS[self.kind],
                    "usual": self.usual.frozen() if self.usual is not None else _BASELINE,
                }
            ),
        )
