"""`monitor:`, which errors are counted, how often, and where the counts go."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from vedette.config.schema.base import AS_TEXT, ZERO, Block, Filled, Flag, Shape, Text, Whole, as_text, fault
from vedette.config.schema.conditions import ConditionBlock, ConditionName
from vedette.config.schema.patterns import LONGEST, checked
from vedette.config.schema.tickets import Level
from vedette.model.metrics import Filter, Part, Term, Terms
from vedette.model.secret import Secret
from vedette.model.settings import MonitorSettings

_USUAL = MonitorSettings()
_USUAL_FILTER = Filter(name="", instance="")
_USUAL_TERM = Term("")
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
#: Sentry takes twenty fields a question, and five are ours.
MOST_TAGS = 15

# Capitals and blanks too: dashboards may ask for a name that is older than this file. Sinks write it in their letters.
_FILTER = Shape(
    r"[A-Za-z0-9](?:[A-Za-z0-9 _-]{0,58}[A-Za-z0-9_-])?",
    "should be a name of at most 60 letters, digits, blanks, - and _, such as checkout",
)
_TAG = Shape(r"[A-Za-z0-9_.:-]{1,200}", "should be the key of a tag, such as customer_tier")

FilterName = Annotated[str, _FILTER.check, _FILTER.schema]
TagKey = Annotated[str, _TAG.check, _TAG.schema]


def _divides_a_day(value: timedelta) -> timedelta:
    if value < _MINUTE or value > _DAY or value % _MINUTE or _DAY % value:
        raise fault("should be whole minutes that divide a day", "write 1m, 5m, 10m, 15m, 30m or 1h")
    return value


def _sought(value: str) -> str:
    if not value.strip():
        raise fault("is blank, and would be found in nearly every error", "write what is looked for")
    return value


def _some(value: tuple[Part, ...]) -> tuple[Part, ...]:
    if not value:
        raise fault("is empty", "add at least one")
    return tuple(dict.fromkeys(value))


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value))


Sought = Annotated[
    str, Field(min_length=1, max_length=LONGEST), BeforeValidator(as_text), AfterValidator(_sought), AS_TEXT
]


class TermBlock(Block):
    """A text that is looked for, and where."""

    parts: Annotated[tuple[Part, ...], AfterValidator(_some)] = Field(
        alias="in",
        default=_USUAL_TERM.parts,
        json_schema_extra={"minItems": 1},
        description="Where: title, message, culprit, stack (files, modules and functions of every frame), tags "
        "(as key:value). For stack and tags events are read one by one, up to max_events.",
    )
    regex: Flag = Field(default=_USUAL_TERM.pattern, description="Whether text is a regular expression.")
    case: Flag = Field(default=_USUAL_TERM.case, description="Whether small and capital letters differ.")
    # The last, so that its check knows the others.
    text: Sought = Field(description="What is looked for; with regex: true a regular expression of Python.")

    @field_validator("text", mode="after")
    @classmethod
    def _can_be_searched(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("regex"):
            checked(value, case=bool(info.data.get("case")))
        return value

    def frozen(self) -> Term:
        """The block as rules read it."""
        return Term(self.text, self.parts, self.regex, self.case)


def _form(value: Any) -> str | None:
    match value:
        case str() | int() if not isinstance(value, bool):
            return "text"
        case Mapping() | TermBlock():
            return "block"
    return None


TermOrText = Annotated[
    Annotated[Sought, Tag("text")] | Annotated[TermBlock, Tag("block")],
    # The error's type is ours: the loader knows its cure.
    Discriminator(_form, custom_error_type="term_form", custom_error_message="should be a term"),
]


def _terms(written: tuple[str | TermBlock, ...]) -> tuple[Term, ...]:
    return tuple(Term(each) if isinstance(each, str) else each.frozen() for each in written)


class TermsBlock(Block):
    """Texts that must, or must not, be found; all three lists must hold."""

    any: tuple[TermOrText, ...] = Field(default=(), description="At least one of these is found.")
    all: tuple[TermOrText, ...] = Field(default=(), description="Every one of these is found.")
    none: tuple[TermOrText, ...] = Field(default=(), description="Not one of these is found.")

    def frozen(self) -> Terms:
        """The block as rules read it."""
        return Terms(any=_terms(self.any), all=_terms(self.all), none=_terms(self.none))


class FilterBlock(Block):
    """Which errors are counted under a name; what is not said means every one."""

    instance: Filled | None = Field(
        default=None, description="Name of the Sentry instance; may be left out where there is only one."
    )
    projects: tuple[Filled, ...] = Field(
        default=_USUAL_FILTER.projects, description="Slugs of the projects; none means every project."
    )
    environments: tuple[Filled, ...] = Field(
        default=_USUAL_FILTER.environments, description="Only these environments; none means every one."
    )
    levels: tuple[Level, ...] = Field(default=(), description="Only errors of these levels; none means every level.")
    releases: tuple[Filled, ...] = Field(
        default=_USUAL_FILTER.releases, description="Only these releases, as Sentry names them; none means every one."
    )
    query: Text = Field(
        default=_USUAL_FILTER.query,
        max_length=2000,
        description="A search in Sentry's own language, such as browser.name:Firefox; not with GlitchTip or Sentry 9.",
    )
    terms: TermsBlock = Field(default_factory=TermsBlock, description="Texts that must, or must not, be found.")
    group_by: Annotated[tuple[TagKey, ...], AfterValidator(_once)] = Field(
        default=_USUAL_FILTER.group_by,
        max_length=MOST_TAGS,
        description="Keys of tags by whose values an issue's counts are told apart.",
    )
    sinks: Annotated[tuple[Filled, ...], AfterValidator(_once)] | None = Field(
        default=None, description="Names of the sinks that take its points: every one unless given, [] for none."
    )
    top: Whole = Field(
        default=_USUAL_FILTER.top,
        ge=0,
        le=100,
        description="Most trending errors that a point names, with owner, ticket and details.",
    )

    def frozen(self, name: str, *, instances: Mapping[str, object]) -> Filter:
        """The block as rules read it; `instances` are the names to choose from where it names none."""
        given = self.values() | {
            "instance": self.instance or next(iter(instances), ""),
            "terms": self.terms.frozen(),
        }
        return Filter(name=name, **given)


class MonitorBlock(Block):
    """Which errors are counted, how often, and for how long a late event still changes a count."""

    every: Annotated[timedelta, AfterValidator(_divides_a_day)] = Field(
        default=_USUAL.every, description="Length of a window: whole minutes that divide a day."
    )
    delay: timedelta = Field(
        default=_USUAL.delay,
        ge=ZERO,
        le=timedelta(hours=1),
        description="Wait after a window's end, for events that are still on their way.",
    )
    grace: timedelta = Field(
        default=_USUAL.grace,
        ge=ZERO,
        le=timedelta(days=14),
        description="How long after its end a window is looked at again for late events, in whole windows; "
        "0s for never.",
    )
    catch_up: timedelta = Field(
        default=_USUAL.catch_up,
        ge=ZERO,
        le=timedelta(days=30),
        description="How far back missed windows are counted by themselves, in whole windows; 0s for none. "
        "`vedette monitor backfill` goes back further.",
    )
    outcomes: Flag = Field(
        default=_USUAL.outcomes,
        description="Also keep, by project and hour, how many events Sentry accepted, dropped and filtered.",
    )
    max_events: Whole = Field(
        default=_USUAL.max_events,
        ge=1,
        le=1_000_000,
        description="Most events of a window that are read one by one; a window with more says that it is incomplete.",
    )
    max_rows: Whole = Field(
        default=_USUAL.max_rows,
        ge=1,
        le=1_000_000,
        description="Most issues (and their tag values) that are read of a window; with more it is incomplete.",
    )
    key: Secret | None = Field(
        default=None,
        description="Opens POST /monitor/run to an outside cron; at least 16 characters. Without it that door is shut.",
    )
    root: Flag = Field(default=_USUAL.root, description="Whether POST / does the same, for callers that know only it.")
    filters: dict[FilterName, FilterBlock | None] = Field(
        default_factory=dict, description="What is counted, by names of your choice; several files may add theirs."
    )
    conditions: dict[ConditionName, ConditionBlock] = Field(
        default_factory=dict, description="Of which counts people are told, by names of your choice."
    )

    def frozen(self, instances: Mapping[str, object]) -> MonitorSettings:
        """The block as flows read it; filters and conditions in the order of the file."""
        filters = tuple(
            (block or FilterBlock()).frozen(name, instances=instances) for name, block in self.filters.items()
        )
        conditions = tuple(block.frozen(name) for name, block in self.conditions.items())
        return MonitorSettings(**(self.values() | {"filters": filters, "conditions": conditions}))
