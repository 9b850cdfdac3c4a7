"""Requests by mail: from the mailbox to the people who are told, each once, whether or not anybody is recognised."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import START
from tests.flows.rosters import Clinic
from tests.rules.access.people import ADA, access, account, organization
from vedette.flows.access_mail import tend_mailbox
from vedette.flows.access_requests import tend_requests
from vedette.flows.context import Context
from vedette.integrations.mailbox import ImapMailbox
from vedette.model.org import AccessRequest, Ask
from vedette.model.requests import Mailbox, MailTls, RequestSeen, RequestSettings
from vedette.model.secret import Secret
from vedette.model.settings import Settings
from vedette.sandbox.mailboxes.imap import PASSWORD, ImapStandIn
from vedette.store import limits, requests

TODAY = START.date()
ASKS = "Ada Lovelace is requesting access to the search team."


class Post(Clinic):
    """A clinic with a mailbox."""

    server: ImapStandIn

    @property
    def context(self) -> Context:
        box = self.settings.access.requests.imap
        return replace(super().context, letters=ImapMailbox(box) if box else None)

    def read(self, *, after: timedelta = timedelta(0)) -> list[RequestSeen]:
        """Let five minutes' duties be done; the open requests."""
        self.now += after
        tend_mailbox(self.context)
        tend_requests(self.context)
        self.work()
        return self.desk.app.store.read(requests.open_ones)

    def names(self) -> list[str]:
        return [each.title for each in self.people.taken]


@pytest.fixture
def post(desk: Desk, settings: Settings) -> Iterator[Post]:
    with ImapStandIn() as server:
        password = Secret((PASSWORD,), "env/M")
        box = Mailbox("127.0.0.1", "owner", password, server.port, tls=MailTls.NONE, allow_private=True)
        asked = RequestSettings(poll=True, notify=("people",), imap=box)
        made = Post(desk, replace(settings, access=access(ADA, requests=asked)))
        made.roster.organization = organization(account(1, name="Ada Lovelace"))
        made.server = server
        yield made


def test_a_mail_becomes_a_request_of_the_person_and_is_told_once(post: Post) -> None:
    post.server.put(ASKS, on=TODAY)
    for _ in range(3):
        (seen,) = post.read(after=timedelta(minutes=5))
    assert (seen.weighed.person, seen.weighed.request.team) == ("ada", "search")
    assert post.names() == ["Ada Lovelace asks to be let into the team search"]
    assert "ada: {roles: [checkout-developer, search]}" in post.people.taken[0].cure
    assert sum("FETCH" in each for each in post.server.said) == 1
    assert post.server.refused == []


def test_a_mail_that_fits_nobody_is_told_all_the_same(post: Post) -> None:
    post.server.put("Nobody Known is requesting access to the search team.", on=TODAY)
    post.server.put("What is this?", on=TODAY)
    post.read()
    assert sorted(post.names()) == [
        "Nobody Known asks to be let into the team search",
        "somebody asks for access",
    ]


def test_what_the_api_tells_as_well_is_one_request(post: Post) -> None:
    post.roster.asked = [AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", "Ada Lovelace", team="search")]
    post.read()
    post.server.put(ASKS, on=TODAY)
    assert [each.weighed.id for each in post.read(after=timedelta(minutes=5))] == ["team-7"]


def test_it_is_over_when_the_person_is_in_the_team_or_after_thirty_days(post: Post) -> None:
    post.server.put(ASKS, on=TODAY)
    post.server.put("Nobody Known is requesting access to the search team.", on=TODAY)
    assert len(post.read()) == 2
    post.roster.organization = organization(account(1, name="Ada Lovelace", teams=("checkout", "search")))
    (left,) = post.read(after=timedelta(hours=2))
    assert left.weighed.request.name == "Nobody Known"
    assert post.read(after=timedelta(days=31)) == []


def test_a_mailbox_that_refuses_its_password_waits_and_stops_nothing_else(post: Post) -> None:
    post.server.password = "another"
    post.roster.asked = [AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", team="search")]
    assert len(post.read()) == 1
    paused = [each.name for each in post.desk.app.store.read(limits.states) if each.paused_at is not None]
    assert paused == ["mailbox:requests"]
