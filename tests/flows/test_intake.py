"""Intake believes nothing before it is proven, decodes nothing, and keeps no secret."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import Rejected
from vedette.flows.context import Context
from vedette.flows.intake import KEPT, SIGNATURE, Knock, Taken, authenticate, source_of, take_in
from vedette.flows.owners import OwnersBook
from vedette.flows.tally import REFUSED, SURGE, WINDOW, Tally
from vedette.model.deliveries import DeliveryKind
from vedette.model.secret import Secret
from vedette.model.settings import Mode, SentryInstance, Settings, StoreSettings, WebSettings
from vedette.ports.signatures import sign_hex_hmac_sha256
from vedette.store import counters, deliveries, journal
from vedette.store.database import Store

NOW = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
BODY = b'{"action":"created"}'


def instance(name: str, *, client_secret: Secret | None = None, path_tokens: Secret | None = None) -> SentryInstance:
    url, token = "https://sentry.example.test", Secret(("api",))
    return SentryInstance(name, url, "acme", token, client_secret=client_secret, path_tokens=path_tokens)


def settings(*instances: SentryInstance, alarm: int = 20) -> Settings:
    named = {each.name: each for each in instances}
    return Settings(Mode.PRODUCTION, named, {}, web=WebSettings(refusals_alarm=alarm))


HOME = instance("home", client_secret=Secret(("new secret", "old secret")), path_tokens=Secret(("home token",)))
AWAY = instance("away", client_secret=Secret(("away secret",)), path_tokens=Secret(("away token",)))
BARE = instance("bare")


def knock(secret: str = "", **more: str) -> Knock:
    headers = {SIGNATURE: sign_hex_hmac_sha256(BODY, secret)} if secret else {}
    return Knock(DeliveryKind.SENTRY, BODY, headers, **more)


def refusal(of: Settings, asked: Knock) -> str:
    with pytest.raises(Rejected) as caught:
        authenticate(of, asked)
    assert caught.value.status == 401
    return caught.value.reason


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (knock("new secret", name="home"), "home"),
        (knock("old secret", name="home"), "home"),
        (knock("away secret", name="away"), "away"),
        (Knock(DeliveryKind.LEGACY, BODY, {}, token="home token"), "home"),
        (Knock(DeliveryKind.GLITCHTIP, BODY, {}, token="away token"), "away"),
    ],
)
def test_what_proves_its_source_is_let_in(asked: Knock, expected: str) -> None:
    assert authenticate(settings(HOME, AWAY, BARE), asked).name == expected


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (knock("away secret", name="home"), "bad_signature"),
        (knock("home token", name="home"), "bad_signature"),
        (knock(name="home"), "no_signature"),
        (knock("new secret", name="nobody"), "unknown_instance"),
        (knock("new secret"), "unknown_instance"),
        (knock("", name="bare"), "no_client_secret"),
        (Knock(DeliveryKind.LEGACY, BODY, {}, token=""), "unknown_token"),
        (Knock(DeliveryKind.LEGACY, BODY, {}, token="home toke"), "unknown_token"),
        (Knock(DeliveryKind.GLITCHTIP, BODY, {}, token="new secret"), "unknown_token"),
    ],
)
def test_everything_else_is_refused_with_its_reason(asked: Knock, reason: str) -> None:
    assert refusal(settings(HOME, AWAY, BARE), asked) == reason


def test_without_a_name_the_only_instance_is_meant_or_the_one_called_default() -> None:
    assert authenticate(settings(HOME), knock("new secret")).name == "home"
    default = replace(AWAY, name="default")
    assert authenticate(settings(HOME, default), knock("away secret")).name == "default"


def test_an_empty_secret_opens_nothing() -> None:
    hollow = instance("hollow", client_secret=Secret(("",)), path_tokens=Secret(("",)))
    signed_with_nothing = Knock(DeliveryKind.SENTRY, BODY, {SIGNATURE: sign_hex_hmac_sha256(BODY, "")})
    assert refusal(settings(hollow), signed_with_nothing) == "bad_signature"
    assert refusal(settings(hollow), Knock(DeliveryKind.LEGACY, BODY, {}, token="")) == "unknown_token"


@given(body=st.binary(max_size=200), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_body_with_a_bit_changed_is_let_in(body: bytes, place: int, bit: int) -> None:
    headers = {SIGNATURE: sign_hex_hmac_sha256(body, "new secret")}
    assert authenticate(settings(HOME), Knock(DeliveryKind.SENTRY, body, headers)) is HOME
    if body:
        at = place % len(body)
        spoiled = body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
        assert refusal(settings(HOME), Knock(DeliveryKind.SENTRY, spoiled, headers)) == "bad_signature"


@given(signature=st.text(max_size=80), token=st.text(max_size=80))
def test_no_guess_is_let_in_or_breaks_anything(signature: str, token: str) -> None:
    assert refusal(settings(HOME), Knock(DeliveryKind.SENTRY, BODY, {SIGNATURE: signature})) in {
        "bad_signature",
        "no_signature",
    }
    assert refusal(settings(HOME), Knock(DeliveryKind.LEGACY, BODY, {}, token=token)) == "unknown_token"


def test_a_label_names_an_instance_only_where_the_settings_know_it() -> None:
    known = settings(HOME)
    assert source_of(known, knock(name="home")) == "sentry/home"
    assert source_of(known, knock(name="x" * 10_000)) == "sentry"
    assert source_of(known, Knock(DeliveryKind.LEGACY, BODY, {}, token="home token")) == "legacy"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")) as store:
        book = OwnersBook((), fetch=lambda _: pytest.fail("nothing is fetched"), store=None, refresh=timedelta(hours=1))
        yield Context(settings(HOME, alarm=5), store, {}, {}, book, clock=lambda: NOW)


def test_what_is_stored_is_what_came_without_signature_and_token(context: Context) -> None:
    headers = {SIGNATURE: sign_hex_hmac_sha256(BODY, "new secret"), "cookie": "x", "request-id": "r" * 500}
    taken = asyncio.run(take_in(context, Knock(DeliveryKind.SENTRY, BODY, headers)))
    assert isinstance(taken, Taken)
    kept = context.store.read(lambda tx: deliveries.get(tx, taken.id))
    assert kept is not None
    assert (kept.body, kept.instance, kept.received_at) == (BODY, "home", NOW)
    assert dict(kept.headers) == {"request-id": "r" * 200}
    assert {name for name, _ in kept.headers} <= set(KEPT)
    assert taken.source == "sentry/home"


def surges(context: Context) -> int:
    return len(context.store.read(lambda tx: journal.search(tx, reason=SURGE, limit=10)))


def test_a_surge_alarms_once_in_ten_minutes_and_again_later(context: Context) -> None:
    tally, moments = Tally(), [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=9), NOW + timedelta(minutes=12)]
    seen = []
    for moment in moments:
        for _ in range(3):
            tally.refused("sentry/home", "bad_signature")
        tally.write(replace(context, clock=lambda moment=moment: moment))  # type: ignore[misc]
        seen.append(surges(context))
    assert seen == [0, 1, 1, 2]


def test_counts_of_several_processes_make_one_surge(context: Context) -> None:
    for _ in range(5):
        tally = Tally()
        tally.refused("sentry", "unknown_instance")
        tally.write(context)
    assert surges(context) == 1


def test_accepted_and_put_off_deliveries_are_no_refusals(context: Context) -> None:
    tally = Tally()
    for number in range(50):
        tally.accepted("sentry/home", repeat=number % 2 == 0)
        tally.put_off("sentry/home", "unavailable")
    tally.write(context)
    assert surges(context) == 0
    since = NOW - WINDOW
    assert context.store.read(lambda tx: counters.total(tx, REFUSED, since=since)) == 0
    labels = {"source": "sentry/home", "outcome": "repeated"}
    assert context.store.read(lambda tx: counters.total(tx, "deliveries", since=since, labels=labels)) == 25


def test_a_count_that_could_not_be_written_is_written_later(context: Context) -> None:
    tally = Tally()
    tally.refused("sentry", "no_signature")
    closed = replace(context, store=Store.open(StoreSettings(url=str(context.store.writing.url)), role="command"))
    closed.store.close()
    tally.write(closed)
    tally.write(context)
    assert context.store.read(lambda tx: counters.total(tx, REFUSED, since=NOW - WINDOW)) == 1
