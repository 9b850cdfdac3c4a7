"""Explain: which issue a person means, and everything that is known of its way; nothing is decided or written here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vedette.errors import VedetteError
from vedette.flows.context import Context
from vedette.model.flood import Held, HeldState
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState
from vedette.model.journal import EntryKind
from vedette.model.settings import Settings
from vedette.model.tickets import MAIN_TRACK, Claim, ClaimState
from vedette.store import flood, ledger, limits, views
from vedette.store.limits import DestinationState
from vedette.store.views import IssueView

_TICKET = re.compile(r"(?:https?://\S+/)?([A-Za-z][A-Za-z0-9_]*-[0-9]+)/?")
_LIVE = (JobState.READY, JobState.LEASED)


@dataclass(frozen=True, slots=True)
class Explained:
    """One issue's whole way, the newest of each first; `coming` says what happens next, a sentence each."""

    view: IssueView
    title: str
    project: str
    coming: tuple[str, ...]

    @property
    def owner_details(self) -> Mapping[str, Any]:
        """What the newest decision that looked an owner up wrote of it; empty where none did."""
        decided = (entry.details for entry in self.view.entries if entry.kind is EntryKind.DECISION)
        return next((details for details in decided if details.get("steps")), {})

    @property
    def is_known(self) -> bool:
        """Whether anything was ever heard of the issue."""
        view = self.view
        return bool(view.mentions or view.entries or view.claims or view.jobs)


def resolve(context: Context, text: str) -> IssueKey:
    """The issue that a ticket's key or any reference to a Sentry issue means; raises VedetteError with the cure.

    Numbers and addresses are understood without asking Sentry, a short id only by asking.
    """
    asked = text.strip()
    found = _by_ticket(context, asked)
    if found is not None:
        return found
    keys, trouble = _by_source(context, asked)
    if len(keys) > 1:
        keys = _heard_of(context, keys) or keys
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise VedetteError(f"{asked} may be an issue of several Sentry instances: write {' or '.join(map(str, keys))}")
    if trouble:
        raise VedetteError(
            f"nobody here knows {asked}, and Sentry could not be asked ({trouble[0]}); "
            "give the issue's number or its address"
        )
    raise VedetteError(
        f"{asked} is neither a ticket that Vedette cut nor an issue of {', '.join(context.sources)}; give an issue's "
        "number, instance/number, short id or address, or a ticket's key"
    )


def explain(context: Context, key: IssueKey) -> Explained:
    """What the store knows of the issue."""
    now = context.clock()
    view = context.store.read(lambda tx: views.issue(tx, key))
    states = context.store.read(limits.states)
    facts = _facts(view)
    held = context.store.read(lambda tx: flood.listing(tx, issue=view.key))
    coming = (*_held(held), *_coming(view, {state.name: state for state in states}, now=now))
    return Explained(view, facts.get("title", ""), facts.get("project", ""), coming)


def route_place(settings: Settings, owner: str) -> str:
    """Where the route of the owner stands in the settings, as file:line:column; "" where there is none."""
    team = settings.teams.get(owner)
    own = team is not None and team.route is not None
    return settings.where.get(f"teams.{owner}.route" if own else "routes.default", "")


def policy_place(settings: Settings, name: str) -> str:
    """Where the policy stands in the settings; "" for the one that stands when none is written."""
    return settings.where.get(f"tickets.policies.{name}", "")


def chain_words(claim: Claim, claims: Sequence[Claim]) -> str:
    """Which event the ticket is for, and which came before it and first; "" where it stands alone for its issue."""
    named = {each.id: each.ticket.key if each.ticket else f"generation {each.generation}" for each in claims}
    parts = [f"event {claim.event}" if claim.event else ""]
    if claim.previous is not None:
        parts.append(f"after {named.get(claim.previous, f'claim {claim.previous}')}")
    if claim.root is not None and claim.root != claim.previous:
        parts.append(f"first was {named.get(claim.root, f'claim {claim.root}')}")
    return ", ".join(filter(None, parts))


