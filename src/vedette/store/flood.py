"""Flood: counts what the caps are held against, and keeps the issues whose tickets were held back.

Law: a cap is weighed and its ticket recorded in one transaction that holds `turn`, so that no two workers find the
same room.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select, text
from sqlalchemy.sql import and_, case, or_

from vedette.model.flood import WAITING, Counted, Held, HeldBack, HeldState, NewHeld, Place, place_of
from vedette.model.issues import IssueKey
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState, Route
from vedette.store import ledger
from vedette.store.floodtables import HELD_ASKED, HELD_WAITS, UNTOLD, cuts, held
from vedette.store.tables import claims
from vedette.store.types import encode
from vedette.store.upserts import insert, unless_there
from vedette.store.waking import mark

HOUR = timedelta(hours=1)

_h = held.c
_c = cuts.c
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('vedette caps', 11))")
_CUT = unless_there(cuts)
_ENDED = [state.value for state in ClaimState if state not in LIVE_CLAIMS]
_IN_PLACE = and_(_h.tracker == bindparam("in_tracker"), _h.place == bindparam("in_place"))


@dataclass(frozen=True, slots=True)
class Standing:
    """One digest and how many issues wait in it (or for it, while there is none); `asked`: how many are asked for."""

    place: Place
    digest: Claim | None
    held: int
    asked: int


def turn(tx: Connection) -> None:
    """Wait until nobody else weighs caps; SQLite lets one writer in at a time anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(_TURN)


def counted(tx: Connection, place: Place, *, run: int, now: datetime) -> Counted:
    """Tickets cut so far that the caps count; `run` 0 is no sweep."""
    since = now - HOUR
    lately = select(func.count()).select_from(cuts).where(_c.at > since)
    here = lately.where(_c.tracker == place.tracker, _c.project == place.project)
    of_run = select(func.count()).select_from(cuts).where(_c.run == run)
    return Counted(
        run=int(tx.execute(of_run).scalar_one()) if run else 0,
        route=int(tx.execute(here).scalar_one()),
        hour=int(tx.execute(lately).scalar_one()),
    )


def cut(tx: Connection, claim: int, place: Place, *, run: int, now: datetime) -> None:
    """A ticket is on its way: it counts from now on."""
    values = {"claim": claim, "tracker": place.tracker, "project": place.project, "run": run, "at": now}
    tx.execute(_CUT[tx.dialect.name], values)


def forget_cuts(tx: Connection, *, before: datetime) -> int:
    """Let go of what no cap counts any more."""
    return tx.execute(cuts.delete().where(_c.at < before)).rowcount


def hold(tx: Connection, new: NewHeld, *, now: datetime) -> None:
    """The issue's ticket is held back: once more where it was before; a ticket that was asked for stays asked for."""
    place = place_of(new.route)
    known = {
        "tracker": place.tracker,
        "place": place.project,
        "route": encode(new.route),
        "owner": new.owner,
        "title": new.title,
        "project": new.project,
        "link": new.link,
        "events": new.events,
        "users": new.users,
        "last_at": now,
        "sentence": new.sentence,
    }
    identity = {"instance": new.issue.instance, "issue": new.issue.id, "track": new.track}
    fresh = {
        "news": 1, "first_at": now, "state": HeldState.HELD.value, "digest": None, "claim": None, "told_at": None,
        "asked_at": None, "released_at": None, "over_caps": False,
    }  # fmt: skip
    made = insert(tx, held).values(**identity, **known, **fresh)
    waits = _h.state.in_([HeldState.HELD.value, HeldState.ASKED.value])
    again: dict[str, Any] = {
        name: case((waits, _h[name]), else_=made.excluded[name]) for name in fresh if name != "released_at"
    }
    again |= {"news": _h.news + 1, "released_at": None}
    tx.execute(made.on_conflict_do_update(index_elements=list(identity), set_=known | again))


def heard_again(tx: Connection, key: IssueKey, track: str, *, events: int, users: int, now: datetime) -> None:
    """News of an issue that waits in a digest."""
    values = {"events": events, "users": users, "news": _h.news + 1, "last_at": now}
    tx.execute(held.update().where(*_same(key, track), HELD_WAITS).values(**values))


