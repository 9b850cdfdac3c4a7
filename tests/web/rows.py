"""Rows for the pages: issues in every state, dead letters, a paused destination; all through the store's own doors."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tests.databases import lay_tables
from vedette.flows import suppressing
from vedette.flows.owners_lint import Looked
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.deliveries import DeliveryKind, DeliveryState, NewDelivery
from vedette.model.flood import NewHeld, place_of
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.lint import Flaw, LintedFile, LintFinding
from vedette.model.recall import Hook, Sighting
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Route, TicketRef
from vedette.rules.recall import hour_of
from vedette.store import alarms, deliveries, flood, journal, ledger, limits, queue, recall, refs
from vedette.store.database import Store, Tx
from vedette.store.deliveries import NewMention

PAYING = IssueKey("default", "4711")
WAITING = IssueKey("default", "4712")
QUIET = IssueKey("default", "4713")
ROUTE = Route("jira", "PAY", "Bug", components=("Checkout",), labels=("sentry",))
# What a page must survive: markup, a script, a word without end, letters of every kind.
HOSTILE = "<script>alert(1)</script> \"'&" + "W" * 180 + " Überlauf 決済 🧨"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def fill(folder: Path) -> None:
    """Make the store in the folder and fill it."""
    lay_tables(folder / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{folder}/vedette.db"), role="command") as store:
        now = datetime.now(UTC)
        for number in range(40):
            _heard(store, number, at=now - number * MINUTE)
        store.write(lambda tx: _paying(tx, now=now))
        store.write(lambda tx: _waiting(tx, now=now))
        store.write(lambda tx: _quiet(tx, now=now))
        for number in range(27):
            store.write(lambda tx, number=number: dead_letter(tx, number, now=now))  # type: ignore[misc]
        store.write(lambda tx: _flood(tx, now=now))
        store.write(lambda tx: _recall(tx, now=now))
        store.write(lambda tx: _linted(tx, now=now))
        store.write(lambda tx: _others(tx, now=now))
        store.write(lambda tx: _wrong(tx, now=now))


def _heard(store: Store, number: int, *, at: datetime) -> None:
    body = b'{"n":%d}' % number
    digest = hashlib.sha256(body).hexdigest()
    new = NewDelivery(DeliveryKind.SENTRY, "default", f"{number:032x}", digest, (), body, at)
    row = store.accept(new).result().id
    issue = (PAYING, WAITING, QUIET)[number % 3]
    heard = NewMention(issue, "IssueAlerted", at, row, 0, {"title": HOSTILE, "project": "shop"})
    store.write(lambda tx: deliveries.sorted_(tx, row, [heard], state=DeliveryState.SORTED, reason="", now=at))


def _decision(issue: IssueKey, reason: str, sentence: str, *, title: str, acted: bool, **more: object) -> NewEntry:
    details = {
        "track": "main",
        "policy": "default",
        "owner": "@acme/payments",
        "ownership": "owned",
        "owner_sentence": "payments/cards/charge.py is owned by @acme/payments: line 118 of acme/shop@3f2c91ab77de",
        "source": "acme/shop@3f2c91ab77de",
        "stale": False,
        "project": "shop",
        "title": title,
        "actions": ["OpenTicket"] if acted else [],
        "counts": [{"events": 132, "users": 17, "span": "window", "from": "issue statistics"}],
        "steps": [
            {"path": "lib/http/client.py", "line": 0, "pattern": "", "owners": [], "outcome": "unmatched"},
            {
                "path": "payments/cards/charge.py",
                "line": 118,
                "pattern": "/payments/",
                "owners": ["@acme/payments", "@acme/platform"],
                "outcome": "owned",
            },
        ],
    }
    return NewEntry(EntryKind.DECISION, reason, sentence, issue, details=details | more)


def _claim(tx: Tx, issue: IssueKey, *, now: datetime) -> int:
    claim = ledger.claim(
        tx, issue=issue, track="main", generation=1, route=ROUTE, owner="@acme/payments", now=now, as_of=now
    )
    assert claim is not None
    return claim.id


def _job(tx: Tx, kind: JobKind, issue: IssueKey, claim: int | None, *, to: str = "jira", now: datetime) -> None:
    queue.enqueue(tx, NewJob(kind, to, issue=issue, claim=claim), now=now)


def _paying(tx: Tx, *, now: datetime) -> None:
    then = now - 3 * MINUTE
    told = "an alert fired and no ticket stands: a first ticket in jira PAY for @acme/payments"
    journal.write(tx, _decision(PAYING, "first_ticket", told, title="CardDeclined: no answer", acted=True), now=then)
    claim = _claim(tx, PAYING, now=then)
    _job(tx, JobKind.OPEN_TICKET, PAYING, claim, now=then)
    [lease] = queue.lease(tx, worker="t", limit=1, lease=HOUR, now=then)
    ref = TicketRef("jira", "PAY-118", "10118", "https://acme.example.test/browse/PAY-118")
    ledger.opened(tx, claim, ticket=ref, status="Need Triage", now=then, as_of=then)
    queue.finish(tx, lease, now=then)
    journal.write(tx, NewEntry(EntryKind.OUTCOME, "ticket_opened", "PAY-118 was opened", PAYING, claim=claim), now=then)
    _job(tx, JobKind.LINK_BACK, PAYING, claim, to="sentry:default", now=now)


def _waiting(tx: Tx, *, now: datetime) -> None:
    told = "132 events within 24 h are more than 50: a first ticket in jira PAY for @acme/payments"
    journal.write(tx, _decision(WAITING, "first_ticket", told, title=HOSTILE, acted=True), now=now - MINUTE)
    _job(tx, JobKind.OPEN_TICKET, WAITING, _claim(tx, WAITING, now=now), now=now)


def _quiet(tx: Tx, *, now: datetime) -> None:
    told = "12 events within 24 h are not more than 50"
    unowned = {"owner": "", "ownership": "unmatched", "steps": [], "owner_sentence": "no rule matches any frame"}
    entry = _decision(QUIET, "below_threshold", told, title="KeyError: 'region'", acted=False, **unowned)
    journal.write(tx, entry, now=now - 2 * MINUTE)


def dead_letter(tx: Tx, number: int, *, now: datetime) -> None:
    issue = IssueKey("default", str(5000 + number))
    kind = JobKind.OPEN_TICKET if number % 3 else JobKind.COMMENT_TICKET
    queue.enqueue(tx, NewJob(kind, "legacy-jira", issue=issue), now=now - HOUR)
    [lease] = queue.lease(tx, worker="t", limit=1, lease=HOUR, now=now - HOUR, kinds=[kind])
    if number % 3:
        reason, detail = "refused", f"400: Component name 'External {HOSTILE}' is not valid (request {number})"
    else:
        reason, detail = "unavailable", "no answer within 20 s, ten times over six hours"
    queue.bury(tx, lease, reason=reason, detail=detail, now=now - number * MINUTE)


def _recall(tx: Tx, *, now: datetime) -> None:
    for number in range(60):
        hour = hour_of(now) - (1 + number % 20) * HOUR
        project = ("shop", "api", HOSTILE)[number % 3]
        one = Sighting(IssueKey("default", str(6000 + number)), Hook.ERROR, hour, project, HOSTILE)
        recall.see(tx, [one])
        recall.settle(tx, [(one, number % 4 > 0)])


def _linted(tx: Tx, *, now: datetime) -> None:
    flaw = LintFinding(
        Flaw.NO_ROUTE, "acme/shop:4", HOSTILE, "is no team of the settings (and on 3 more lines)", "add it"
    )
    shop = LintedFile(
        "acme/shop", "acme/shop@3f2c91ab77de", stale=True, rules=41_000, owners=300, findings=(flaw, flaw)
    )
    sound = LintedFile("acme/tools", "acme/tools@77de3f2c91ab", stale=False, rules=3, owners=1, findings=())
    counts = {"acme/shop": {"no_route": 7}, "acme/tools": {}, "settings": {"unused_team": 1}}
    unused = LintFinding(Flaw.UNUSED_TEAM, "vedette.yaml:7:3", "@acme/gone", "no CODEOWNERS names this team", "drop it")
    body = msgspec.json.encode(Looked(now, (shop, sound), (unused,), counts)).decode()
    refs.put(tx, "lint:owners", body=body, revision="", now=now)


def _others(tx: Tx, *, now: datetime) -> None:
    limits.configure(tx, "jira", rate_per_s=5, concurrency=4, now=now)
    limits.configure(tx, "sentry:default", rate_per_s=5, concurrency=4, now=now)
    limits.pause(tx, "legacy-jira", reason="401 from GET /rest/api/2/myself", now=now - HOUR)
    for _ in range(5):
        limits.failed(tx, "sentry:default", after=5, rest=HOUR, now=now)
    journal.write(tx, NewEntry(EntryKind.ALARM, "ticket_lacks", "PAY-118 lacks the label sentry", PAYING), now=now)
    for number in range(120):
        journal.write(
            tx,
            NewEntry(EntryKind.IGNORED, "no_event", f"installation.created {number} says nothing of an issue"),
            now=now,
        )


def _flood(tx: Tx, *, now: datetime) -> None:
    """A digest with issues of every kind in it, and what was suppressed."""
    place = place_of(ROUTE)
    for number in range(30):
        key, title = IssueKey("default", f"6{number:03}"), HOSTILE if number % 3 == 0 else f"KeyError: {number}"
        link = f"https://sentry.example.test/organizations/acme/issues/{key.id}/"
        new = NewHeld(key, "main", ROUTE, "@acme/payments", title, "shop", link, 900 - number, number, "held back")
        flood.hold(tx, new, now=now - number * MINUTE)
    claim = ledger.claim(
        tx, issue=place.digest, track="main", generation=1, route=ROUTE, owner="", now=now, as_of=now
    )  # fmt: skip
    assert claim is not None
    ticket = TicketRef("jira", "PAY-77", "77", "https://jira.example.test/browse/PAY-77")
    ledger.opened(tx, claim.id, ticket=ticket, status="To Do", now=now - HOUR, as_of=now)
    rows = flood.listing(tx, place=place)
    flood.told(tx, [each.id for each in rows], digest=claim.id, now=now)
    flood.ask(tx, [rows[0].id], over_caps=False, now=now)
    suppressing.note(tx, [("muted", HOSTILE[:80]), ("held_by_cap", "jira/PAY")], now=now)


def _wrong(tx: Tx, *, now: datetime) -> None:
    """Causes of every severity: told, not told, of strangers' words."""
    dead = Cause(
        "dead",
        CauseKind.DEAD_LETTERS,
        Severity.ERROR,
        f"jobs for legacy-jira were given up: {HOSTILE}",
        "mend what it says, then retry the group on the page of dead letters",
        path="/dead",
    )
    paused = Cause(
        "paused",
        CauseKind.PAUSED,
        Severity.CRITICAL,
        "legacy-jira is paused, its jobs wait: 401 from GET /rest/api/2/myself",
        "give it a good token",
    )
    flaw = Cause("flaw", CauseKind.OWNERS_LINT, Severity.INFO, "acme/shop: a team is unused", "drop it", path="/owners")
    alarms.raise_(tx, dead, now=now - 3 * HOUR, count=18)
    alarms.raise_(tx, paused, now=now - HOUR)
    alarms.raise_(tx, flaw, now=now - MINUTE)
    told = alarms.locked(tx, "dead")
    assert told is not None
    alarms.told(tx, told, names=["pager", "mail"], now=now - 2 * HOUR)
