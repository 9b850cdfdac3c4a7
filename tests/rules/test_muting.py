"""Which agreed exception holds for an issue: by id, by title, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.events import Change, IssueAlerted, IssueChanged, IssueEvent
from vedette.model.issues import Issue, IssueKey, Occurrence
from vedette.model.policies import Mute
from vedette.rules.muting import drop_for, mute_for

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


OCCURRENCE = Occurrence("e", level="error", environment="preview-7", fingerprint=("{{ default }}", "cart"))


@pytest.mark.parametrize(
    ("mute", "holds"),
    [
        (Mute("r", project="shop"), True),
        (Mute("r", project="sh*"), True),
        (Mute("r", project="other"), False),
        (Mute("r", level="error"), True),
        (Mute("r", level="fatal"), False),
        (Mute("r", environment="preview*"), True),
        (Mute("r", environment="production"), False),
        (Mute("r", fingerprint="cart"), True),
        (Mute("r", fingerprint="basket"), False),
        (Mute("r", title="KeyError*", project="shop", level="error", environment="*", fingerprint="c*"), True),
        (Mute("r", title="KeyError*", project="other"), False),
        (Mute("r", issue="4512", level="fatal"), False),
    ],
    ids=str,
)
def test_every_condition_that_a_mute_has_must_hold(mute: Mute, holds: bool) -> None:
    assert (mute_for(replace(ISSUE, project="shop"), [mute], now=NOW, occurrence=OCCURRENCE) is mute) == holds


def test_without_an_occurrence_no_condition_on_one_holds() -> None:
    mutes = [Mute("r", environment="*"), Mute("r", fingerprint="*")]
    assert mute_for(ISSUE, mutes, now=NOW) is None


ALERT = IssueAlerted(ISSUE.key, NOW, project="shop", title="KeyError: 'sku'", occurrence=OCCURRENCE)
SCANNER = Mute("scanner", title="KeyError*", drop=True)


@pytest.mark.parametrize(
    ("event", "mute", "dropped"),
    [
        (ALERT, SCANNER, True),
        (ALERT, replace(SCANNER, drop=False), False),
        (ALERT, replace(SCANNER, until=NOW), False),
        (ALERT, replace(SCANNER, environment="preview*", level="error"), True),
        (replace(ALERT, occurrence=None), replace(SCANNER, environment="preview*"), False),
        (IssueChanged(ISSUE.key, NOW, Change.CREATED, title="KeyError: 'sku'"), SCANNER, True),
        (IssueChanged(ISSUE.key, NOW, Change.RESOLVED, title="KeyError: 'sku'"), SCANNER, False),
    ],
)
def test_what_the_payload_shows_to_be_meant_is_dropped_and_nothing_else(
    event: IssueEvent, mute: Mute, dropped: bool
) -> None:
    assert (drop_for(event, [mute], now=NOW) is mute) == dropped


def test_an_expired_mute_hides_none_that_still_holds() -> None:
    expired, holding = Mute("old", issue="4512", until=NOW), Mute("new", title="Key*")
    assert mute_for(ISSUE, [expired, holding], now=NOW) is holding


def test_an_issue_without_a_short_id_is_not_muted_by_an_empty_name() -> None:
    nameless = Issue(IssueKey("default", "1"), NOW, title="x")
    assert mute_for(nameless, [Mute("r"), Mute("r", issue="CHECKOUT-7")], now=NOW) is None
