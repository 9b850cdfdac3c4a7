"""`access.teams:` and `access.projects:`, the teams and projects that should be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, field_validator

from vedette.config.durations import text_of
from vedette.config.schema.base import Block, Filled, Flag, Text, Whole, fault
from vedette.model.access import RESOLVE_AGES, AlertRules, DeclaredProject, DeclaredTeam
from vedette.model.org import OwnershipRules

_USUAL_RULES = OwnershipRules()
_HOUR = timedelta(hours=1)

# As Sentry's own page words them; its API takes nothing else.
AutoAssignment = Literal["Auto Assign to Issue Owner", "Auto Assign to Suspect Commits", "Turn off Auto-Assignment"]
Instances = Field(default=(), description="Only on these Sentry instances; none means every one that is managed.")


def _some_teams(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise fault("is empty, and Sentry shows a project without a team to nobody", "add at least one team")
    return tuple(dict.fromkeys(value))


def _some_rules(value: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    if not value:
        raise fault("is an empty list", "write none to have every alert rule deleted, or leave")
    return value


class DeclaredTeamBlock(Block):
    """A team that should be."""

    name: Text = Field(default="", description="Name that people read; the slug unless given.")
    instances: tuple[Filled, ...] = Instances

    def frozen(self, slug: str) -> DeclaredTeam:
        """The block as rules read it."""
        return DeclaredTeam(slug=slug, **self.values())


class RulesBlock(Block):
    """Sentry's own ownership rules of a project, and what it does with them."""

    rules: Text = Field(description="The rules, one a line, such as path:src/** #checkout.")
    fallthrough: Flag = Field(
        default=_USUAL_RULES.fallthrough, description="Whether everybody of the project owns what no rule names."
    )
    auto_assignment: AutoAssignment | None = Field(
        default=None, description="Whom Sentry assigns an issue to; left as it is unless given."
    )

    def frozen(self) -> OwnershipRules:
        """The block as rules read it."""
        return OwnershipRules(self.rules.strip(), self.fallthrough, self.auto_assignment or "")


def _rules_form(value: Any) -> str | None:
    return "text" if isinstance(value, str) else "block" if isinstance(value, Mapping | RulesBlock) else None


def _alerts_form(value: Any) -> str | None:
    return "word" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else None


AlertRule = Annotated[
    dict[str, Any],
    WithJsonSchema({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}),
]
Ownership = Annotated[
    Annotated[str, Tag("text")] | Annotated[RulesBlock, Tag("block")],
    Discriminator(_rules_form, custom_error_type="rules_form", custom_error_message="should be ownership rules"),
]
Alerts = Annotated[
    Annotated[Literal["leave", "none"], Tag("word")]
    | Annotated[
        tuple[AlertRule, ...], AfterValidator(_some_rules), Field(json_schema_extra={"minItems": 1}), Tag("list")
    ],
    Discriminator(_alerts_form, custom_error_type="alerts_form", custom_error_message="should be alert rules"),
]


class ProjectBlock(Block):
    """A project that should be; what is left out stays as it is."""

    teams: Annotated[tuple[Filled, ...], AfterValidator(_some_teams)] = Field(
        description="Slugs of the teams that it belongs to; at least one.", json_schema_extra={"minItems": 1}
    )
    name: Text | None = Field(default=None, description="Name that people read.")
    platform: Text | None = Field(default=None, description="Platform, as Sentry names it, such as python-django.")
    description: Text = Field(default="", description="For who reads this file; Sentry has no place for it.")
    subject_prefix: Text | None = Field(
        default=None, max_length=200, description="What the subject of its mails begins with."
    )
    sensitive_fields: tuple[Filled, ...] | None = Field(
        default=None, description="Further keys whose values are scrubbed from events."
    )
    safe_fields: tuple[Filled, ...] | None = Field(default=None, description="Keys whose values are never scrubbed.")
    resolve_age: timedelta | Literal["never"] | None = Field(
        default=None,
        description="An issue that is quiet for so long is resolved: 1h to 12h, 15h, 18h, 21h, 24h, 30h, 36h, whole "
        "days from 2d to 30d, or never.",
    )
    allowed_domains: tuple[Filled, ...] | None = Field(
        default=None, description="Only events of pages of these hosts are taken; * for every one."
    )
    throttle: Whole | None = Field(
        default=None, ge=0, le=100, description="Percent of its events that are refused; GlitchTip only."
    )
    ownership: Ownership | None = Field(
        default=None, description="Sentry's own ownership rules, as text or as a block with what it does with them."
    )
    alert_rules: Alerts = Field(
        default=AlertRules.LEAVE.value,
        description="leave (as they are, unread), none (every issue alert rule is deleted), or a list of exactly those "
        "that should be, as Sentry's API takes them, each with its name.",
    )
    instances: tuple[Filled, ...] = Instances

    @field_validator("resolve_age", mode="before")
    @classmethod
    def _kept_by_sentry(cls, value: Any) -> Any:
        if isinstance(value, timedelta) and (value % _HOUR or value // _HOUR not in RESOLVE_AGES):
            near = min(RESOLVE_AGES[1:], key=lambda hours: abs(hours * _HOUR - value))
            raise fault("is no age that Sentry keeps: it would silently store never", f"write {text_of(near * _HOUR)}")
        return value

    def frozen(self, slug: str) -> DeclaredProject:
        """The block as rules read it."""
        match self.alert_rules:
            case str() as word:
                alerts, rules = AlertRules(word), ()
            case rules:
                alerts = AlertRules.DECLARED
        given = self.values()
        given |= {"alerts": alerts, "alert_rules": rules, "resolve_age": _hours(self.resolve_age)}
        match self.ownership:
            case str() as text:
                given["ownership"] = OwnershipRules(text.strip())
            case RulesBlock() as block:
                given["ownership"] = block.frozen()
        return DeclaredProject(slug=slug, **given)


def _hours(age: timedelta | str | None) -> int | None:
    match age:
        case timedelta():
            return age // _HOUR
        case str():
            return 0
    return None
