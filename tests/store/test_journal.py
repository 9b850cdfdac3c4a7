"""Journal, schedules, counters, texts and the views over them."""

from datetime import UTC, datetime, timedelta

from tests.store.conftest import ISSUE, MINUTE, NOW, ROUTE, SECOND, Opener, a_delivery, a_job, enqueue, lease
from vedette.model.deliveries import DeliveryState
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import ClaimState, TicketRef
from vedette.store import counters, deliveries, journal, ledger, merges, queue, refs, schedules, views
from vedette.store.database import Store, Tx
from vedette.store.deliveries import NewMention

HOUR = timedelta(hours=1)


def note(
    store: Store, sentence: str, *, kind: EntryKind = EntryKind.DECISION, reason: str = "first_alert", **what: object
) -> int:
    """Write a line."""
    entry = NewEntry(kind=kind, reason=reason, sentence=sentence, issue=ISSUE, **what)  # type: ignore[arg-type]
    return store.write(lambda tx: journal.write(tx, entry, now=NOW))


def found(store: Store, text: str) -> list[str]:
    """Sentences found."""
    return [entry.sentence for entry in store.read(lambda tx: journal.search(tx, text=text, limit=10))]


def test_a_line_comes_back_as_written(store: Store) -> None:
    number = note(store, "opened WB-7 for @acme/wb", delivery=1, claim=2, job=3, details={"rule": 12, "file": "a:1"})
    (entry,) = store.read(lambda tx: journal.of_issue(tx, ISSUE, limit=5))
    assert (entry.id, entry.at, entry.issue, entry.kind) == (number, NOW, ISSUE, EntryKind.DECISION)
    assert (entry.delivery, entry.claim, entry.job, entry.details) == (1, 2, 3, {"rule": 12, "file": "a:1"})


def test_search_takes_every_character_literally_and_ignores_case(store: Store) -> None:
    note(store, r"100% of c:\temp failed in _main_")
    note(store, "1000 of them failed in xmainx")
    assert len(found(store, "FAILED")) == 2
    assert found(store, "100%") == found(store, "_MAIN_") == found(store, r"c:\temp")
    assert len(found(store, "100%")) == 1
    assert found(store, "' OR 1=1 --") == []
    assert len(found(store, "4711")) == len(found(store, "first_alert")) == 2


def test_search_narrows_by_kind_and_reason_and_pages(store: Store) -> None:
    numbers = [note(store, f"line {number}") for number in range(5)]
    note(store, "ignored", kind=EntryKind.IGNORED, reason="unknown_kind")
    page = store.read(lambda tx: journal.search(tx, kind=EntryKind.DECISION, before=numbers[3], limit=2))
    assert [entry.id for entry in page] == numbers[2:0:-1]
    (line,) = store.read(lambda tx: journal.search(tx, reason="unknown_kind", limit=9))
    assert line.sentence == "ignored"


def test_a_sentence_that_no_database_takes_is_written_all_the_same(store: Store) -> None:
    note(store, "nul \x00 and half a pair \ud83d", details={"a\ud83d": ["\x00", {"b": "\udc00"}]})
    (entry,) = store.read(lambda tx: journal.of_issue(tx, ISSUE, limit=5))
    assert entry.sentence.startswith("nul \ufffd and half a pair ")


def test_each_slot_is_given_once(store: Store, opener: Opener) -> None:
    other = opener()

    def due(where: Store, now: datetime, every: timedelta = 15 * MINUTE) -> datetime | None:
        return where.write(lambda tx: schedules.due(tx, "poll", every=every, now=now))

    at = datetime(2031, 3, 4, 5, 7, tzinfo=UTC)
    five, quarter = at.replace(minute=0), at.replace(minute=15)
    assert due(store, at) == five
    assert due(other, at) is None
    assert due(other, quarter - SECOND) is None
    assert [due(store, quarter), due(other, quarter)] == [quarter, None]
    assert due(other, quarter + 10 * HOUR) == quarter + 10 * HOUR
    assert due(store, quarter + 10 * HOUR + 6 * MINUTE, every=5 * MINUTE) == quarter + 10 * HOUR + 5 * MINUTE


def test_counters_add_up_across_stores_and_quiet_minutes_are_zero(store: Store, opener: Opener) -> None:
    for where, minute, labels in ((store, 0, {"why": "signature"}), (opener(), 0, {"why": "signature"})):
        where.write(lambda tx, m=minute, ls=labels: counters.add(tx, "refused", ls, 2, now=NOW + m * MINUTE))  # type: ignore[misc]
    store.write(lambda tx: counters.add(tx, "refused", {"why": "size", "kind": "sentry"}, 5, now=NOW + 2 * MINUTE))
    start = NOW.replace(second=0, microsecond=0)
    assert store.read(lambda tx: counters.total(tx, "refused", since=start)) == 9
    assert store.read(lambda tx: counters.total(tx, "refused", since=start, labels={"why": "size"})) == 5
    assert store.read(lambda tx: counters.total(tx, "refused", since=start + MINUTE)) == 5
    line = store.read(lambda tx: counters.series(tx, "refused", since=start, until=start + 3 * MINUTE))
    assert line == [(start, 4), (start + MINUTE, 0), (start + 2 * MINUTE, 5)]


