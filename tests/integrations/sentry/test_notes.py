"""The ticket's address lands on the issue exactly once: as a link where an integration is ours, else as a note."""

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.integrations.sentry.opening import key, source_of
from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.sentry import SentrySource
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.sandbox.sentry import Dialect as Spoken
from vedette.sandbox.sentry import SentryStandIn, StandInConfig

URL = "https://acme.example.test/browse/WB-7"
TICKET = TicketRef("jira", "WB-7", "10007", URL)
TEXT = f"Ticket WB-7: {URL}"


def leave(source: SentrySource, number: int, *, text: str = TEXT, ticket: TicketRef = TICKET) -> None:
    source.note(key(number), text=text, ticket=ticket, fence=Fence.after(20))


def notes(sentry: SentryStandIn, number: int) -> list[str]:
    issue = sentry.memory.issue(number)
    assert issue is not None
    return [comment.text for comment in issue.comments]


def links(sentry: SentryStandIn, number: int) -> list[str]:
    issue = sentry.memory.issue(number)
    assert issue is not None
    return [link.url for link in issue.links]


def no_installation(**more: Any) -> dict[str, Any]:
    said = {"kind": "status", "path": "sentry-app-installations/$", "status": 200, "body": "[]"}
    return said | {"headers": {"content-type": "application/json"}} | more


def test_an_installed_integration_carries_a_link_and_a_repeat_adds_none(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    source = source_of(modern)
    leave(source, number)
    leave(source, number)
    leave(source_of(modern), number)
    assert (links(modern, number), notes(modern, number)) == ([URL], [])


@pytest.mark.parametrize("dialect", [Spoken.SENTRY9, Spoken.GLITCHTIP])
def test_an_older_or_smaller_server_gets_one_note(dialect: Spoken) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        (number,) = sentry.seed({})
        leave(source_of(sentry), number)
        leave(source_of(sentry), number)
        assert notes(sentry, number) == [TEXT]


def test_without_an_installation_there_is_one_note(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    modern.faults(faults=[no_installation()])
    leave(source_of(modern), number)
    leave(source_of(modern), number)
    assert (links(modern, number), notes(modern, number)) == ([], [TEXT])


def test_among_the_integrations_of_others_none_is_taken_for_ours(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    row = '{"app": {"slug": "%s"}, "organization": {"slug": "acme"}, "uuid": "u-%s", "status": "installed"}'
    body = f"[{row % ('one', 1)}, {row % ('two', 2)}]"
    modern.faults(faults=[no_installation(body=body)])
    leave(source_of(modern), number)
    assert (links(modern, number), notes(modern, number)) == ([], [TEXT])


def test_a_list_of_integrations_that_the_token_may_not_read_means_a_note(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    modern.faults(faults=[no_installation(status=403), no_installation(path="/external-issues/$", status=403)])
    leave(source_of(modern), number)
    assert (links(modern, number), notes(modern, number)) == ([], [TEXT])


def test_a_link_that_the_token_may_not_make_becomes_a_note(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    refusal = {"kind": "status", "path": "sentry-app-installations/.*/external-issues", "status": 403, "body": "{}"}
    modern.faults(faults=[refusal])
    leave(source_of(modern), number)
    assert (links(modern, number), notes(modern, number)) == ([], [TEXT])


@pytest.mark.parametrize("dialect", [Spoken.SENTRY, Spoken.SENTRY9])
def test_a_repeat_a_day_later_sends_nothing(dialect: Spoken) -> None:
    # Within the hour Sentry itself refuses the same words, and a link is made or brought up to date: a day later
    # only the look before the writing keeps the note single.
    late = [0.0]
    with SentryStandIn(StandInConfig(dialect=dialect), clock=lambda: time.time() + late[0], recording=True) as sentry:
        (number,) = sentry.seed({})
        leave(source_of(sentry), number)
        late[0] = 86_400.0
        leave(source_of(sentry), number)
        posts = [each.path for each in sentry.exchanges() if each.method == "POST" and "/api/0/" in each.path]
    assert len(posts) == 1


def test_a_text_without_the_address_gets_it() -> None:
    with SentryStandIn(StandInConfig(dialect=Spoken.SENTRY9)) as sentry:
        (number,) = sentry.seed({})
        leave(source_of(sentry), number, text="Ticket WB-7")
        assert notes(sentry, number) == [TEXT.replace(":", "", 1)]


def test_a_ticket_whose_number_begins_alike_is_another_one() -> None:
    with SentryStandIn(StandInConfig(dialect=Spoken.SENTRY9)) as sentry:
        (number,) = sentry.seed({})
        source = source_of(sentry)
        longer = TicketRef("jira", "WB-77", "10077", f"{URL}7")
        leave(source, number, text=f"Ticket WB-77: {longer.url}", ticket=longer)
        leave(source, number)
        assert notes(sentry, number) == [f"Ticket WB-77: {longer.url}", TEXT]


@pytest.mark.parametrize(
    "body",
    [
        '{"detail": "You have already posted that comment."}',
        # What Sentry sent until 2026: a JSON string that holds the object.
        r'"{\"detail\": \"You have already posted that comment.\"}"',
    ],
)
def test_a_note_that_was_already_posted_is_a_success(modern: SentryStandIn, body: str) -> None:
    (number,) = modern.seed({})
    posted = {"kind": "status", "method": "POST", "path": "/comments/$", "status": 400, "body": body, "times": 1}
    modern.faults(faults=[no_installation(), posted])
    leave(source_of(modern), number)
    assert notes(modern, number) == []


def test_a_lost_answer_is_uncertain_and_the_next_attempt_finds_the_note(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    modern.faults(faults=[no_installation(), {"kind": "truncate", "method": "POST", "path": "/comments/$", "times": 1}])
    with pytest.raises(Uncertain):
        leave(source_of(modern), number)
    leave(source_of(modern), number)
    assert notes(modern, number) == [TEXT]


def test_a_token_that_may_only_read_is_told_the_cure(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    refusal = {"kind": "status", "method": "POST", "path": "/comments/$", "status": 403}
    modern.faults(faults=[no_installation(), refusal])
    with pytest.raises(Refused, match="event:write"):
        leave(source_of(modern), number)


def test_a_spent_lease_sends_nothing(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    with pytest.raises(Unavailable):
        source_of(modern).note(key(number), text=TEXT, ticket=TICKET, fence=Fence.after(-timedelta(1).total_seconds()))
    assert (links(modern, number), notes(modern, number)) == ([], [])
