"""Which agreed exception holds for an issue: by id, by title, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.issues import Issue, IssueKey
from vedette.model.policies import Mute
from vedette.rules.muting import mute_for

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ISSUE = Issue(IssueKey("default", "4512"), NOW, title="KeyError: 'sku'", short_id="CHECKOUT-7")


@pytest.mark.parametrize(
    ("mute", "holds"),
    [
        (Mute("r", issue="4512"), True),
        (Mute("r", issue="default/4512"), True),
        (Mute("r", issue="CHECKOUT-7"), True),
        (Mute("r", issue="other/4512"), False),
        (Mute("r", issue="451"), False),
        (Mute("r", issue="45120"), False),
        (Mute("r", title="KeyError*"), True),
        (Mute("r", title="KeyError: 'sku'"), True),
        (Mute("r", title="KeyError"), False),
        (Mute("r", title="keyerror*"), False),
        (Mute("r", title="*'sku'"), True),
        (Mute("r", title=""), False),
        (Mute("r", issue="4512", until=NOW + timedelta(seconds=1)), True),
        (Mute("r", issue="4512", until=NOW), False),
        (Mute("r", issue="4512", until=NOW - timedelta(days=1)), False),
    ],
    ids=str,
)
def test_a_mute_holds_for_what_it_names_until_it_expires(mute: Mute, holds: bool) -> None:
    assert (mute_for(ISSUE, [mute], now=NOW) is mute) == holds


def test_an_expired_mute_hides_none_that_still_holds() -> None:
    expired, holding = Mute("old", issue="4512", until=NOW), Mute("new", title="Key*")
    assert mute_for(ISSUE, [expired, holding], now=NOW) is holding


def test_an_issue_without_a_short_id_is_not_muted_by_an_empty_name() -> None:
    nameless = Issue(IssueKey("default", "1"), NOW, title="x")
    assert mute_for(nameless, [Mute("r"), Mute("r", issue="CHECKOUT-7")], now=NOW) is None