def released(tx: Connection, key: IssueKey, track: str, *, claim: int) -> None:
    """The issue has a ticket of its own; nothing where it was never held."""
    values = {"state": HeldState.SPLIT.value, "claim": claim, "told_at": None}
    tx.execute(held.update().where(*_same(key, track), _h.state != HeldState.SPLIT.value).values(**values))


def settled(tx: Connection, key: IssueKey, track: str, *, sentence: str) -> None:
    """It was asked for and wanted no ticket any more: it leaves its digest."""
    values = {"state": HeldState.CLOSED.value, "sentence": sentence, "told_at": None}
    tx.execute(held.update().where(*_same(key, track), HELD_WAITS).values(**values))


def of_issue(tx: Connection, key: IssueKey, track: str) -> HeldBack | None:
    """How the issue's ticket was held back on the track, with its digest; None where it never was."""
    row = tx.execute(select(held).where(*_same(key, track))).one_or_none()
    if row is None:
        return None
    return HeldBack(held_of(row), None if row.digest is None else ledger.get(tx, row.digest))


def listing(
    tx: Connection,
    *,
    place: Place | None = None,
    digest: int | None = None,
    issue: IssueKey | None = None,
    states: Collection[HeldState] = (HeldState.HELD, HeldState.ASKED),
    limit: int = 1000,
) -> list[Held]:
    """Held issues, the loudest first."""
    wanted = select(held).where(_h.state.in_([state.value for state in states]))
    if place is not None:
        wanted = wanted.where(_h.tracker == place.tracker, _h.place == place.project)
    if digest is not None:
        wanted = wanted.where(_h.digest == digest)
    if issue is not None:
        wanted = wanted.where(_h.instance == issue.instance, _h.issue == issue.id)
    return [held_of(row) for row in tx.execute(wanted.order_by(_h.events.desc(), _h.id).limit(limit))]


def untold(tx: Connection, place: Place) -> list[Held]:
    """Rows of the place that its digest has yet to speak of, the loudest first."""
    wanted = select(held).where(_IN_PLACE, UNTOLD).order_by(_h.events.desc(), _h.id)
    return [held_of(row) for row in tx.execute(wanted, {"in_tracker": place.tracker, "in_place": place.project})]


def restless(tx: Connection, *, until: datetime) -> list[Place]:
    """Places whose digests have something to say, older than `until`, or ended while issues were held in them."""
    untold_ = select(_h.tracker, _h.place).where(UNTOLD, _h.first_at <= until)
    over = (
        select(_h.tracker, _h.place)
        .join(claims, claims.c.id == _h.digest)
        .where(HELD_WAITS, claims.c.state.in_(_ENDED))
    )
    rows = tx.execute(untold_.union(over))
    return [Place(row.tracker, row.place) for row in rows]


def told(tx: Connection, ids: Collection[int], *, digest: int | None, now: datetime) -> None:
    """The digest's words, which are on their way, speak of these rows."""
    for start in range(0, len(ids), 500):
        some = list(ids)[start : start + 500]
        tx.execute(held.update().where(_h.id.in_(some)).values(told_at=now, digest=digest))


def attach(tx: Connection, place: Place, digest: int) -> None:
    """Everything that waits in the place waits in this digest."""
    other = or_(_h.digest.is_(None), _h.digest != digest)
    where = (_h.tracker == place.tracker, _h.place == place.project, HELD_WAITS, other)
    tx.execute(held.update().where(*where).values(digest=digest))


def detach(tx: Connection, digest: int) -> None:
    """The digest was closed for being empty; what came to it meanwhile waits for the next one."""
    tx.execute(held.update().where(_h.digest == digest, HELD_WAITS).values(digest=None, told_at=None))


def close_with(tx: Connection, digest: int, *, sentence: str, now: datetime) -> int:
    """The digest was closed, and with it what waited in it; how many did."""
    values = {"state": HeldState.CLOSED.value, "sentence": sentence, "told_at": now}
    return tx.execute(held.update().where(_h.digest == digest, HELD_WAITS).values(**values)).rowcount


