"""`vedette explain`: the whole way with file and line, by any reference, and what would be decided now."""

import json
import re
from dataclasses import replace

import pytest

from tests.cli.conftest import Place
from vedette.sandbox.jira import Kind
from vedette.sandbox.sentry import payloads

PATH = "checkout/payment.py"


def ticketed(place: Place, *, path: str = PATH) -> None:
    """Issue 4512 gets its ticket by an alert."""
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path=path), rule="Checkout errors"))
        desk.settle()


def line_of(place: Place, text: str) -> int:
    lines = place.config.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_whole_way_is_printed_with_file_and_line(place: Place) -> None:
    ticketed(place)
    code, said, _ = place.run("explain", "PAY-1")
    assert code == 0
    for told in (
        "KeyError: seeded",
        "issue default/4512   project checkout",
        'delivery 1: IssueAlerted, rule "Checkout errors"',
        "✔ checkout/payment.py:7 in act  CODEOWNERS:2 /checkout/ ─▶ @acme/checkout",
        "checkout/payment.py:7 is owned by @acme/checkout: line 2 `/checkout/` of CODEOWNERS@",
        f"every alert  {place.config}:{line_of(place, 'name: every alert')}:",
        f"route jira PAY  Bug, Checkout, +sentry, Need Triage  {place.config}:{line_of(place, 'project: PAY')}:",
        'first_ticket: an alert rule fired ("Checkout errors")',
        f"generation 1: PAY-1  {place.ground.jira.url}/browse/PAY-1  open",
        "ticket_opened: PAY-1 stands for generation 1, known by the tracker's answer",
        "open_ticket to jira: done (opened)",
        "set_status to jira: done (status_set)",
        "nothing waits; the next webhook or poll of the issue is decided on anew",
    ):
        assert told in said, told


def test_the_sentences_are_those_of_the_journal_and_of_the_ticket(place: Place) -> None:
    ticketed(place)
    _, said, _ = place.run("explain", "4512")
    with place.working() as desk:
        entries = [entry for entry in desk.told() if entry.kind in ("decision", "outcome")]
    assert len(entries) >= 3
    for entry in entries:
        assert f"{entry.reason}: {entry.sentence}" in said
    sentence = next(entry.details["owner_sentence"] for entry in entries if entry.kind == "decision")
    assert sentence in said
    (ticket,) = place.ground.jira.tickets()
    assert "is owned by @acme/checkout: line 2" in json.dumps(ticket["description"])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("legacy/report.py", "○ legacy/report.py:7 in act  CODEOWNERS:7 /legacy/ ─▶ no owner: ownership is cleared"),
        ("tools/cleanup.py", "· tools/cleanup.py:7 in act  unmatched"),
    ],
)
def test_code_without_an_owner_is_told_apart(place: Place, path: str, told: str) -> None:
    ticketed(place, path=path)
    _, said, _ = place.run("explain", "TRIAGE-1")
    assert told in said
    assert "the default route was taken" in said
    assert f"{place.config}:{line_of(place, '  default: {tracker: jira, project: TRIAGE')}:" in said


@pytest.mark.parametrize(
    "form",
    [
        "4512",
        "default/4512",
        "PAY-1",
        "pay-1",
        "{jira}/browse/PAY-1",
        "{short}",
        "{sentry}/organizations/acme/issues/4512/",
        "{sentry}/organizations/acme/issues/4512/events/abc/?referrer=slack#x",
        "{sentry}/acme/checkout/issues/4512",
    ],
)
def test_any_reference_leads_to_the_issue(place: Place, form: str) -> None:
    ticketed(place)
    issue = place.ground.sentry.memory.issue(4512)
    assert issue is not None
    asked = form.format(jira=place.ground.jira.url, sentry=place.ground.sentry.url, short=issue.short_id)
    code, said, told = place.run("explain", asked)
    assert (code, told) == (0, "")
    assert "issue default/4512 " in said


def test_numbers_and_addresses_are_explained_while_sentry_is_down(place: Place) -> None:
    ticketed(place)
    url = place.ground.sentry.url
    place.change(f"url: {url}", "url: http://127.0.0.1:9")
    for asked in ("4512", "PAY-1", "http://127.0.0.1:9/organizations/acme/issues/4512/"):
        code, said, _ = place.run("explain", asked)
        assert code == 0
        assert "generation 1: PAY-1" in said
    code, _, told = place.run("explain", "CHECKOUT-1")
    assert code == 1
    assert "nobody here knows CHECKOUT-1, and Sentry could not be asked" in told
    assert "give the issue's number or its address" in told


