"""The keys of projects: read hourly for the page, and kept without any secret."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import START
from tests.flows.rosters import MemoryRoster
from vedette.errors import Unauthorised
from vedette.flows.access_dsn import KeptKeys, kept_keys, keys_job, tend_keys
from vedette.flows.context import Context
from vedette.model.access import AccessSettings
from vedette.model.jobs import JobState
from vedette.model.org import ProjectKey
from vedette.model.settings import Settings
from vedette.store import limits, queue

KEY = ProjectKey("shop", "3c00", "Default", "https://3c00:b7594f27@sentry.test/10")


class Keeping:
    """A desk whose roster has keys, and a time of its own."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk, self.now = desk, START
        self.roster = MemoryRoster(project_keys=[KEY])
        self.settings = replace(settings, access=AccessSettings(instances=("default",)))

    @property
    def context(self) -> Context:
        context = self.desk.app.context
        return replace(context, settings=self.settings, rosters={"default": self.roster}, clock=lambda: self.now)

    def run(self) -> None:
        tend_keys(self.context)
        while self.desk.app.worker().one_job(self.context):
            pass

    def kept(self) -> list[KeptKeys]:
        return self.desk.app.store.read(lambda tx: kept_keys(tx, ["default", "other"]))


@pytest.fixture
def keeping(desk: Desk, settings: Settings) -> Keeping:
    return Keeping(desk, settings)


def test_keys_are_kept_hourly_without_the_secret(keeping: Keeping) -> None:
    keeping.run()
    assert keeping.kept() == [KeptKeys("default", START, (replace(KEY, dsn="https://3c00@sentry.test/10"),))]
    keeping.now += timedelta(minutes=30)
    keeping.run()
    assert keeping.roster.calls == 1
    keeping.now += timedelta(minutes=30)
    keeping.run()
    assert keeping.roster.calls == 2


def test_a_token_that_may_not_read_keys_leaves_the_old_ones_and_pauses_nothing(keeping: Keeping) -> None:
    keeping.run()
    keeping.now += timedelta(hours=1)
    keeping.roster.ills = [Unauthorised("sentry default: GET project-keys/ answered 403")]
    keeping.run()
    (kept,) = keeping.kept()
    assert (kept.at, kept.trouble) == (START, "sentry default: GET project-keys/ answered 403")
    assert [key.project for key in kept.keys] == ["shop"]
    states = keeping.desk.app.store.read(limits.states)
    assert not [state.name for state in states if state.paused_at is not None]


def test_an_instance_that_is_not_managed_is_not_asked(keeping: Keeping, settings: Settings) -> None:
    keeping.settings = settings
    keeping.run()
    assert keeping.roster.calls == 0


def test_a_reading_of_an_instance_that_is_gone_ends(keeping: Keeping) -> None:
    keeping.desk.app.store.write(lambda tx: queue.enqueue(tx, keys_job("gone"), now=START))
    assert keeping.desk.app.worker().one_job(keeping.context)
    assert [job.reason for job in keeping.desk.jobs(JobState.DONE)] == ["no_such_instance"]
