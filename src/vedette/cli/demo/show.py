"""Show: the story of the demonstration in words and colours, for a terminal of any width, a pipe or a log."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from vedette.cli.demo.story import Counted, Decided, News, Opened, Trouble, step_of
from vedette.cli.paper import written
from vedette.model.journal import Entry
from vedette.rules.rendering import cut

#: A colour for each tracker, so that the eye sees where an error went.
_COLOURS = {"jira": "cyan", "asana": "magenta", "github": "blue"}
_ARROW = (" ─▶ ", "dim")
#: Reasons and outcomes with what they mean to who sees them for the first time.
_GLOSS = {
    "ticket_open": "ticket_open (no second ticket)",
    "ticket_in_hand": "ticket_in_hand (no second ticket)",
    "explicitly_unowned": "explicitly unowned",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the closing summary says; `tickets` by tracker and project."""

    errors: int
    deliveries: int
    reasons: Mapping[str, int]
    owners: Mapping[str, int]
    tickets: Mapping[str, int]
    duplicates: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, and what to type."""

    vedette: str
    boards: Mapping[str, str]  # each tracker's page of tickets
    sentry: str
    explain: str


def opening(console: Console, places: Places, *, bugs: int) -> None:
    """What will be seen, in a few lines."""
    console.print("[bold]Vedette[/]: every error that Sentry records reaches its owner, once, as a ticket.")
    console.print(f"A shop of three teams, each with a tracker of its own, crashes in {bugs} places.")
    console.print("See each error's way:\n")
    console.print("  webhook ─▶ frame ─▶ CODEOWNERS ─▶ team ─▶ tracker ─▶ decision ─▶ ticket\n", style="bold")
    _addresses(console, places)


def heading(console: Console, text: str) -> None:
    """Between two acts."""
    console.print()
    console.print(Rule(Text(text, style="bold"), align="left", style="dim"))
    console.print()


def news(console: Console, told: News, *, number: int) -> None:
    """One piece of news; `number` counts the tickets."""
    match told:
        case Opened():
            console.print(_opened(told, number))
        case Decided(decision=entry):
            room = min(max(console.width // 3, 26), 56)
            console.print(_decided(entry, room), no_wrap=True, overflow="ellipsis")
        case Trouble(entry=entry):
            console.print(written(("   ! ", "bold red"), (entry.reason, "red"), f": {entry.sentence}"))


def counted(console: Console, told: Counted, pages: str) -> None:
    """What the monitor counted in a minute, and where its charts are."""
    span = f"{told.window.start:%H:%M}–{told.window.end:%H:%M} UTC"
    totals = ", ".join(f"{name} {total}" for name, total in told.totals.items())
    line = written((f"   Σ {span}  ", "bold"), totals, _ARROW, (f"{pages}/monitor", "cyan"))
    console.print(line, soft_wrap=not console.is_terminal)  # one line in a log; on a screen within its width


def status(*, errors: int, deliveries: int, tickets: int) -> str:
    """The line that moves at the bottom of a terminal."""
    return f"{errors} errors ─▶ {deliveries} webhooks ─▶ {tickets} tickets"


def summary(console: Console, figures: Figures, places: Places | None) -> None:
    """The closing figures, and where to look, if it stays up."""
    good = "bold green" if figures.duplicates == 0 else "bold red"
    console.print(
        written(
            (f"  {figures.errors} errors", "bold"), (" ─▶ ", "dim"),
            (f"{figures.deliveries} webhooks", "bold"), (" ─▶ ", "dim"),
            (f"{sum(figures.reasons.values())} decisions", "bold"), (" ─▶ ", "dim"),
            (f"{sum(figures.tickets.values())} tickets", "bold green"), (", ", "dim"),
            (f"{figures.duplicates} duplicates", good), "\n",
        )
    )  # fmt: skip
    for name, counted in (("decisions", figures.reasons), ("owners", figures.owners), ("tickets", figures.tickets)):
        told = ", ".join(f"{_GLOSS.get(word, word)} {count}" for word, count in counted.items())
        console.print(written((f"  {name:11}", "bold"), told))
    if sum(figures.reasons.values()) < figures.deliveries:
        console.print("             webhooks of one issue that wait together are decided together (×2)", style="dim")
    console.print()
    if places is not None:
        _addresses(console, places)
        console.print()


def _opened(news: Opened, number: int) -> RenderableType:
    details = news.decision.details
    ticket = str(news.outcome.details["ticket"])
    colour = _COLOURS.get(news.tracker, "white")
    lines = [
        written(str(details["title"]), style="bold", no_wrap=True, overflow="ellipsis"),
        _way(news, step_of(news.decision)),
        _owner(details, f"{news.tracker} {news.project}", colour),
        _decision(news.decision),
        written(
            ("✔ ", "bold green"), (ticket, f"bold {colour}"), (f"  {news.outcome.details['url']}", colour),
            (f"  {news.took.total_seconds():.2f} s", "dim"), no_wrap=True, overflow="ignore",
        ),
    ]  # fmt: skip
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=2, style="dim")
    grid.add_column(width=1)
    grid.add_column(overflow="fold", ratio=1)
    for at, line in enumerate(lines):
        grid.add_row(
            str(number) if at == 0 else "", written(("╭│╰"[min(at, 1) if at < len(lines) - 1 else 2], colour)), line
        )
    return Group(grid, written())


def _way(news: Opened, step: Mapping[str, Any] | None) -> Text:
    webhook = f"webhook {news.delivery}" if news.delivery else "found by the poll"
    if step is None:
        return written(webhook, _ARROW, "no stack frame")
    line = f":{step['lineno']}" if step.get("lineno") else ""
    within = ((" in ", "dim"), str(step["function"])) if step.get("function") else ()
    return written(webhook, _ARROW, f"{step['path'] or '(no path)'}{line}", *within)


def _owner(details: Mapping[str, Any], place: str, colour: str) -> Text:
    step = step_of_details(details)
    rule = f"CODEOWNERS:{step['line']} {step['pattern']}" if step and step["pattern"] else "no line of CODEOWNERS"
    match details["ownership"]:
        case "owned":
            owner = (str(details["owner"]), colour)
        case "explicitly_unowned":
            owner = ("nobody, on purpose", "yellow")
        case "unmatched":
            owner = ("nobody", "yellow")
        case _:
            owner = (f"{details['owner']}, without a route", "yellow")
    route = place if details["ownership"] == "owned" else f"default route, {place}"
    return written(rule, _ARROW, owner, _ARROW, (route, colour))


def step_of_details(details: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The look-up that names the rule, if one matched."""
    return next((s for s in details.get("steps", ()) if s["owners"] or s["outcome"] == "cleared"), None)


def _decision(entry: Entry) -> Text:
    return written((entry.reason, "green"), f": {entry.sentence}")


def _decided(entry: Entry, room: int) -> Text:
    title = str(entry.details.get("title", "")) or str(entry.issue)
    times = int(entry.details.get("news", 1))
    many = f"×{times}" if times > 1 else ""
    return written(
        (f"   ↻ {many:3}", "dim"), f"{cut(title, room):{room}} ", (entry.reason, "yellow"), f": {entry.sentence}"
    )


def _addresses(console: Console, places: Places) -> None:
    rows = (
        ("Vedette", places.vedette), *((name, f"{page} (stand-in)") for name, page in places.boards.items()),
        ("Sentry", f"{places.sentry} (stand-in)"),
        *((("explain", places.explain),) if places.explain else ()),
    )  # fmt: skip
    for name, address in rows:
        # Wrapped by the terminal, not by us: whoever copies it gets one line.
        console.print(written((f"  {name:11}", "bold"), (address, "cyan")), soft_wrap=True)


def console() -> Console:
    """Colours on a terminal, plain words elsewhere; no guessing at numbers and paths."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that knows no arrows shows question marks, and the demonstration goes on.
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, emoji=False)
