"""The mailbox against a strict stand-in: by UID and never by number, each mail once, and nothing in it changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.mailbox import ImapMailbox
from vedette.model.requests import Mailbox, MailTls
from vedette.model.secret import Secret
from vedette.ports.mail import Bookmark, Letter
from vedette.sandbox.mailboxes.imap import PASSWORD, ImapStandIn

TODAY = date(2026, 11, 20)
ASKS = "Ada Lovelace is requesting access to the search team."


@pytest.fixture
def server() -> Iterator[ImapStandIn]:
    with ImapStandIn() as running:
        yield running


def reader(server: ImapStandIn, **changes: Any) -> ImapMailbox:
    usual = Mailbox(
        "127.0.0.1", "owner", Secret((PASSWORD,), "env/M"), server.port, tls=MailTls.NONE, allow_private=True
    )
    return ImapMailbox(replace(usual, **changes))


def read(server: ImapStandIn, bookmark: Bookmark | None = None, **changes: Any) -> tuple[Bookmark, list[Letter]]:
    oldest = TODAY - timedelta(days=30)
    at, found = reader(server, **changes).since(bookmark, subject="Sentry Access Request", not_before=oldest, seconds=5)
    return at, list(found)


def test_letters_of_the_subject_are_read_by_their_uid(server: ImapStandIn) -> None:
    server.put("nothing of ours", subject="Weekly report", on=TODAY)
    mine = server.put(ASKS, on=TODAY)
    at, found = read(server)
    assert [(letter.uid, letter.text.strip()) for letter in found] == [(mine.uid, ASKS)]
    assert at == Bookmark(7, mine.uid)
    assert server.refused == []


def test_each_letter_is_read_once(server: ImapStandIn) -> None:
    server.put(ASKS, on=TODAY)
    at, _ = read(server)
    assert read(server, at) == (at, [])
    late = server.put(ASKS, on=TODAY)
    at, found = read(server, at)
    assert [letter.uid for letter in found] == [late.uid]
    assert sum("FETCH" in each for each in server.said) == 2


def test_another_validity_makes_the_old_uids_mean_nothing(server: ImapStandIn) -> None:
    server.put(ASKS, on=TODAY)
    at, _ = read(server)
    server.validity = 8
    again, found = read(server, Bookmark(7, 900))
    assert again == Bookmark(8, at.uid)
    assert len(found) == 1


def test_old_mail_is_left_alone(server: ImapStandIn) -> None:
    server.put(ASKS, on=TODAY - timedelta(days=31))
    assert read(server)[1] == []


def test_nothing_becomes_read(server: ImapStandIn) -> None:
    server.put(ASKS, on=TODAY)
    read(server)
    assert any(each.startswith("EXAMINE") for each in server.said)
    assert not any(each.startswith(("SELECT", "STORE", "UID STORE")) for each in server.said)
    assert all("BODY.PEEK" in each for each in server.said if "FETCH" in each)


def test_html_is_read_as_its_words(server: ImapStandIn) -> None:
    server.put("<p><b>Ada &amp; Co</b> is requesting access to the <i>search</i> team</p>", on=TODAY, html=True)
    assert "Ada & Co" in read(server)[1][0].text


def test_a_wrong_password_is_told_without_it(server: ImapStandIn) -> None:
    wrong = Secret(("a-wrong-password",), "env/M")
    with pytest.raises(Unauthorised) as caught:
        read(server, password=wrong)
    assert "correct user and password" in str(caught.value)
    assert "a-wrong-password" not in str(caught.value)


def test_a_folder_that_is_not_there_is_told(server: ImapStandIn) -> None:
    with pytest.raises(Refused, match="there is no folder Sent"):
        read(server, folder="Sent")


def test_a_private_host_needs_leave(server: ImapStandIn) -> None:
    with pytest.raises(Refused, match="allow_private"):
        read(server, allow_private=False)
    assert server.said == []


def test_a_server_that_says_nothing_is_given_up(server: ImapStandIn) -> None:
    server.silent = True
    with pytest.raises(Unavailable, match="lost the connection"):
        reader(server).since(None, subject="s", not_before=TODAY, seconds=0.3)


def test_nobody_there_is_told() -> None:
    with ImapStandIn() as gone:
        pass
    with pytest.raises(Unavailable, match="lost the connection"):
        read(gone)
