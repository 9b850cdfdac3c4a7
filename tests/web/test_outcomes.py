"""Of the hours that Sentry told of, the newest that is over is shown, by project and outcome."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import lay_tables
from vedette.model.metrics import Filter, OutcomeHour
from vedette.model.settings import StoreSettings
from vedette.store import known
from vedette.store.database import Store
from vedette.web.outcomes import Outcomes, ProjectOutcomes, outcomes_of

TEN, HOUR = datetime(2026, 11, 21, 10, tzinfo=UTC), timedelta(hours=1)
ROWS = [
    OutcomeHour("default", "shop", TEN, "accepted", "", 4012),
    OutcomeHour("default", "shop", TEN, "rate_limited", "key_quota", 200),
    OutcomeHour("default", "shop", TEN, "rate_limited", "org_quota", 10),
    OutcomeHour("default", "shop", TEN, "cardinality_limited", "", 1),
    OutcomeHour("default", "api", TEN, "accepted", "", 5000),
    OutcomeHour("default", "api", TEN, "filtered", "browser-extensions", 31),
    OutcomeHour("default", "shop", TEN - HOUR, "accepted", "", 3999),
    OutcomeHour("default", "shop", TEN + HOUR, "accepted", "", 12),  # under way
    OutcomeHour("eu", "shop", TEN, "accepted", "", 77),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    lay_tables(tmp_path / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")) as opened:
        opened.write(lambda tx: known.note_outcomes(tx, ROWS))
        yield opened


def shown(store: Store, asked: Filter | None, *, now: datetime) -> Outcomes | None:
    return store.read(lambda tx: outcomes_of(tx, "default", asked, now=now))


def test_the_newest_hour_that_is_over_is_shown_with_most_losses_first(store: Store) -> None:
    found = shown(store, None, now=TEN + HOUR + timedelta(minutes=30))
    assert found == Outcomes(
        TEN,
        ("accepted", "filtered", "rate_limited", "cardinality_limited"),
        (
            ProjectOutcomes("shop", (4012, 0, 210, 1), "200 key_quota, 10 org_quota"),
            ProjectOutcomes("api", (5000, 31, 0, 0), "31 browser-extensions"),
        ),
    )


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (TEN + HOUR, TEN),
        (TEN + HOUR - timedelta(seconds=1), TEN - HOUR),
        (TEN + 2 * HOUR, TEN + HOUR),
    ],
)
def test_an_hour_is_shown_from_its_end_on(store: Store, now: datetime, hour: datetime) -> None:
    found = shown(store, Filter("checkout", "default", projects=("shop",)), now=now)
    assert found is not None
    assert (found.hour, [each.project for each in found.projects]) == (hour, ["shop"])


def test_of_projects_that_nobody_told_of_and_of_days_long_past_nothing_is_shown(store: Store) -> None:
    assert shown(store, Filter("search", "default", projects=("search",)), now=TEN + HOUR) is None
    assert shown(store, None, now=TEN + timedelta(days=3)) is None
