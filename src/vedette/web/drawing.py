"""Drawing: an issue's way from delivery to ticket as stops on a line; pure, from frozen rows.

Law: what is not known is left out or said to be open; nothing is guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vedette.flows.explain import changed_words
from vedette.model.jobs import Job, JobKind, JobState
from vedette.model.journal import Entry, EntryKind
from vedette.model.settings import Settings
from vedette.model.tickets import MAIN_TRACK, Claim, ClaimState, Route
from vedette.store.views import IssueView

_JOBS = 8


class Mark(StrEnum):
    """How a stop stands; also its class in the style sheet."""

    DONE = "done"
    WAITING = "waiting"
    TROUBLE = "trouble"
    QUIET = "quiet"  # passed, and nothing was to be done


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: what it is, what happened there, details below, and where it leads."""

    name: str
    title: str
    notes: tuple[str, ...] = ()
    mark: Mark = Mark.DONE
    link: str = ""
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """The stops of one track."""

    track: str
    stops: tuple[Stop, ...]


def ways(view: IssueView, settings: Settings) -> tuple[Way, ...]:
    """One way per track, the main one first."""
    decided = _newest_decisions(view)
    tracks = dict.fromkeys([*decided, *(claim.track for claim in view.claims)]) or {MAIN_TRACK: None}
    ordered = sorted(tracks, key=lambda track: (track != MAIN_TRACK, track))
    return tuple(Way(track, tuple(_stops(view, settings, track, decided.get(track)))) for track in ordered)


def _newest_decisions(view: IssueView) -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in view.entries:  # newest first
        if entry.kind is EntryKind.DECISION:
            found.setdefault(str(entry.details.get("track", MAIN_TRACK)), entry)
    return found


def _stops(view: IssueView, settings: Settings, track: str, decision: Entry | None) -> Iterator[Stop]:
    details: Mapping[str, Any] = decision.details if decision else {}
    claims = [claim for claim in view.claims if claim.track == track]
    claim = claims[-1] if claims else None
    yield _heard(view)
    if decision is not None:
        yield from _owner(details)
        yield from _route(claim, details, settings)
        yield _policy(details, settings, track)
    yield _decision(view, decision)
    yield from _jobs(view, claims)
    yield from _ticket(claim)


def _heard(view: IssueView) -> Stop:
    if view.deliveries:
        newest = view.deliveries[0]
        more = len(view.deliveries) - 1
        notes = [f"{newest.kind} · {newest.size:,} bytes · {newest.state}"]
        if more:
            notes.append(f"and {more} more below")
        return Stop("Delivery", f"Delivery {newest.id} from {newest.instance}", tuple(notes))
    if view.mentions:
        return Stop("Poll", f"Found by polling {view.key.instance}")
    return Stop("Delivery", "Nothing was heard of this issue", mark=Mark.QUIET)


def _owner(details: Mapping[str, Any]) -> Iterator[Stop]:
    asked = [step for step in details.get("steps", ()) if isinstance(step, Mapping)]
    entry = next((step for step in asked if step.get("entry")), None)
    steps = [step for step in asked if not step.get("entry")]
    step = _deciding(steps)
    if step is not None:
        passed = len(steps) - 1
        notes = (f"after {passed} frame{'s' if passed > 1 else ''} that decided nothing",) if passed else ()
        yield Stop("Frame", str(step.get("path") or "a frame without a path"), notes)
    source = str(details.get("source", ""))
    stale = ("an older copy: the newest could not be read",) if details.get("stale") else ()
    if step is not None and step.get("pattern"):
        rule = " ".join([str(step["pattern"]), *map(str, step.get("owners", ()))])
        yield Stop("CODEOWNERS", f"line {step.get('line')}: {rule}", (source, *stale))
    else:
        yield Stop("CODEOWNERS", "no rule matches any frame", ("" if entry else source, *stale), Mark.QUIET)
    if entry is not None:
        yield Stop("Tags and URL", str(entry.get("path", "")), (str(entry.get("entry", "")),))
    ownership, owner = str(details.get("ownership", "")), str(details.get("owner", ""))
    words = {"explicitly_unowned": "explicitly unowned", "unmatched": "nobody"}
    told = tuple(filter(None, (str(details.get("owner_sentence", "")),)))
    yield Stop("Owner", words.get(ownership, owner) or "nobody", told, Mark.DONE if owner else Mark.QUIET)