def test_the_last_good_copy_of_a_text_replaces_the_one_before(store: Store) -> None:
    assert store.read(lambda tx: refs.get(tx, "acme/clroot")) is None
    for body in ("* @acme/a\n", "* @acme/b  # é\n" * 1000):
        store.write(lambda tx, b=body: refs.put(tx, "acme/clroot", body=b, revision=str(len(b)), now=NOW))  # type: ignore[misc]
    kept = store.read(lambda tx: refs.get(tx, "acme/clroot"))
    assert kept is not None
    assert (kept.body, kept.revision, kept.fetched_at) == ("* @acme/b  # é\n" * 1000, "15000", NOW)


def tell(store: Store) -> int:
    """A delivery that mentions the issue, a poll that finds it and another, and a ticket."""
    number = store.accept(a_delivery()).result(10).id
    mention = NewMention(issue=ISSUE, kind="IssueAlerted", occurred_at=NOW, delivery=number)
    polled = [NewMention(issue=IssueKey("default", n), kind="IssuePolled", occurred_at=NOW) for n in ("4711", "5")]

    def work(tx: Tx) -> int:
        deliveries.sorted_(tx, number, [mention], state=DeliveryState.SORTED, reason="", now=NOW)
        for one in polled:
            deliveries.mention(tx, one, now=NOW)
        held = ledger.claim(
            tx, issue=ISSUE, track="main", generation=1, route=ROUTE, owner="@acme/wb", now=NOW, as_of=NOW
        )
        assert held is not None
        ticket = TicketRef("jira", "WB-7", "10007", "https://jira.example.test/browse/WB-7")
        ledger.opened(tx, held.id, ticket=ticket, status="To Do", now=NOW, as_of=NOW)
        return held.id

    return store.write(work)


def test_the_now_view_tells_how_things_stand(store: Store) -> None:
    tell(store)
    store.accept(a_delivery(2)).result(10)
    note(store, "opened WB-7")
    enqueue(store, a_job(), a_job())
    (held,) = lease(store, limit=1)
    store.write(lambda tx: queue.bury(tx, held, reason="refused", detail="no", now=NOW))
    at = NOW + 5 * MINUTE
    view = store.read(lambda tx: views.now(tx, at))
    assert (view.pending, view.oldest_pending, view.dead, view.oldest_ready) == (1, 5 * MINUTE, 1, 5 * MINUTE)
    assert view.deliveries[DeliveryState.SORTED] == view.deliveries[DeliveryState.PENDING] == 1
    assert view.deliveries[DeliveryState.DONE] == 0
    assert sum(count for _, count in view.per_minute) == 2
    assert len(view.per_minute) in {60, 61}
    assert [entry.sentence for entry in view.decisions] == ["opened WB-7"]
    assert [one.ticket.key for one in view.tickets if one.ticket] == ["WB-7"]
    assert view.claims == {ClaimState.OPEN: 1}
    assert view.recall == ()
    assert [one.name for one in view.destinations] == ["jira"]


def test_an_empty_store_has_a_now_view_too(store: Store) -> None:
    view = store.read(lambda tx: views.now(tx, NOW))
    assert (view.pending, view.oldest_pending, view.recall, view.oldest_ready) == (0, None, (), None)


def test_the_issue_view_gathers_all_of_an_issue_also_by_an_alias(store: Store) -> None:
    tell(store)
    note(store, "opened WB-7")
    enqueue(store, a_job())
    merged = IssueKey("default", "99")
    store.write(lambda tx: merges.alias(tx, merged, ISSUE, now=NOW))
    view = store.read(lambda tx: views.issue(tx, merged))
    assert (view.key, view.asked, view.aliases) == (ISSUE, merged, (merged,))
    counts = [len(part) for part in (view.mentions, view.deliveries, view.entries, view.claims, view.jobs)]
    assert counts == [2, 1, 1, 1, 1]


def test_an_issue_is_found_by_number_ticket_stamp_alias_or_words(store: Store) -> None:
    tell(store)
    note(store, "ZeroDivisionError in checkout: opened WB-7")
    store.write(lambda tx: merges.alias(tx, IssueKey("default", "99"), ISSUE, now=NOW))
    for text in ("4711", "default/4711", "wb-7", "vedette-default-4711-main-1", "99", "zerodivision"):
        assert store.read(lambda tx, t=text: views.find_issue(tx, t)) == [ISSUE], text  # type: ignore[misc]
    for text in ("", "other/4711", "KeyError"):
        assert store.read(lambda tx, t=text: views.find_issue(tx, t)) == []  # type: ignore[misc]
