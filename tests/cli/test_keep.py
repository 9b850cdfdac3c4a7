"""`vedette replay`, `audit`, `backup` and `restore` on a real store, beside the stand-ins."""

import json

from tests.cli.conftest import Place
from vedette.model.jobs import JobState
from vedette.model.journal import EntryKind
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads
from vedette.store import deliveries, journal

PATH = "checkout/cart.py"


def ticketed(place: Place) -> None:
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path=PATH)))
        desk.settle()


def close_by_hand(state: State) -> None:
    ticket = next(iter(state.tickets.values()))
    statuses = state.projects[ticket.project].workflow.statuses
    state.enter(ticket, next(each for each in statuses if each.name == "Done"))


def test_a_replayed_delivery_is_decided_anew_and_cuts_no_second_ticket(place: Place) -> None:
    ticketed(place)
    code, said, _ = place.run("replay", "1")
    assert (code, said) == (0, "delivery 1 will be read and decided anew\n")
    with place.working() as desk:
        desk.settle()
        assert desk.reasons()[0] == "ticket_open"
        (line,) = desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.OPERATOR, limit=10))
    assert (line.reason, line.delivery) == ("replayed", 1)
    assert len(place.ground.jira.tickets()) == 1


def test_a_replay_after_a_mended_route_cuts_the_ticket_that_was_refused(place: Place) -> None:
    place.change("type: Bug, components: [Checkout]", "type: Epic, components: [Checkout]")
    ticketed(place)
    assert place.ground.jira.tickets() == []
    place.change("type: Epic", "type: Bug")
    place.run("replay", "1")
    with place.working() as desk:
        desk.settle()
    assert [ticket["key"] for ticket in place.ground.jira.tickets()] == ["PAY-1"]


def test_a_delivery_that_cannot_be_replayed_is_told_and_why(place: Place) -> None:
    ticketed(place)
    code, said, told = place.run("replay", "1", "99")
    assert code == 1
    assert "delivery 1 will be read" in said
    assert "delivery 99 is not stored (any more)" in told
    code, _, told = place.run("replay", "1")
    assert code == 0
    assert "delivery 1 waits to be read already" in told
    code, _, told = place.run("replay")
    assert code == 1
    assert "vedette explain ISSUE" in told


def test_an_audit_without_a_difference_says_so(place: Place) -> None:
    ticketed(place)
    code, said, _ = place.run("audit")
    assert code == 0
    assert "jira: 1 claims, 1 tickets of ours seen" in said
    assert "no difference" in said


def test_a_report_tells_every_difference_and_writes_nothing_and_mending_takes_it_over(place: Place) -> None:
    ticketed(place)
    place.ground.jira.on_loop(close_by_hand)
    before = place.remembered()
    code, said, _ = place.run("audit", "--report")
    assert code == 1
    assert "PAY-1 is done (Done); the ledger had it open" in said
    assert "only told, nothing was written: --mend sets right what may be" in said
    assert place.remembered() == before
    assert place.run("audit")[0] == 1
    assert place.remembered() == before
    code, said, _ = place.run("audit", "--mend", "--tracker", "jira")
    assert code == 1
    assert "PAY-1 is done (Done); the ledger had it open" in said
    with place.working() as desk:
        assert desk.claims()[0].state is ClaimState.DONE
        (line,) = desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.AUDIT, limit=10))
    assert line.details["differences"] == ["PAY-1 is done (Done); the ledger had it open"]
    assert place.run("audit")[0] == 0


def test_a_ticket_that_the_ledger_lost_is_taken_back_and_no_second_one_is_cut(place: Place) -> None:
    ticketed(place)
    store = place.home / "vedette.db"
    for left in place.home.glob(f"{store.name}*"):
        left.unlink()
    code, said, _ = place.run("audit", "--report", "--tracker", "jira", "--json")
    told = json.loads(said)
    assert code == 1
    assert (told["mended"], told["trackers"]["jira"]["adopted"]) == (False, 1)
    (difference,) = told["trackers"]["jira"]["differences"]
    assert difference.endswith("which the ledger does not know; it belongs into the ledger")
    assert place.run("audit", "--mend", "--tracker", "jira")[0] == 1
    assert place.run("audit", "--tracker", "jira")[0] == 0
    place.run("poll", "--once")
    assert len(place.ground.jira.tickets()) == 1


def test_to_report_and_to_mend_at_once_is_refused(place: Place) -> None:
    code, _, told = place.run("audit", "--report", "--mend")
    assert code == 1
    assert "say one of them" in told


def test_an_unknown_tracker_is_answered_with_the_known_ones(place: Place) -> None:
    code, _, told = place.run("audit", "--tracker", "linear")
    assert code == 1
    assert "there is no tracker linear; there are jira, asana, github" in told


def test_a_backup_brings_everything_back(place: Place) -> None:
    ticketed(place)
    before = place.remembered()
    code, said, _ = place.run("backup", str(place.home / "kept.zip"))
    assert code == 0
    assert "1 deliveries" in said
    assert "1 claims" in said
    for file in place.home.glob("vedette.db*"):
        file.unlink()
    code, said, _ = place.run("restore", str(place.home / "kept.zip"))
    assert code == 0
    assert said.startswith(f"restored {place.home / 'kept.zip'} (sqlite, ")
    assert place.remembered() == before
    assert "generation 1: PAY-1" in place.run("explain", "4512", "--offline")[1]


def test_a_backup_is_taken_beside_a_running_worker_and_never_overwrites(place: Place) -> None:
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path=PATH)))
        assert place.run("backup", str(place.home / "kept.zip"))[0] == 0
        desk.settle()
        assert not desk.jobs(JobState.DEAD)
    code, _, told = place.run("backup", str(place.home / "kept.zip"))
    assert code == 1
    assert "exists already; name another file" in told


def test_a_restore_is_refused_where_it_would_destroy_something(place: Place) -> None:
    ticketed(place)
    kept = str(place.home / "kept.zip")
    place.run("backup", kept)
    code, _, told = place.run("restore", kept)
    assert code == 1
    assert "vedette.db" in told
    with place.working():
        code, _, told = place.run("restore", kept)
    assert code == 1
    assert "stop it before a restore" in told
    with place.working() as desk:
        assert desk.app.store.read(lambda tx: deliveries.get(tx, 1)) is not None


def test_a_store_that_does_not_exist_names_the_cure(place: Place) -> None:
    code, _, told = place.run("backup", str(place.home / "kept.zip"))
    assert code == 1
    assert "does not exist; correct store.url" in told
