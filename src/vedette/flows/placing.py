"""Placing: where one attempt is sent, asked of the tracker just before; a tracker that is down holds no decision up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vedette.errors import Refused
from vedette.flows.context import Context
from vedette.flows.gather import Gathered
from vedette.model.boards import Place, Placed, Placement
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.settings import Settings
from vedette.model.tickets import Claim
from vedette.ports.roles import Tracker, resolve
from vedette.rules.boards import Choice, NoBoard, Scene, allowed, choose, own_place
from vedette.store import journal
from vedette.store.database import Tx


def scene_of(settings: Settings, tracker: str, *, level: str, environment: str) -> Scene:
    """What the choice of a board rests on."""
    known = settings.trackers.get(tracker)
    return Scene(level, environment, settings.mode.value, known is not None and known.sandbox)


def board_foreseen(settings: Settings, gathered: Gathered) -> str:
    """The sentence of the choice that would be made now; "" without a route or a choice. No tracker is asked."""
    route, occurrence = gathered.verdict.route, gathered.occurrence
    if route is None:
        return ""
    environment = occurrence.environment if occurrence else ""
    return choose(
        route, scene_of(settings, route.tracker, level=gathered.issue.level, environment=environment)
    ).sentence


def place_for(context: Context, tracker: Tracker, claim: Claim, payload: Mapping[str, Any]) -> Placement:
    """The place for the claim's next attempt. `Refused`: no board may take it, or the one that may is not there."""
    level, environment = str(payload.get("level", "")), str(payload.get("environment", ""))
    scene = scene_of(context.settings, claim.route.tracker, level=level, environment=environment)
    choice = choose(claim.route, scene)
    if isinstance(choice, NoBoard):
        raise Refused(choice.sentence)
    placed = resolve(tracker, choice.place)
    also, lost = _others(tracker, choice, placed.project)
    said = [choice.sentence, placed.said, *(each.said for each in also), *lost]
    return Placement(
        project=placed.project,
        section=placed.section,
        priority=choice.priority,
        also=also,
        sandbox=choice.place.sandbox,
        sentence="; ".join(filter(None, said)),
    )


def _others(tracker: Tracker, choice: Choice, main: str) -> tuple[tuple[Placed, ...], list[str]]:
    """The further places, each once, and a sentence for each that is not there: it never costs the ticket."""
    found: dict[str, Placed] = {}
    lost: list[str] = []
    for place in choice.also:
        try:
            placed = resolve(tracker, place)
        except Refused as refusal:
            lost.append(f"{place} is left out: {refusal}")
            continue
        if placed.project != main:
            found.setdefault(placed.project, placed)
    return tuple(found.values()), lost


def refuse_outside(context: Context, claim: Claim) -> None:
    """Raises `Refused` where the claim's ticket may not be touched: outside production only sandboxed ones are."""
    place = claim.place
    stands = own_place(claim.route) if place is None else Place(project=place.project, sandbox=place.sandbox)
    scene = scene_of(context.settings, claim.route.tracker, level="", environment="")
    if allowed(stands, scene):
        return
    raise Refused(
        f"in mode {scene.mode} only sandboxed destinations are used, and {stands} of {claim.route.tracker} is none: "
        "its ticket is left alone"
    )


def journaled(tx: Tx, claim: Claim, lease: Lease, *, now: datetime) -> None:
    """A line for the board of an attempt, where there was something to choose."""
    place = claim.place
    if place is None or not place.sentence:
        return
    details = {"project": place.project, "also": [each.project for each in place.also], "priority": place.priority}
    entry = NewEntry(EntryKind.OUTCOME, "placed", place.sentence, claim.issue, None, claim.id, lease.job.id, details)
    journal.write(tx, entry, now=now)