def _deciding(steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    for wanted in ("owned", "cleared"):
        for step in steps:
            if step.get("outcome") == wanted:
                return step
    return steps[0] if steps else None


def _route(claim: Claim | None, details: Mapping[str, Any], settings: Settings) -> Iterator[Stop]:
    owner = str(details.get("owner", ""))
    team = settings.teams.get(owner)
    own = team is not None and team.route is not None
    route: Route | None = claim.route if claim else team.route if team and team.route else settings.default_route
    if route is None:
        yield Stop("Route", "no route: nobody named it and there is no default", mark=Mark.TROUBLE)
        return
    place = settings.where.get(f"teams.{owner}.route" if own else "routes.default", "")
    parts = [route.type, *route.components, *route.labels]
    board = claim.place.sentence if claim and claim.place else ""
    notes = tuple(filter(None, (" · ".join(filter(None, parts)), board, place)))
    project = claim.sent.project if claim else route.project
    yield Stop("Route", f"{route.tracker} → {project or 'its boards'}", notes)


def _policy(details: Mapping[str, Any], settings: Settings, track: str) -> Stop:
    name = str(details.get("policy", ""))
    place = settings.where.get(f"tickets.policies.{name}", "")
    on_track = "" if track == MAIN_TRACK else f"track {track}"
    changed = changed_words(settings, details.get("changed", ()))
    return Stop("Policy", name or "none", tuple(filter(None, (on_track, place, *changed))))


def _decision(view: IssueView, decision: Entry | None) -> Stop:
    if decision is None:
        waits = any(job.kind is JobKind.DECIDE and job.state in (JobState.READY, JobState.LEASED) for job in view.jobs)
        return Stop("Decision", "waits to be decided" if waits else "no decision yet", mark=Mark.WAITING)
    acted = bool(decision.details.get("actions"))
    counts = tuple(_count(count) for count in decision.details.get("counts", ()) if isinstance(count, Mapping))
    return Stop("Decision", decision.reason, (decision.sentence, *counts), Mark.DONE if acted else Mark.QUIET)


def _count(count: Mapping[str, Any]) -> str:
    users = "" if count.get("users") is None else f", {count['users']} users"
    return f"{count.get('events')} events{users} ({count.get('span')}, from {count.get('from')})"


def _jobs(view: IssueView, claims: Sequence[Claim]) -> Iterator[Stop]:
    numbers = {claim.id for claim in claims}
    mine = tuple(job for job in view.jobs if job.claim in numbers)[:_JOBS]
    if not mine:
        return
    states = {job.state for job in mine}
    if JobState.DEAD in states:
        mark, title = Mark.TROUBLE, "a job became a dead letter"
    elif states & {JobState.READY, JobState.LEASED}:
        mark, title = Mark.WAITING, "under way"
    else:
        mark, title = Mark.DONE, "all done"
    yield Stop("Jobs", title, mark=mark, jobs=mine)


def _ticket(claim: Claim | None) -> Iterator[Stop]:
    if claim is None:
        return
    marks = {ClaimState.OPEN: Mark.DONE, ClaimState.DONE: Mark.QUIET, ClaimState.WONT_DO: Mark.QUIET}
    generation = f"ticket number {claim.generation} of this issue" if claim.generation > 1 else ""
    if claim.ticket is None:
        mark = Mark.TROUBLE if claim.state in (ClaimState.UNCERTAIN, ClaimState.DROPPED) else Mark.WAITING
        yield Stop("Ticket", f"none yet ({claim.state})", tuple(filter(None, (generation,))), mark)
        return
    notes = tuple(filter(None, (claim.ticket_status, f"in the ledger: {claim.state}", generation)))
    yield Stop("Ticket", claim.ticket.key, notes, marks.get(claim.state, Mark.TROUBLE), claim.ticket.url)
