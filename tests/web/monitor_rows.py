"""Points for the monitor's pages: two days and the week before, an outage, a window cut short, and a late event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, pi
from pathlib import Path
from random import Random

from tests.databases import lay_tables
from tests.web.rows import HOSTILE, ROUTE
from tests.web.serving import settings
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.metrics import Fresh, Lack, OutcomeHour, Point, Trending, Window
from vedette.model.settings import StoreSettings
from vedette.model.tickets import TicketRef
from vedette.store import alarms, journal, known, ledger, windows
from vedette.store.database import Store, Tx
from vedette.web.looking import filter_path

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
CHECKOUT, STALLED, GONE = ("default", "checkout"), ("default", "stalled"), ("default", 'Überlauf & <b>"50 %"?#')
#: Hours before now: nothing was counted; an hour was cut short at its start; an event came late.
OUTAGE, CUT, LATE = (9, 8), 2, 5
NEW, OLD, FORMULA, HEARD = "4711", "4712", "4713", "4714"


def with_filters(folder: Path) -> dict[str, object]:
    """Settings with three filters: one is counted, one never was, one no longer is."""
    checkout = {"instance": "default", "projects": ["shop", "api"]}
    search = {"instance": "glitch", "projects": ["search"]}
    stalled = {"instance": "default", "projects": ["mail"]}
    filters = {"checkout": checkout, "search": search, "stalled": stalled}
    # So that no window becomes due while the tests run: nobody counts it.
    return settings(folder) | {"monitor": {"delay": "10m", "filters": filters}}


def last_window(now: datetime) -> datetime:
    """The end of the newest window."""
    return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)


def fill(folder: Path, *, now: datetime | None = None) -> datetime:
    """Make the store in the folder and fill it; the end of its newest window."""
    now = now or datetime.now(UTC)
    end = last_window(now)
    lay_tables(folder / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{folder}/vedette.db"), role="command") as store:
        store.write(lambda tx: _filled(tx, end, now=now))
    return end


def total_at(start: datetime) -> int:
    """What the window counts: more by day, unsteadily, and a burst now and then."""
    unsteady = Random(int(start.timestamp())).randrange(9)  # the same whenever it is asked
    burst = 25 if start.hour % 6 == 4 and 30 <= start.minute < 45 else 0
    return 6 + round(9 - 9 * cos((start.hour + start.minute / 60 - 2) / 24 * 2 * pi)) + unsteady + burst


def _filled(tx: Tx, end: datetime, *, now: datetime) -> None:
    for length, until in ((2 * DAY, end), (DAY, end - 7 * DAY)):
        for place in range(length // FIVE):
            start = until - (place + 1) * FIVE
            if not end - OUTAGE[0] * HOUR <= start < end - OUTAGE[1] * HOUR:
                _count(tx, start, total_at(start), end=end)
    _count(tx, end - LATE * HOUR, total_at(end - LATE * HOUR) + 1, end=end)
    for place in range(3):
        start = end - 40 * DAY + place * FIVE
        windows.save(tx, Point(GONE[1], GONE[0], Window(start, start + FIVE), place), counts={}, now=start + FIVE)
    stalled = Window(end - 2 * HOUR - FIVE, end - 2 * HOUR)
    windows.save(tx, Point(STALLED[1], STALLED[0], stalled, 3), counts={OLD: 3}, now=stalled.end)
    told = [
        Fresh(IssueKey("default", NEW), "SHOP-11", "CardDeclined: no answer", "shop", _link(NEW), end - FIVE, "new"),
        Fresh(IssueKey("default", OLD), "SHOP-12", HOSTILE, "shop", "javascript:alert(1)", end - 9 * DAY, "regressed"),
    ]
    known.note(tx, told, now=now)
    known.note_owner(tx, IssueKey("default", NEW), "@acme/payments", now=now)
    _others(tx, end, now=now)


def _count(tx: Tx, start: datetime, total: int, *, end: datetime) -> None:
    counts = {NEW: total - 4, OLD: 2, FORMULA: 1, HEARD: 1} if start == end - FIVE else {OLD: total - 1, FORMULA: 1}
    lack = Lack.ROW_LIMIT if start == end - CUT * HOUR else Lack.NONE
    trending = tuple(_trending(number, count, start) for number, count in counts.items())
    window = Window(start, start + FIVE)
    point = Point(
        CHECKOUT[1], CHECKOUT[0], window, total, issues=len(counts) + 30, users=total // 2, lack=lack, trending=trending
    )
    windows.save(tx, point, counts=counts, now=window.end + timedelta(seconds=50))


def _trending(number: str, count: int, start: datetime) -> Trending:
    titles = {NEW: "CardDeclined: no answer", OLD: HOSTILE, FORMULA: '=HYPERLINK("http://evil.example.test")'}
    # What no list told of has the title that a decision heard.
    return Trending(
        IssueKey("default", number),
        count,
        project="shop",
        short_id=f"SHOP-{number[-2:]}",
        title=titles.get(number, ""),
        link=_link(number) if number == NEW else "javascript:alert(1)",
        users=count,
        before=None if number == NEW else 7,
        yesterday=0,
        last_week=None,
        first_seen=start if number == NEW else None,
        is_new=number == NEW,
        is_regressed=number == OLD,
        owner="@acme/payments" if number == NEW else "",
        groups=(((("plan", "free_trial"), ("region", None)), count),) if number == NEW else (),
    )


def _link(number: str) -> str:
    return f"https://sentry.example.test/organizations/acme/issues/{number}/"


def _others(tx: Tx, end: datetime, *, now: datetime) -> None:
    hour = end.replace(minute=0) - HOUR
    rows = [("shop", "accepted", "", 4012), ("shop", "filtered", "browser-extensions", 31)]
    rows += [("shop", "rate_limited", "key_quota", 210), ("api", "accepted", "", 99), ("other", "accepted", "", 5)]
    known.note_outcomes(tx, [OutcomeHour("default", one, hour, what, why, count) for one, what, why, count in rows])
    known.note_outcomes(tx, [OutcomeHour("default", "shop", hour - HOUR, "accepted", "", 77_777)])
    heard = NewEntry(
        EntryKind.DECISION,
        "below_threshold",
        "one event",
        IssueKey("default", HEARD),
        details={"title": "Heard by hook"},
    )
    journal.write(tx, heard, now=now)
    claim = ledger.claim(
        tx, issue=IssueKey("default", NEW), track="main", generation=1, route=ROUTE, owner="", now=now, as_of=now
    )
    assert claim is not None
    ticket = TicketRef("jira", "PAY-118", "10118", "https://acme.example.test/browse/PAY-118")
    ledger.opened(tx, claim.id, ticket=ticket, status="Need Triage", now=now, as_of=now)
    cause = Cause(
        "condition:checkout", CauseKind.TEST, Severity.ERROR, "checkout grew to three times the usual",
        "look at what is new", path=filter_path(*CHECKOUT),
    )  # fmt: skip
    alarms.raise_(tx, cause, now=now - HOUR)
    alarms.raise_(tx, replace(cause, key=f"{cause.key}:owner:@acme/payments", owner="@acme/payments"), now=now - HOUR)