def test_what_nobody_knows_is_told_with_the_forms_that_are_understood(place: Place) -> None:
    ticketed(place)
    code, said, told = place.run("explain", "https://elsewhere.example.test/issues/1")
    assert (code, said) == (1, "")
    assert "is neither a ticket that Vedette cut nor an issue of default" in told
    assert "number, instance/number, short id or address, or a ticket's key" in told


def two_instances(place: Place) -> None:
    """The same server under two names: every number may be an issue of both."""
    text = place.config.read_text(encoding="utf-8")
    block = re.search(r"^sentry:\n((?:  .*\n)+)", text, re.M)
    assert block is not None
    inner = "".join(f"  {line}\n" for line in block[1].splitlines())
    place.change(block[0], f"sentry:\n  east:\n{inner}  west:\n{inner}")
    place.change("    everything:\n", "    everything: {instance: east}\n")
    place.change("    checkout: {", "    checkout: {instance: east, ")


def test_a_number_that_two_instances_may_have_is_the_issue_that_was_heard_of(place: Place) -> None:
    two_instances(place)
    place.change("      on: [alert, poll]", "      instances: [west]\n      on: [alert, poll]")
    place.ground.sentry.seed({"id": 4512, "project": "checkout", "count": 120, "frames": [PATH]})
    place.run("poll", "--once")
    code, said, _ = place.run("explain", "4512")
    assert code == 0
    assert "issue west/4512" in said


def test_a_number_that_two_instances_may_have_is_asked_back(place: Place) -> None:
    two_instances(place)
    code, _, told = place.run("explain", "4512", "--offline")
    assert code == 1
    assert "write east/4512 or west/4512" in told
    code, said, _ = place.run("explain", "west/4512", "--offline")
    assert "issue west/4512" in said


def test_an_issue_never_heard_of_is_asked_for_and_what_would_be_decided_is_what_then_is(place: Place) -> None:
    with place.working() as desk:
        desk.seed(path=PATH, count=120)
    before = place.remembered()
    code, said, _ = place.run("explain", "4512")
    assert code == 0
    assert "nothing was ever heard of this issue" in said
    foretold = re.search(
        r"Would be decided now.*?\n  (first_ticket: [^\n]+)\n  route jira PAY  [^\n]*vedette.yaml:", said, re.S
    )
    assert foretold is not None, said
    assert "120 events in the window" in foretold[1]
    assert place.remembered() == before
    assert place.ground.jira.tickets() == []
    place.run("poll", "--once")
    _, afterwards, _ = place.run("explain", "4512")
    assert foretold[1] in afterwards


def test_offline_never_asks(place: Place) -> None:
    with place.working() as desk:
        desk.seed(path=PATH)
    code, said, _ = place.run("explain", "4512", "--offline")
    assert code == 1
    assert "nothing was ever heard of this issue" in said
    assert "Would be decided" not in said


def test_asking_shows_what_would_be_decided_on_an_issue_with_a_past(place: Place) -> None:
    ticketed(place)
    before = place.remembered()
    _, said, _ = place.run("explain", "4512", "--ask")
    assert "ticket_open: PAY-1 is open (Need Triage)" in said.partition("Would be decided now")[2]
    assert place.remembered() == before


def test_why_nothing_can_be_foretold_is_said(place: Place) -> None:
    ticketed(place)
    place.change(f"url: {place.ground.sentry.url}", "url: http://127.0.0.1:9")
    code, said, _ = place.run("explain", "4512", "--ask")
    assert code == 0
    assert "cannot be said: sentry" in said.partition("Would be decided now")[2]


def test_before_the_first_start_an_empty_store_stands_in(place: Place) -> None:
    place.ground.sentry.seed({"id": 4512, "project": "checkout", "count": 120, "frames": [PATH]})
    code, said, _ = place.run("explain", "4512")
    assert code == 0
    assert "first_ticket: 120 events" in said
    assert not (place.home / "vedette.db").exists()


