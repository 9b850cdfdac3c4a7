"""Access plans over organisations in memory: what is recorded, and what one instance's failure leaves of the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flows.access_world import Desk, a_world, declared, desk
from vedette.errors import Unauthorised, Unavailable, VedetteError
from vedette.flows.access import Wish
from vedette.model.access import Person
from vedette.model.changes import CreateTeam, DeleteMember
from vedette.model.org import Member
from vedette.model.plan import FailedReading, Hold
from vedette.ports.access import Address, unpaced
from vedette.store import access

DAY = timedelta(days=1)
STRANGER = Member("9", "Stranger@acme.test", user_id="9")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    made = desk(tmp_path, main=a_world(STRANGER))
    yield made
    made.store.close()


@dataclass
class Profiles:
    """Public addresses by login; whoever has none hides it."""

    shown: dict[str, str]

    def address(self, login: str, *, pace: Callable[[], None] = unpaced) -> Address:
        pace()
        found = self.shown.get(login, "")
        return Address(found, "" if found else f"{login} shows no address")

    def close(self) -> None:
        return


def seen(made: Desk) -> dict[str, int]:
    return {member: each.plans for member, each in made.store.read(lambda tx: access.sightings(tx, "main")).items()}


def test_a_plan_changes_nothing(made: Desk) -> None:
    before = made.main.world.read()
    planned = made.plan()
    assert planned.plan.parts[0].changes
    assert (made.main.performed, made.main.world.read()) == ([], before)


def test_a_stranger_s_account_goes_only_after_the_grace_and_two_recorded_plans(made: Desk) -> None:
    made.plan()
    made.later(8 * DAY)
    (part,) = made.plan().plan.parts
    assert [change.email for change in part.changes if isinstance(change, DeleteMember)] == ["Stranger@acme.test"]
    assert seen(made) == {"9": 2}


def test_a_plan_that_is_not_recorded_brings_nobody_nearer_to_deletion(made: Desk) -> None:
    made.plan(record=False)
    made.later(8 * DAY)
    (part,) = made.plan(record=False).plan.parts
    assert [each.hold for each in part.withheld] == [Hold.GRACE]
    assert seen(made) == {}
    assert made.store.read(lambda tx: access.last_declared(tx, "main")) == {}


def test_a_dry_context_records_nothing(made: Desk) -> None:
    made.context = replace(made.context, dry=True)
    made.plan()
    assert seen(made) == {}


def test_an_account_that_is_declared_again_begins_anew(made: Desk) -> None:
    made.plan()
    people = {
        **made.context.settings.access.people,
        "stranger": Person("stranger", "stranger@acme.test", roles=("dev",)),
    }
    usual = made.context.settings.access
    made.declare(replace(usual, people=people))
    made.plan()
    assert seen(made) == {}
    made.declare(usual)
    made.later(30 * DAY)
    (part,) = made.plan().plan.parts
    assert [each.hold for each in part.withheld] == [Hold.GRACE]


def test_a_person_who_hides_their_address_keeps_their_account_by_the_last_known_one(tmp_path: Path) -> None:
    """Story: a hidden e-mail was taken for a leaver, and the account deleted."""
    made = desk(tmp_path, main=a_world(Member("5", "carl@acme.test", user_id="5")))
    usual = made.context.settings.access
    profiles = {"carl": "carl@acme.test"}
    made.context = replace(made.context, people={"github": Profiles(profiles)})
    made.declare(replace(usual, people={**usual.people, "carl": Person("carl", github="carl", roles=("dev",))}))
    made.plan()
    profiles.clear()
    made.plan()
    made.later(30 * DAY)
    (part,) = made.plan().plan.parts
    assert [(each.hold, each.change.email) for each in part.withheld if isinstance(each.change, DeleteMember)] == [
        (Hold.UNKNOWN_ADDRESS, "carl@acme.test")
    ]
    assert "carl" in [each.subject for each in part.diagnoses]
    made.store.close()


def test_one_instance_s_failure_is_told_and_the_others_are_planned(tmp_path: Path) -> None:
    made = desk(tmp_path, main=a_world(), stage=a_world())
    made.rosters["main"].unread.append(Unauthorised("main: GET /members/ answered 401"))
    planned = made.plan()
    assert [part.instance for part in planned.plan.parts] == ["stage"]
    assert any(isinstance(change, CreateTeam) for change in planned.plan.parts[0].changes)
    assert planned.plan.failed == (FailedReading("main", "main: GET /members/ answered 401"),)
    made.store.close()


def test_a_busy_server_is_waited_for_and_read_from_the_beginning(made: Desk) -> None:
    made.main.unread.append(Unavailable("main: answered 503", wait=0.01))
    planned = made.plan()
    assert (made.main.readings, planned.plan.failed) == (2, ())


def test_nothing_of_a_reading_is_kept_for_the_next_plan(made: Desk) -> None:
    """Story: a cached reading of an hour ago made a deletion fail for ever."""
    made.later(8 * DAY)
    made.plan()
    made.later(8 * DAY)
    assert any(isinstance(change, DeleteMember) for change in made.plan().plan.parts[0].changes)
    del made.main.world.members["9"]
    assert not any(isinstance(change, DeleteMember) for change in made.plan().plan.parts[0].changes)


def test_an_instance_that_is_not_managed_is_named_with_the_one_that_was_meant(made: Desk) -> None:
    with pytest.raises(VedetteError, match="does not manage an instance mian; did you mean main"):
        made.plan(instances=("mian",))
    made.declare(declared(instances=()))
    with pytest.raises(VedetteError, match="no Sentry instance is managed"):
        made.plan()


def test_the_shrink_guard_compares_with_the_last_recorded_plan(made: Desk) -> None:
    usual = made.context.settings.access
    many = {f"p{n}": Person(f"p{n}", f"p{n}@acme.test", roles=("dev",)) for n in range(20)}
    made.declare(replace(usual, people={**usual.people, **many}))
    made.plan()
    made.declare(usual)
    for _ in range(2):  # the refused plan does not become what the next one is compared with
        (part,) = made.plan().plan.parts
        assert [trip.flag for trip in part.trips] == ["--allow-shrink"]
    orders = replace(Wish().orders, allow_shrink=True)
    assert made.plan(orders=orders).plan.parts[0].trips == ()
