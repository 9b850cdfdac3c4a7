"""`trackers:`, `routes:` and `teams:`, where tickets go."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from vedette.config.addresses import on_this_machine
from vedette.config.schema.base import ZERO, Block, Filled, Flag, Rate, Text, Whole
from vedette.config.schema.boards import USUAL_PRIORITIES, Boards, PriorityLevel, UsualBoardsBlock
from vedette.config.schema.caps import Most
from vedette.config.schema.tickets import PolicyChangeBlock
from vedette.model.boards import Board
from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route

_USUAL = TrackerSettings(name="", kind="", config=None)


class TrackerBlock(Block):
    """A tracker; beside these keys it takes those of its kind."""

    model_config = ConfigDict(extra="allow")

    kind: Filled = Field(description="Which vendor it is; the integration of that name is loaded.")
    rate_per_s: Rate = Field(default=_USUAL.rate_per_s, description="Most calls a second, over all processes.")
    concurrency: Whole = Field(
        default=_USUAL.concurrency, ge=1, le=1000, description="Most calls at a time, over all processes."
    )
    timeout: timedelta = Field(
        default=_USUAL.timeout, gt=ZERO, description="How long one call may take; must be shorter than queue.lease."
    )
    sandbox: Flag = Field(
        default=False,
        description="Says that tickets cut here bother nobody; outside production only such trackers, those on "
        "this machine, and routes and boards that say the same of themselves, are used.",
    )
    webhook_secret: Secret | None = Field(
        default=None, description="What signs its webhooks, which then come to /hooks/{kind}/{tracker}."
    )
    path_tokens: Secret | None = Field(
        default=None,
        description="Unguessable last part of the address for webhooks that cannot be signed, or that begin with a "
        "handshake (Asana): /hooks/{kind}/{tracker}/{token}.",
    )

    def frozen(self, name: str, config: Any) -> TrackerSettings:
        """The block as flows read it, with the vendor's own settings."""
        return TrackerSettings(
            name=name,
            kind=self.kind,
            config=config,
            rate_per_s=self.rate_per_s,
            concurrency=self.concurrency,
            timeout=self.timeout,
            webhook_secret=self.webhook_secret,
            path_tokens=self.path_tokens,
            sandbox=self.sandbox or on_this_machine((self.model_extra or {}).get("url")),
        )


def _project_or_boards(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema["required"] if name != "project"]
    schema["anyOf"] = [{"required": ["project"]}, {"required": ["boards"]}]


class RouteBlock(Block):
    """Where an owner's tickets go, and how they look there; it needs a project, or boards."""

    model_config = ConfigDict(json_schema_extra=_project_or_boards)

    tracker: Text = Field(
        default="", description="Name of a tracker under trackers:; may be left out where there is only one."
    )
    project: Text = Field(description="Key or id of the project that takes the tickets.")
    type: Text = Field(default="", description="Type of the ticket, such as Bug.")
    components: tuple[Text, ...] = Field(default=(), description="Components set on the ticket.")
    labels: tuple[Text, ...] = Field(default=(), description="Labels set on the ticket, beside Vedette's own.")
    priority: Text = Field(default="", description="Priority of the ticket, by its name in the tracker.")
    assignee: Text = Field(default="", description="Who the ticket is given to: an account's mail address, name or id.")
    status: Text = Field(default="", description="First status, by the name of the status or of the transition to it.")
    section: Text = Field(default="", description="Section or column of the project.")
    fields: Mapping[str, Any] = Field(
        default_factory=dict, description="The tracker's own fields, by name or id, for those that it demands."
    )
    runbook: Text = Field(default="", description="Link to what to do about these errors; stands in the ticket.")
    policy: PolicyChangeBlock | None = Field(
        default=None, description="What its tickets do otherwise than their policy says."
    )
    cap: Most | None = Field(
        default=None, description="Most tickets within any hour in this project, in place of tickets.caps; or off."
    )

    boards: Boards = Field(
        default=(),
        description="Projects by level, environment and mode: a list, of which the first that fits takes the ticket "
        "and project takes the rest; or the usual five by name.",
    )
    priorities: Mapping[PriorityLevel, Filled] = Field(
        default_factory=dict,
        description="Priority by the error's level, or `other`; before priority. With the usual boards, unless "
        "either is given: warning is Medium, other is High.",
    )
    sandbox: Flag = Field(default=False, description="Says that tickets in project bother nobody; see mode.")

    @model_validator(mode="before")
    @classmethod
    def _boards_may_do(cls, data: Any) -> Any:
        """Where there are boards, the project may be left out; whether they take everything is asked later."""
        return {"project": "", **data} if isinstance(data, Mapping) and data.get("boards") else data

    def frozen(self, trackers: Mapping[str, object]) -> Route:
        """The block as rules read it; `trackers` are the names to choose from where the route names none."""
        usual = isinstance(self.boards, UsualBoardsBlock)
        looks = {name: value for name, value in self.values().items() if name != "policy"}
        changes = {
            "tracker": self.tracker or next(iter(trackers), ""),
            "project": self.project or (self.boards.backlog if isinstance(self.boards, UsualBoardsBlock) else ""),
            "boards": self._frozen_boards(),
            "priorities": self.priorities or (USUAL_PRIORITIES if usual and not self.priority else {}),
        }
        return Route(**(looks | changes))

    def _frozen_boards(self) -> tuple[Board, ...]:
        if isinstance(self.boards, UsualBoardsBlock):
            return tuple(self.boards.frozen())
        return tuple(each.frozen() for each in self.boards)


def _form(value: Any) -> str | None:
    match value:
        case str():
            return "name"
        case Mapping() | RouteBlock():
            return "block"
    return None


RouteOrName = Annotated[
    Annotated[Filled, Tag("name")] | Annotated[RouteBlock, Tag("block")],
    # The error's type is ours: the loader knows its cure.
    Discriminator(_form, custom_error_type="route_form", custom_error_message="should be a route"),
]


class TeamBlock(Block):
    """An owner, as CODEOWNERS names it."""

    route: RouteOrName | None = Field(
        default=None,
        description="Where its tickets go: a route, or the name of one under routes:; without it the default route.",
    )
    policy: PolicyChangeBlock | None = Field(
        default=None, description="What its tickets do otherwise than their policy, and its route, say."
    )
    notify: tuple[Filled, ...] = Field(
        default=(),
        description="Names of notifiers that are told what is wrong with its tickets; without any only operators are.",
    )
