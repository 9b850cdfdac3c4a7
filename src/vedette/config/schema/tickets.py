"""`tickets:`, when a ticket is cut and what a closed one means."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from vedette.config.durations import word_and_days
from vedette.config.schema.base import ZERO, Block, Filled, Flag, Name, Shape, Text, Whole, fault
from vedette.config.schema.caps import CapsBlock, CapsOrOff
from vedette.config.schema.growth import GrowthBlock
from vedette.model.events import Trigger
from vedette.model.flood import UNCAPPED, Caps
from vedette.model.issues import CountSpan
from vedette.model.policies import (
    BY_TRANSITION,
    ClosedTicket,
    Mute,
    OnDone,
    Per,
    Policy,
    PolicyChange,
    Rest,
    TicketSettings,
    When,
)

_USUAL = Policy(name="")
_USUAL_WHEN = When()
_USUAL_TICKETS = TicketSettings()
_SPAN = " +([0-9]+[wdhms]+)+"
_CLOSED_PATTERN = f"new|(reopen|comment)({_SPAN})?|quiet{_SPAN}"
_CLOSED_FORMS = "new, reopen, reopen 14d, comment, comment 14d or quiet 14d"
_WONT_DO_FORMS = "new or quiet 90d"
_RESOLVE_FORMS = "comment, nothing, or transition and the name of a status, such as transition Done"


def _rest(value: Any, *, words: frozenset[ClosedTicket], forms: str) -> Any:
    if isinstance(value, Rest):
        return value
    if not isinstance(value, str):
        raise fault(f"should be {forms}")
    if value in words:
        return Rest(ClosedTicket(value))
    try:
        found = word_and_days(value)
    except ValueError as error:
        raise fault(str(error)) from None
    if found is None or found[0] not in {*words, ClosedTicket.QUIET} - {ClosedTicket.NEW}:
        raise fault(f"should be {forms}")
    return Rest(ClosedTicket(found[0]), found[1])


def _closed(value: Any) -> Any:
    words = frozenset({ClosedTicket.NEW, ClosedTicket.REOPEN, ClosedTicket.COMMENT})
    return _rest(value, words=words, forms=_CLOSED_FORMS)


def _wont_do(value: Any) -> Any:
    return _rest(value, words=frozenset({ClosedTicket.NEW}), forms=_WONT_DO_FORMS)


def _resolved(value: Any) -> Any:
    known = isinstance(value, str) and (value in ("comment", "nothing") or value.startswith(BY_TRANSITION))
    if not known or not value.removeprefix(BY_TRANSITION).strip():
        raise fault(f"should be {_RESOLVE_FORMS}")
    return " ".join(value.split())


def _moment(value: Any) -> Any:
    """A date (its first moment, UTC) or a date with time; without an offset it is UTC."""
    if isinstance(value, datetime) or not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
        if len(value) <= len("2027-01-31"):
            at = datetime.combine(date.fromisoformat(value), time.min)
    except ValueError:
        raise fault("should be a date such as 2027-01-31 or 2027-01-31T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _rest_schema(words: str) -> dict[str, Any]:
    return {"type": "string", "title": "answer", "pattern": f"^({words})$"}


_ISSUE = Shape(
    r"|([a-z0-9][a-z0-9_]*/)?[0-9]+", "should be the number in the issue's address", "write 4711 or instance/4711"
)

Closed = Annotated[Rest, BeforeValidator(_closed), WithJsonSchema(_rest_schema(_CLOSED_PATTERN))]
WontDo = Annotated[Rest, BeforeValidator(_wont_do), WithJsonSchema(_rest_schema(f"new|quiet{_SPAN}"))]
Resolved = Annotated[
    str,
    BeforeValidator(_resolved),
    WithJsonSchema({"type": "string", "title": "answer", "pattern": "^(comment|nothing|transition +.+)$"}),
]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "title": "date"})]
Level = Literal["sample", "debug", "info", "warning", "error", "fatal"]


class WhenBlock(Block):
    """Thresholds; a ticket is cut where all of them hold. An alert is held against none: a person wrote its rule."""

    last_seen_within: timedelta | Literal["any"] = Field(
        default=timedelta(hours=24), description="The issue was seen within this time; any asks nothing."
    )
    events_over: Whole | None = Field(
        default=None, ge=0, description="It has strictly more events than this, within span."
    )
    users_over: Whole | None = Field(
        default=None, ge=0, description="It struck strictly more users than this, within span."
    )
    span: CountSpan = Field(
        default=_USUAL_WHEN.span,
        description="What is counted: window (the time of last_seen_within) or the issue's lifetime.",
    )
    levels: frozenset[Level] = Field(
        default=frozenset(), description="Only issues of these levels; none means every level."
    )
    environments: frozenset[Filled] = Field(
        default=frozenset(), description="Only these environments; none means every one."
    )

    def frozen(self) -> When:
        """The block as rules read it."""
        asked = None if self.last_seen_within == "any" else self.last_seen_within
        return When(**(self.values() | {"last_seen_within": asked}))


class PolicyBlock(Block):
    """When a ticket is cut for the issues of some projects, and what a closed one means."""

    name: Text = Field(default="", description="Name in reasons and messages; its projects unless given.")
    projects: tuple[Filled, ...] = Field(
        default=(), description="Slugs of the Sentry projects; none means every project."
    )
    instances: tuple[Filled, ...] = Field(
        default=(), description="Names of the Sentry instances; none means every one."
    )
    on: frozenset[Trigger] = Field(
        default=_USUAL.on,
        min_length=1,
        description="What makes it look at an issue: alert, poll, error, created, regressed, monitor.",
    )
    every: timedelta = Field(default=_USUAL.every, gt=ZERO, description="How often its projects are polled.")
    when: WhenBlock = Field(default_factory=WhenBlock, description="Thresholds.")
    closed_ticket: Closed = Field(
        default=_USUAL.closed_ticket, description=f"What a live issue with a closed ticket gets: {_CLOSED_FORMS}."
    )
    wont_do: WontDo = Field(
        default=_USUAL.wont_do,
        description=f"What it gets where the ticket was closed as not to be done: {_WONT_DO_FORMS}.",
    )
    track: Name = Field(
        default=_USUAL.track,
        description="The line of tickets it keeps; another name keeps tickets beside the main ones.",
    )
    per: Per = Field(
        default=_USUAL.per,
        description="What has a ticket of its own: issue, or each event of it, in a chain (previous, first).",
    )
    active: tuple[Filled, ...] = Field(
        default=_USUAL.active,
        description="Statuses of a ticket that count as open, by name; one that has left them counts as closed. "
        "Unless given, the tracker's own categories decide.",
    )
    on_resolve: Resolved = Field(
        default=_USUAL.on_resolve,
        description=f"What an open ticket gets when Sentry resolves the issue: {_RESOLVE_FORMS}.",
    )
    on_done: OnDone = Field(
        default=_USUAL.on_done,
        description="What the issue gets in Sentry when a person closes its ticket as done: nothing, resolve or "
        "resolve_in_next_release.",
    )
    growth: GrowthBlock = Field(
        default_factory=GrowthBlock, description="What an open ticket is told when its issue grows."
    )

    def frozen(self) -> Policy:
        """The block as rules read it."""
        return Policy(
            **(self.values() | {"name": self.called(), "when": self.when.frozen(), "growth": self.growth.frozen()})
        )

    def called(self) -> str:
        """Its name, or one made of its projects and track, so that the same settings give the same name."""
        track = "" if self.track == _USUAL.track else f":{self.track}"
        return self.name or ("+".join(self.projects) or "default") + track


def _as_there(name: str) -> Any:
    """A key that is the policy's unless it is given."""
    return Field(default=None, description=PolicyBlock.model_fields[name].description)


