"""Which cap stands against a ticket, and what the digest says: each cap alone, none by mistake, never too long."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.document import Bullets, Link, Paragraph
from vedette.model.flood import NO_CAP, UNCAPPED, Caps, Counted, Held, HeldState, Place, place_of
from vedette.model.issues import IssueKey
from vedette.model.tickets import Route
from vedette.rules.digest import LISTED, ROOM, digest_body, digest_title
from vedette.rules.holding import cap_met, room

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROUTE = Route("jira", "PAY")
CAPS = Caps(per_run=25, per_route_per_hour=10, per_hour=50)


@pytest.mark.parametrize(
    ("counted", "word"),
    [
        (Counted(run=24, route=9, hour=49), None),
        (Counted(run=0, route=10, hour=10), "jira/PAY within the hour, whose cap is 10"),
        (Counted(run=0, route=0, hour=50), "tickets.caps.per_hour is 50"),
        (Counted(run=25, route=0, hour=25), "tickets.caps.per_run is 25"),
        (Counted(run=25, route=10, hour=50), "jira/PAY within the hour"),
    ],
)
def test_each_cap_stands_for_itself(counted: Counted, word: str | None) -> None:
    met = cap_met(CAPS, ROUTE, counted)
    assert met is None if word is None else (met is not None and word in met)


@pytest.mark.parametrize(("cap", "holds_from"), [(None, 10), (3, 3), (0, 0), (12, 12)])
def test_a_routes_own_cap_goes_before_that_of_all(cap: int | None, holds_from: int) -> None:
    route = Route("jira", "PAY", cap=cap)
    assert cap_met(CAPS, route, Counted(0, holds_from, 0)) is not None
    assert holds_from == 0 or cap_met(CAPS, route, Counted(0, holds_from - 1, 0)) is None


def test_a_route_without_a_cap_is_held_by_the_caps_of_all_alone() -> None:
    route = Route("jira", "PAY", cap=NO_CAP)
    assert cap_met(CAPS, route, Counted(0, 49, 49)) is None
    assert cap_met(CAPS, route, Counted(0, 50, 50)) is not None


numbers = st.integers(0, 200)


@given(run=numbers, route=numbers, hour=numbers)
def test_without_caps_nothing_is_held(run: int, route: int, hour: int) -> None:
    assert cap_met(UNCAPPED, ROUTE, Counted(run, route, hour)) is None
    assert room(UNCAPPED, ROUTE, Counted(run, route, hour)) is None


@given(route=numbers, hour=numbers)
def test_the_room_is_exactly_as_many_tickets_as_no_cap_stands_against(route: int, hour: int) -> None:
    left = room(CAPS, ROUTE, Counted(0, route, hour))
    assert left is not None
    assert cap_met(CAPS, ROUTE, Counted(0, route + left, hour + left)) is not None
    assert left == 0 or cap_met(CAPS, ROUTE, Counted(0, route + left - 1, hour + left - 1)) is None


def held(number: int, *, title: str = "KeyError: 'sku'") -> Held:
    link = f"https://sentry.example.test/organizations/acme/issues/{number}/"
    return Held(
        number, IssueKey("default", str(number)), "main", place_of(ROUTE), ROUTE, "@acme/payments", title, "checkout",
        link, 500 - number, 3, 1, NOW, NOW, "held back", HeldState.HELD,
    )  # fmt: skip


@given(titles=st.lists(st.text(max_size=400), min_size=1, max_size=LISTED + 40))
def test_a_digest_lists_what_fits_and_says_how_many_more_there_are(titles: list[str]) -> None:
    rows = [held(number, title=title) for number, title in enumerate(titles, start=1)]
    document = digest_body(Place("jira", "PAY"), rows, link="https://x.example.test/", page="")
    (shown,) = [block for block in document.blocks if isinstance(block, Bullets)]
    size = sum(len(part.text) + (len(part.url) if isinstance(part, Link) else 0) for row in shown.items for part in row)
    assert len(shown.items) <= LISTED
    assert size <= ROOM
    words = " ".join(part.text for block in document.blocks if isinstance(block, Paragraph) for part in block.parts)
    assert (f"and {len(rows) - len(shown.items)} more" in words) is (len(shown.items) < len(rows))


def test_a_digests_title_ends_with_its_link_and_fits() -> None:
    link = "https://vedette.example.test/held/h0123456789ab"
    line = digest_title(Place("jira", "P" * 300), 490, link=link)
    assert line.endswith(f" {link}")
    assert line.startswith("Held back: 490 errors")
    assert len(line) <= 255


def test_places_have_digests_of_their_own() -> None:
    keys = {Place("a", "b c").digest, Place("a b", "c").digest, Place("a", "b").digest, Place("b", "a").digest}
    assert len(keys) == 4
