"""Requests: told once when somebody asks, never lost with a notifier that is down, and told again when they stay."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import START
from tests.flows.rosters import Clinic
from tests.rules.access.people import ADA, access, account, organization
from vedette.errors import Unauthorised, Unavailable
from vedette.flows.access_requests import (
    answer_job,
    answer_now,
    enqueue_tellings,
    requests_job,
    tell_job,
    tend_requests,
    waiting,
)
from vedette.model.alarms import NoticeState
from vedette.model.jobs import JobState
from vedette.model.org import AccessRequest, Ask
from vedette.model.requests import AnswerPolicy, RequestSeen, RequestSettings
from vedette.model.settings import Settings
from vedette.store import journal, limits, queue, requests

SEARCH = AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", "Ada", team="search")
INVITE = AccessRequest("7", Ask.INVITE, "eve@acme.test", requester="ada@acme.test")


@pytest.fixture
def clinic(desk: Desk, settings: Settings) -> Clinic:
    asked = RequestSettings(poll=True, notify=("people",), repeat=timedelta(days=7))
    made = Clinic(desk, replace(settings, access=access(ADA, requests=asked)))
    made.roster.organization = organization(account(1))
    made.roster.asked = [SEARCH]
    return made


def poll(clinic: Clinic, *, after: timedelta = timedelta(0)) -> None:
    clinic.now += after
    tend_requests(clinic.context)
    clinic.work()


def open_now(clinic: Clinic) -> list[RequestSeen]:
    return clinic.desk.app.store.read(requests.open_ones)


def deny_all(clinic: Clinic) -> None:
    asked = replace(clinic.settings.access.requests, answer=AnswerPolicy.DENY)
    clinic.settings = replace(clinic.settings, access=replace(clinic.settings.access, requests=asked))


def test_a_request_is_told_once_with_the_lines_to_add(clinic: Clinic) -> None:
    for _ in range(3):
        poll(clinic, after=timedelta(minutes=5))
    (notice,) = clinic.people.taken
    assert notice.title == "Ada (ada@acme.test) asks to be let into the team search"
    assert "ada: {roles: [checkout-developer, search]}" in notice.cure
    assert notice.state is NoticeState.OPENED


def test_it_is_told_again_after_the_repeat_while_it_stays_open(clinic: Clinic) -> None:
    poll(clinic)
    poll(clinic, after=timedelta(days=6))
    poll(clinic, after=timedelta(days=1))
    assert [each.state for each in clinic.people.taken] == [NoticeState.OPENED, NoticeState.REPEATED]
    assert len({each.id for each in clinic.people.taken}) == 2


def test_a_notifier_that_is_down_is_not_remembered_as_told(clinic: Clinic) -> None:
    clinic.people.ills = [Unavailable("people does not answer")]
    poll(clinic)
    assert open_now(clinic)[0].told == ()
    clinic.now += timedelta(minutes=1)
    clinic.work()
    assert len(clinic.people.taken) == 1
    assert [name for name, _ in open_now(clinic)[0].told] == ["people"]


def test_a_telling_that_was_given_up_is_asked_for_again(clinic: Clinic) -> None:
    from vedette.errors import Refused  # noqa: PLC0415 - the one that buries at once

    clinic.people.ills = [Refused("people refused the notice")]
    poll(clinic)
    assert [job.kind for job in clinic.desk.jobs(JobState.DEAD)] == ["tell_request"]
    poll(clinic, after=timedelta(minutes=5))
    assert len(clinic.people.taken) == 1


def test_a_notice_that_two_jobs_would_send_is_sent_by_one(clinic: Clinic) -> None:
    poll(clinic)
    (seen,) = open_now(clinic)
    for _ in range(2):
        job = tell_job(seen.weighed.key, "people")
        clinic.desk.app.store.write(lambda tx, job=job: queue.enqueue(tx, job, now=clinic.now))  # type: ignore[misc]
    clinic.work()
    assert len(clinic.people.taken) == 1
    assert "told_already" in [job.reason for job in clinic.desk.jobs(JobState.DONE)]


def test_a_request_that_is_gone_is_closed_and_one_that_comes_again_is_told_anew(clinic: Clinic) -> None:
    poll(clinic)
    clinic.roster.asked = []
    poll(clinic, after=timedelta(minutes=5))
    assert open_now(clinic) == []
    clinic.roster.asked = [SEARCH]
    poll(clinic, after=timedelta(minutes=5))
    assert [each.state for each in clinic.people.taken] == [NoticeState.OPENED] * 2


def test_requests_for_a_team_and_for_an_invitation_may_have_one_number(clinic: Clinic) -> None:
    clinic.roster.asked = [SEARCH, INVITE]
    poll(clinic)
    assert [each.weighed.id for each in open_now(clinic)] == ["invite-7", "team-7"]
    assert len(clinic.people.taken) == 2


def test_by_choice_each_is_denied_once_everybody_was_told(clinic: Clinic) -> None:
    deny_all(clinic)
    clinic.people.ills = [Unavailable("people does not answer")]
    poll(clinic)
    assert clinic.roster.told == []
    clinic.now += timedelta(minutes=1)
    clinic.work()
    assert clinic.roster.told == [("7", False)]
    assert open_now(clinic) == []


def test_a_request_that_was_answered_meanwhile_is_neither_told_nor_answered(clinic: Clinic) -> None:
    poll(clinic)
    (seen,) = open_now(clinic)
    store = clinic.desk.app.store
    store.write(lambda tx: requests.close(tx, [seen.weighed.key], now=clinic.now))
    for job in (tell_job(seen.weighed.key, "people"), answer_job(seen.weighed, approve=False)):
        store.write(lambda tx, job=job: queue.enqueue(tx, job, now=clinic.now))  # type: ignore[misc]
    clinic.work()
    assert len(clinic.people.taken) == 1
    assert clinic.roster.told == []


def test_a_person_may_approve_and_the_journal_tells(clinic: Clinic) -> None:
    poll(clinic)
    (weighed,) = waiting(clinic.context)
    answer_now(clinic.context, weighed, approve=True)
    assert clinic.roster.told == [("7", True)]
    assert open_now(clinic) == []
    reasons = [each.reason for each in clinic.desk.app.store.read(lambda tx: journal.search(tx, limit=50))]
    assert reasons[0] == "request_approved"


def test_the_organisation_is_read_once_an_hour_and_when_somebody_new_asks(clinic: Clinic) -> None:
    poll(clinic)
    assert clinic.roster.calls == 2  # requests, and the organisation
    poll(clinic, after=timedelta(minutes=5))
    assert clinic.roster.calls == 3
    clinic.roster.asked = [SEARCH, INVITE]
    poll(clinic, after=timedelta(minutes=5))
    assert clinic.roster.calls == 5
    poll(clinic, after=timedelta(hours=1))
    assert clinic.roster.calls == 7


def test_where_nobody_asks_only_the_requests_are_read(clinic: Clinic) -> None:
    clinic.roster.asked = []
    poll(clinic)
    assert clinic.roster.calls == 1


def test_a_token_that_may_not_read_requests_closes_none_and_pauses_nothing(clinic: Clinic) -> None:
    poll(clinic)
    clinic.roster.ills = [Unauthorised("sentry default: GET access-requests/ answered 403")]
    poll(clinic, after=timedelta(minutes=5))
    assert len(open_now(clinic)) == 1
    assert not [each for each in clinic.desk.app.store.read(limits.states) if each.paused_at is not None]


def test_without_poll_nobody_is_asked(clinic: Clinic, settings: Settings) -> None:
    clinic.settings = replace(settings, access=access(ADA))
    poll(clinic)
    assert clinic.roster.calls == 0


def test_a_notifier_that_the_settings_lost_is_let_go_of(clinic: Clinic) -> None:
    poll(clinic)
    (seen,) = open_now(clinic)
    job = tell_job(seen.weighed.key, "gone")
    clinic.desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=START))
    clinic.work()
    assert "no_such_notifier" in [each.reason for each in clinic.desk.jobs(JobState.DONE)]


def test_requests_of_an_instance_that_is_gone_end(clinic: Clinic) -> None:
    clinic.desk.app.store.write(lambda tx: queue.enqueue(tx, requests_job("gone"), now=START))
    clinic.work()
    assert "no_such_instance" in [job.reason for job in clinic.desk.jobs(JobState.DONE)]


def test_tellings_are_asked_for_once_however_often_that_is_done(clinic: Clinic) -> None:
    poll(clinic)
    (seen,) = open_now(clinic)
    fresh = replace(seen, told=())
    for _ in range(3):
        clinic.desk.app.store.write(lambda tx: enqueue_tellings(tx, clinic.context, [fresh], now=clinic.now))
    assert len(clinic.desk.jobs(JobState.READY)) == 1
