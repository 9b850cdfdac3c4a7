"""`vedette tickets`: what was held back, and the hands to give it tickets of its own."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.queue import escape
from vedette.config.durations import duration
from vedette.errors import VedetteError
from vedette.flows import suppressing
from vedette.flows.explain import resolve
from vedette.flows.splitting import ask, meant
from vedette.model.flood import WAITING, Held
from vedette.model.tickets import Claim
from vedette.rules.muting import expired
from vedette.store import flood
from vedette.store.database import Tx

tickets = App(name="tickets", help="Tickets: what was held back, split from its digest, or suppressed.")
tickets.command("vedette.cli.tickets_preview:preview", name="preview")
AsJson = Annotated[bool, Parameter(negative=(), help="Print one JSON object.")]


@tickets.command
def held(*, limit: int = 200, json: AsJson = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """List the issues whose tickets the caps held back, with the digest that lists each, the loudest first.

    Parameters
    ----------
    limit
        At most this many issues.
    """
    with opened_to_look(config) as app:

        def work(tx: Tx) -> tuple[Sequence[flood.Standing], list[Held]]:
            return flood.digests(tx), flood.listing(tx, states=WAITING, limit=limit)

        places, rows = app.store.read(work)
    if json:
        told = {"places": [_place(each) for each in places], "held": [_row(each) for each in rows]}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
        return 0
    console = Console(highlight=False, soft_wrap=True)
    if not rows:
        console.print("nothing is held back")
    for each in places:
        asked = f", {each.asked} of them asked for" if each.asked else ""
        console.print(f"[bold]{escape(str(each.place))}[/]: {each.held} held{asked}; {escape(_digest(each.digest))}")
    if rows:
        console.print(_table(rows))
    return 0


@tickets.command
def split(
    *names: Annotated[str, Parameter(name="DIGEST|ISSUE", help="A digest's ticket, or a held issue in any form.")],
    everything: Annotated[bool, Parameter(name="--all", negative=(), help="Every held issue.")] = False,
    limit: int = 100_000,
    over_caps: Annotated[bool, Parameter(negative=(), help="All at once, whatever the caps say.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Give held issues tickets of their own: those named, those that a digest lists, or all of them.

    Each is decided on once more; a running `vedette serve` cuts the tickets as the caps allow.

    Parameters
    ----------
    limit
        At most this many issues, the loudest first.
    """
    if bool(names) == everything:
        raise VedetteError("name a digest or issues, or say --all; not both, not neither")
    with opened(config) as app:
        keys = {resolve(app.context, name) for name in names}
        rows = app.store.read(lambda tx: meant(tx, keys, everything=everything, limit=limit))
        done = ask(app.context, [each.id for each in rows], over_caps=over_caps, by="by hand")
    pace = "at once" if over_caps else "as the caps allow"
    print(f"{done.asked} asked for, of {done.meant} that are held and meant; their tickets follow {pace}")
    return 0 if done.meant else 1


@tickets.command
def suppressed(*, since: str = "24h", json: AsJson = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Count what was kept from becoming a ticket: held back, muted, dropped by a rule, resting after a closing.

    Parameters
    ----------
    since
        How far to look back, such as 24h or 7d.
    """
    try:
        span = duration(since)
    except ValueError as error:
        raise VedetteError(f"--since {error}") from None
    with opened_to_look(config) as app:
        now = app.context.clock()
        rows = app.store.read(lambda tx: suppressing.since(tx, now - span))
        ended = expired(app.settings.mutes, now=now)
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(rows)).decode() + "\n")
        return 0
    console = Console(highlight=False, soft_wrap=True)
    if not rows:
        console.print(f"nothing was suppressed within {since}")
    for each in rows:
        console.print(f"[bold]{each.count}[/] × {escape(each.reason)}: {escape(each.rule or 'no rule')}")
        for issue, title, times in each.issues:
            console.print(f"    {times} × {escape(issue)} {escape(title)}")
    for mute in ended:
        console.print(f"[yellow]expired[/] {mute.until:%Y-%m-%d}: {escape(mute.reason)}")
    return 0


def _digest(claim: Claim | None) -> str:
    if claim is None:
        return "a digest is on its way"
    if claim.ticket is None:
        return f"its digest has no ticket yet ({claim.state})"
    return f"digest {claim.ticket.key} {claim.ticket.url}"


def _place(each: flood.Standing) -> dict[str, Any]:
    ticket = each.digest.ticket if each.digest else None
    place = {"tracker": each.place.tracker, "project": each.place.project, "digest": ticket.key if ticket else None}
    return place | {"url": ticket.url if ticket else None, "held": each.held, "asked": each.asked}


def _row(each: Held) -> dict[str, Any]:
    return {
        "issue": str(each.issue), "track": each.track, "title": each.title, "link": each.link, "owner": each.owner,
        "project": each.project, "place": str(each.place), "events": each.events, "users": each.users,
        "held": each.news, "first_at": each.first_at, "last_at": each.last_at, "state": each.state,
        "sentence": each.sentence,
    }  # fmt: skip


def _table(rows: Sequence[Held]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("issue", "events", "users", "to", "owner", "since (UTC)", "title"):
        table.add_column(heading, overflow="fold")
    for each in rows:
        cells = (each.issue, each.events, each.users, each.place, each.owner, f"{each.first_at:%m-%d %H:%M}")
        table.add_row(*(escape(str(cell)) for cell in cells), escape(each.title))
    return table