class PolicyChangeBlock(Block):
    """What the tickets of this route do otherwise than their policy says; a key that is left out is the policy's."""

    growth: GrowthBlock | None = _as_there("growth")
    closed_ticket: Closed | None = _as_there("closed_ticket")
    wont_do: WontDo | None = _as_there("wont_do")
    per: Per | None = _as_there("per")
    active: tuple[Filled, ...] | None = _as_there("active")
    on_resolve: Resolved | None = _as_there("on_resolve")
    on_done: OnDone | None = _as_there("on_done")

    def frozen(self, place: str) -> PolicyChange:
        """The block as rules read it; `place` is the dotted setting of the block."""
        growth = None if self.growth is None else self.growth.frozen()
        return PolicyChange(place=place, **(self.values() | {"growth": growth}))


class MuteBlock(Block):
    """An exception that a person agreed to; all conditions that are given must hold."""

    reason: Filled = Field(description="Why; stands in every decision that it makes.")
    issue: Annotated[Text, _ISSUE.check, _ISSUE.schema] = Field(
        default="", description="The issue's number, or instance/number."
    )
    title: Text = Field(default="", description="A pattern over titles: * any text, ? one character; case counts.")
    fingerprint: Text = Field(
        default="", description="A pattern over the parts of the event's fingerprint and the hashes Sentry grouped by."
    )
    level: Level | Literal[""] = Field(default="", description="The issue's level.")
    environment: Text = Field(default="", description="A pattern over the environment of the newest event.")
    project: Text = Field(default="", description="A pattern over the slug of the Sentry project.")
    drop: Flag = Field(
        default=False,
        description="Drop what the payload alone shows to be meant: stored and counted, and Sentry is not asked.",
    )
    until: Moment | None = Field(
        default=None, description="When it ends: a date (UTC) or a date with time; without it, never."
    )

    def frozen(self) -> Mute:
        """The block as rules read it."""
        return Mute(**self.values())


