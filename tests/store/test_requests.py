"""What the store keeps of requests for access, on both databases."""

from datetime import timedelta

from tests.store.conftest import NOW
from vedette.model.org import AccessRequest, Ask
from vedette.model.plan import Ailment, Diagnosis
from vedette.model.requests import RequestSeen, Weighed
from vedette.store import requests
from vedette.store.database import Store
from vedette.store.retention import prune

HOUR = timedelta(hours=1)
ASKED = AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", "Ada", team="search", asked_at=NOW)
FOUND = (Diagnosis("ada", Ailment.NO_TEAMS, "no team", "give one"),)
WEIGHED = Weighed("default", ASKED, "Ada asks", "ada", "access:\n", "a.yaml:1:1", "advice", FOUND)
OTHER = Weighed("other", AccessRequest("7", Ask.INVITE, "eve@acme.test"), "Eve is to be invited")


def see(store: Store, *weighed: Weighed, hours: int = 0) -> None:
    store.write(lambda tx: requests.see(tx, weighed, now=NOW + hours * HOUR))


def open_ones(store: Store) -> list[RequestSeen]:
    return store.read(requests.open_ones)


def test_a_request_comes_back_as_it_was_seen(store: Store) -> None:
    see(store, WEIGHED, OTHER)
    assert open_ones(store) == [RequestSeen(WEIGHED, NOW, NOW), RequestSeen(OTHER, NOW, NOW)]
    assert store.read(lambda tx: requests.open_ones(tx, instance="other")) == [RequestSeen(OTHER, NOW, NOW)]


def test_seeing_it_again_keeps_since_when_and_who_was_told(store: Store) -> None:
    see(store, WEIGHED)
    store.write(lambda tx: requests.tell(tx, WEIGHED.key, notifier="slack", now=NOW + HOUR))
    see(store, WEIGHED, hours=2)
    assert open_ones(store) == [RequestSeen(WEIGHED, NOW, NOW + 2 * HOUR, None, (("slack", NOW + HOUR),))]


def test_the_newest_telling_of_each_notifier_counts(store: Store) -> None:
    see(store, WEIGHED)
    for hours in (1, 5):
        store.write(lambda tx, at=NOW + hours * HOUR: requests.tell(tx, WEIGHED.key, notifier="slack", now=at))  # type: ignore[misc]
    (seen,) = open_ones(store)
    assert seen.told == (("slack", NOW + 5 * HOUR),)


def test_a_request_is_closed_once_and_begins_anew_when_it_comes_again(store: Store) -> None:
    see(store, WEIGHED)
    store.write(lambda tx: requests.tell(tx, WEIGHED.key, notifier="slack", now=NOW))
    closed = [store.write(lambda tx: requests.close(tx, [WEIGHED.key], now=NOW + HOUR)) for _ in range(2)]
    assert closed == [1, 0]
    assert open_ones(store) == []
    (seen,) = store.read(lambda tx: requests.closed_since(tx, NOW, limit=10))
    assert seen.closed_at == NOW + HOUR
    see(store, WEIGHED, hours=3)
    assert open_ones(store) == [RequestSeen(WEIGHED, NOW + 3 * HOUR, NOW + 3 * HOUR)]


def test_what_was_closed_long_ago_is_forgotten_and_what_is_open_stays(store: Store) -> None:
    see(store, WEIGHED, OTHER)
    store.write(lambda tx: requests.tell(tx, WEIGHED.key, notifier="slack", now=NOW))
    store.write(lambda tx: requests.close(tx, [WEIGHED.key], now=NOW))
    prune(store, {"access": timedelta(days=30)}, now=NOW + timedelta(days=31))
    assert store.read(lambda tx: requests.get(tx, WEIGHED.key)) is None
    assert [each.weighed for each in open_ones(store)] == [OTHER]
