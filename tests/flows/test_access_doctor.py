"""The doctor's visits: hourly, kept for the page, and harmless to whatever else the token does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import START
from tests.flows.rosters import Clinic, MemoryRoster
from tests.rules.access.people import ADA, access, account, invitation, organization
from vedette.errors import Unauthorised, Unavailable
from vedette.flows.access_doctor import last_visits, tend_doctor, visit_job, visits
from vedette.model.access import AccessSettings
from vedette.model.doctor import Visit
from vedette.model.jobs import JobState
from vedette.model.plan import Ailment
from vedette.model.settings import Settings
from vedette.store import limits, queue


@pytest.fixture
def clinic(desk: Desk, settings: Settings) -> Clinic:
    made = Clinic(desk, replace(settings, access=access(ADA)))
    made.roster.organization = organization(account(1), invitation(2))
    return made


def kept(clinic: Clinic) -> list[Visit]:
    return clinic.desk.app.store.read(lambda tx: last_visits(tx, ["default"]))


def call(clinic: Clinic) -> None:
    tend_doctor(clinic.context)
    clinic.work()


def test_a_visit_is_made_hourly_and_kept(clinic: Clinic) -> None:
    call(clinic)
    (seen,) = kept(clinic)
    assert (seen.at, [each.name for each in seen.patients]) == (START, ["ada"])
    assert seen.patients[0].ailments == (Ailment.SEVERAL_ACCOUNTS,)
    clinic.now += timedelta(minutes=59)
    call(clinic)
    assert clinic.roster.calls == 1
    clinic.now += timedelta(minutes=1)
    call(clinic)
    assert clinic.roster.calls == 2


def test_where_nothing_is_declared_nobody_is_looked_at(clinic: Clinic, settings: Settings) -> None:
    clinic.settings = replace(settings, access=AccessSettings(instances=("default",)))
    call(clinic)
    assert clinic.roster.calls == 0


def test_a_token_that_may_not_read_members_leaves_the_last_findings_and_pauses_nothing(clinic: Clinic) -> None:
    call(clinic)
    clinic.now += timedelta(hours=1)
    clinic.roster.ills = [Unauthorised("sentry default: GET members/ answered 403")]
    call(clinic)
    (seen,) = kept(clinic)
    assert (seen.at, seen.trouble) == (START, "sentry default: GET members/ answered 403")
    assert len(seen.patients) == 1
    assert not [each for each in clinic.desk.app.store.read(limits.states) if each.paused_at is not None]


def test_an_instance_that_cannot_be_read_stops_no_other(clinic: Clinic) -> None:
    other = MemoryRoster("other", organization=replace(organization(account(1)), instance="other"))
    clinic.roster.ills = [Unavailable("sentry default does not answer")]
    settings = clinic.settings
    clinic.settings = replace(
        settings,
        access=replace(settings.access, instances=("default", "other")),
        instances={**settings.instances, "other": replace(settings.instances["default"], name="other")},
    )
    first, second = visits(replace(clinic.context, rosters={"default": clinic.roster, "other": other}))
    assert first.trouble == "sentry default does not answer"
    assert [each.person for each in second.patients] == ["ada"]


def test_the_visit_of_an_instance_that_is_gone_ends(clinic: Clinic) -> None:
    clinic.desk.app.store.write(lambda tx: queue.enqueue(tx, visit_job("gone"), now=START))
    clinic.work()
    assert [job.reason for job in clinic.desk.jobs(JobState.DONE)] == ["no_such_instance"]