class TicketsBlock(Block):
    """When tickets are cut, and how patient the ledger is."""

    policies: tuple[PolicyBlock, ...] = Field(
        default=(),
        description="When a ticket is cut; unless given, one for everything: on alerts, and above 50 events in 24 h.",
    )
    mutes: tuple[MuteBlock, ...] = Field(default=(), description="Issues that get no ticket.")
    caps: CapsOrOff = Field(
        default_factory=CapsBlock, description="How many tickets are cut at most; off for as many as are wanted."
    )
    settle: timedelta = Field(
        default=_USUAL_TICKETS.settle,
        gt=ZERO,
        description="How long after an unclear attempt a ticket must be absent to count as never made.",
    )
    looks: tuple[timedelta, ...] = Field(default=_USUAL_TICKETS.looks, description="When it is looked for before that.")
    search_lag: timedelta = Field(
        default=_USUAL_TICKETS.search_lag, ge=ZERO, description="How far the tracker's search may lag behind."
    )
    refresh: timedelta = Field(
        default=_USUAL_TICKETS.refresh, ge=ZERO, description="A ticket's state is read again when known for longer."
    )
    audit_every: timedelta = Field(
        default=_USUAL_TICKETS.audit_every, gt=ZERO, description="How often ledger, tracker and Sentry are compared."
    )
    runbook: Text = Field(
        default=_USUAL_TICKETS.runbook, description="Link to what to do, for routes without one of their own."
    )

    def frozen_caps(self) -> Caps:
        """The caps as rules read them."""
        return self.caps.frozen() if isinstance(self.caps, CapsBlock) else UNCAPPED

    def frozen(self, base_url: str) -> TicketSettings:
        """The ledger's part of the block, with the address of our pages."""
        return TicketSettings(
            settle=self.settle,
            looks=self.looks,
            search_lag=self.search_lag,
            refresh=self.refresh,
            audit_every=self.audit_every,
            runbook=self.runbook,
            base_url=base_url,
        )