def changed_words(settings: Settings, changed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a decision had from the owner's route, and not from its policy: setting, value, file:line:column."""
    for each in changed:
        place = settings.where.get(str(each.get("place", "")), str(each.get("place", "")))
        yield f"{each.get('setting')}: {each.get('value')}  {place}"


def _by_ticket(context: Context, text: str) -> IssueKey | None:
    found = _TICKET.fullmatch(text)
    if found is None:
        return None
    for tracker in context.settings.trackers:
        claim = context.store.read(lambda tx, name=tracker: ledger.by_ticket(tx, name, key=found[1].upper()))  # type: ignore[misc]
        if claim is not None:
            return IssueKey(claim.issue.instance, claim.issue.id)
    return None


def _by_source(context: Context, text: str) -> tuple[list[IssueKey], list[str]]:
    keys, trouble = [], []
    for source in context.sources.values():
        try:
            key = source.resolve_reference(text)
        except VedetteError as problem:
            trouble.append(str(problem))
            continue
        if key is not None:
            keys.append(key)
    return list(dict.fromkeys(keys)), trouble


def _heard_of(context: Context, keys: list[IssueKey]) -> list[IssueKey]:
    known = context.store.read(lambda tx: views.find_issue(tx, keys[0].id))
    return [key for key in keys if key in known]


def _facts(view: IssueView) -> Mapping[str, str]:
    """Title and project, from the newest line or mention that has them."""
    told = [entry.details for entry in view.entries] + [mention.detail for mention in view.mentions]
    found: dict[str, str] = {}
    for details in told:
        for name in ("title", "project"):
            if details.get(name):
                found.setdefault(name, str(details[name]))
    return found


def _coming(view: IssueView, states: Mapping[str, DestinationState], *, now: datetime) -> Iterator[str]:
    claims = {claim.id: claim for claim in view.claims}
    live = sorted((job for job in view.jobs if job.state in _LIVE), key=lambda job: job.id)
    for job in live:
        yield _next_of(job, claims.get(job.claim or 0), now=now)
    for name in dict.fromkeys(job.destination for job in live):
        state = states.get(name)
        if state is not None and state.paused_at is not None:
            yield f"{name} is paused ({state.paused_reason}): its jobs wait until the credentials are mended"
        elif state is not None and state.open_until is not None and state.open_until > now:
            yield f"{name} rests until {_moment(state.open_until, now)}, after failures in a row"
    for job in view.jobs:
        if job.state is JobState.DEAD:
            name = f"job {job.id} ({job.kind})"
            yield f"{name} is a dead letter ({job.reason}): mend the cause, then `vedette queue retry {job.id}`"
    if not live:
        yield "nothing waits; the next webhook or poll of the issue is decided on anew"


def _held(held: Sequence[Held]) -> Iterator[str]:
    for each in held:
        track = "" if each.track == MAIN_TRACK else f" on track {each.track}"
        if each.state is HeldState.ASKED:
            yield f"its ticket{track} is asked for and waits for room under the caps of {each.place}"
        else:
            since = f"{each.first_at:%Y-%m-%d %H:%M} UTC"
            yield f"its ticket{track} is held back since {since}: `vedette tickets split {each.issue}` gives it one"


def _next_of(job: Job, claim: Claim | None, *, now: datetime) -> str:
    name = f"job {job.id} ({job.kind})"
    if job.state is JobState.LEASED:
        return f"{name} is being done now"
    if claim is not None and claim.state is ClaimState.UNCERTAIN and job.kind is JobKind.OPEN_TICKET:
        settled = f"; absence counts as proven from {_moment(claim.settle_at, now)}" if claim.settle_at else ""
        look = _moment(job.run_at, now)
        return f"{name}: the last attempt had no whole answer; the ticket is looked for at {look}{settled}"
    why = f" after {job.reason}" if job.reason else ""
    tries = f", {job.attempt} failed tries so far" if job.attempt else ""
    if job.run_at <= now:
        return f"{name} waits for its turn{why}{tries}"
    return f"{name} runs again at {_moment(job.run_at, now)}{why}{tries}"


def _moment(at: datetime, now: datetime) -> str:
    away = at - now
    near = f" (in {max(0, round(away.total_seconds()))} s)" if timedelta(0) <= away < timedelta(minutes=10) else ""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{near}"