def ask(tx: Connection, ids: Collection[int], *, over_caps: bool, now: datetime) -> int:
    """Somebody wants tickets for these held issues; how many were not asked for before."""
    wanted = held.update().where(_h.id.in_(list(ids)), HELD_WAITS, or_(~HELD_ASKED, _h.over_caps != over_caps))
    values = {"state": HeldState.ASKED.value, "asked_at": now, "released_at": None, "over_caps": over_caps}
    mark(tx)
    return tx.execute(wanted.values(**values)).rowcount


def asked(tx: Connection, *, stale: datetime, limit: int) -> list[Held]:
    """Issues that were asked for and not let go yet (or before `stale`, to no effect), oldest first."""
    free = or_(_h.released_at.is_(None), _h.released_at < stale)
    rows = tx.execute(select(held).where(HELD_ASKED, free).order_by(_h.asked_at, _h.id).limit(limit))
    return [held_of(row) for row in rows]


def under_way(tx: Connection, place: Place | None, *, stale: datetime) -> int:
    """How many were let go and not decided yet, which will want room under the caps."""
    wanted = select(func.count()).select_from(held).where(HELD_ASKED, _h.released_at >= stale, ~_h.over_caps)
    if place is not None:
        wanted = wanted.where(_h.tracker == place.tracker, _h.place == place.project)
    return int(tx.execute(wanted).scalar_one())


def let_go(tx: Connection, ids: Collection[int], *, now: datetime) -> None:
    """Their decisions are on the way."""
    tx.execute(held.update().where(_h.id.in_(list(ids))).values(released_at=now))


def follow_merge(tx: Connection, key: IssueKey, target: IssueKey) -> None:
    """The issue was merged into another: what was held of it is held of the other, unless that is held itself."""
    mine = select(_h.id, _h.track).where(_h.instance == key.instance, _h.issue == key.id, HELD_WAITS)
    for row in tx.execute(mine).all():
        if tx.execute(select(_h.id).where(*_same(target, row.track))).first() is None:
            moved: dict[str, Any] = {"instance": target.instance, "issue": target.id}
        else:
            sentence = f"Sentry merged the issue into {target.id}, which decides for both"
            moved = {"state": HeldState.CLOSED.value, "sentence": sentence, "told_at": None}
        tx.execute(held.update().where(_h.id == row.id).values(**moved))


def held_of(row: Row[Any]) -> Held:
    """The held issue of a row of the whole table."""
    return Held(
        id=row.id,
        issue=IssueKey(row.instance, row.issue),
        track=row.track,
        place=Place(row.tracker, row.place),
        route=msgspec.json.decode(row.route, type=Route),
        owner=row.owner,
        title=row.title,
        project=row.project,
        link=row.link,
        events=row.events,
        users=row.users,
        news=row.news,
        first_at=row.first_at,
        last_at=row.last_at,
        sentence=row.sentence,
        state=HeldState(row.state),
        digest=row.digest,
        claim=row.claim,
        told_at=row.told_at,
        asked_at=row.asked_at,
        released_at=row.released_at,
        over_caps=bool(row.over_caps),
    )


def digests(tx: Connection) -> list[Standing]:
    """How it stands with each place where something waits, the fullest first."""
    asked_for = func.sum(case((HELD_ASKED, 1), else_=0)).label("asked")
    counted_ = select(_h.tracker, _h.place, _h.digest, func.count().label("held"), asked_for).where(HELD_WAITS)
    rows = tx.execute(counted_.group_by(_h.tracker, _h.place, _h.digest).order_by(func.count().desc())).all()
    return [
        Standing(
            Place(row.tracker, row.place),
            None if row.digest is None else ledger.get(tx, row.digest),
            int(row.held),
            int(row.asked),
        )
        for row in rows
    ]


def waiting(tx: Connection) -> dict[str, int]:
    """How many issues are held, and how many of those are asked for, by the word of their state."""
    by_state = select(_h.state, func.count().label("number")).where(HELD_WAITS).group_by(_h.state)
    found = {row.state: int(row.number) for row in tx.execute(by_state)}
    return {state: found.get(state, 0) for state in sorted(WAITING)}


def _same(key: IssueKey, track: str) -> tuple[Any, ...]:
    return _h.instance == key.instance, _h.issue == key.id, _h.track == track