def test_an_uncertain_attempt_says_when_it_looks_again(place: Place) -> None:
    place.ground.jira.fault(Kind.COMMIT_RESET, on="create")
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path=PATH)))
        desk.settle(until_=lambda: bool(desk.claims()) and desk.claims()[0].state == "uncertain")
    _, said, _ = place.run("explain", "4512")
    assert "generation 1: no ticket yet  uncertain" in said
    next_ = said.partition("Next")[2]
    assert re.search(r"no whole answer; the ticket is looked for at [\d :-]+ UTC", next_)
    assert "absence counts as proven from" in next_


def test_a_dead_letter_names_the_command_that_brings_it_back(place: Place) -> None:
    place.change("type: Bug, components: [Checkout]", "type: Epic, components: [Checkout]")
    ticketed(place)
    _, said, _ = place.run("explain", "4512")
    assert "refused: the tracker refused the ticket" in said
    assert re.search(r"dead letter \(refused\): mend the cause, then `vedette queue retry \d+`", said)


def test_json_is_the_same_for_machines_and_holds_no_secret(place: Place) -> None:
    ticketed(place)
    code, said, _ = place.run("explain", "4512", "--json", "--ask")
    told = json.loads(said)
    assert code == 0
    assert (told["issue"], told["known"], told["project"]) == ("default/4512", True, "checkout")
    (decision,) = told["decisions"]
    assert decision["sentence"] == 'an alert rule fired ("Checkout errors")'
    assert decision["policy_at"].startswith(f"{place.config}:")
    assert decision["steps"][0]["path"] == PATH
    (ticket,) = told["tickets"]
    assert (ticket["ticket"]["key"], ticket["state"]) == ("PAY-1", "open")
    assert ticket["route_at"].startswith(f"{place.config}:")
    assert told["would_decide"][0]["reason"] == "ticket_open"
    assert told["next"]
    assert [secret for secret in place.ground.secrets.values() if secret in said] == []


@pytest.mark.parametrize("command", [["explain", "4512"], ["poll", "--dry-run"], ["owners", "explain", "4512"]])
def test_an_error_cannot_command_the_terminal(place: Place, command: list[str]) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J[bold]shop"
    with place.working() as desk:
        subject = desk.seed(path="[bold]shop/cart.py", count=120, title=f"KeyError: {evil}")
        desk.deliver(payloads.event_alert(replace(subject, value=evil), rule=evil))
        desk.settle()
    jira = place.ground.jira
    jira.on_loop(lambda state: state.delete(next(iter(state.tickets.values()))))
    code, said, told = place.run(*command)
    assert code == 0
    assert "[bold]shop" in said
    assert not set(said + told) & {"\x1b", "\x07"}


def test_a_missing_file_names_the_cure(place: Place) -> None:
    code, _, told = place.run("explain", "4512", "--config", str(place.home / "none.yaml"), config=False)
    assert code == 2
    assert "vedette init" in told


def test_it_works_beside_a_running_worker(place: Place) -> None:
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path=PATH)))
        desk.settle()
        code, said, _ = place.run("explain", "PAY-1")
    assert code == 0
    assert "generation 1: PAY-1" in said


def test_what_the_owners_route_changes_of_the_policy_is_named_with_its_place(place: Place) -> None:
    place.change('"@acme/checkout":\n', '"@acme/checkout":\n    policy: {closed_ticket: reopen}\n')
    ticketed(place)
    at = f"{place.config}:{line_of(place, 'closed_ticket: reopen')}:14"
    assert f"closed_ticket: reopen  {at}" in place.run("explain", "PAY-1")[1]


def test_the_chain_of_an_events_ticket_is_shown(place: Place) -> None:
    place.change('"@acme/checkout":\n', '"@acme/checkout":\n    policy: {per: event}\n')
    with place.working() as desk:
        for name in ("a", "b", "c"):
            subject = replace(desk.seed(path=PATH), event_id=name * 32)
            desk.deliver(payloads.event_alert(subject, rule="Checkout errors"), request_id=name)
            desk.settle()
    _, said, _ = place.run("explain", "PAY-3")
    assert f"event {'a' * 32}\n" in said
    assert f"event {'c' * 32}, after PAY-2, first was PAY-1" in said
