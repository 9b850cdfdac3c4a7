"""The settings of a Jira: which product it is, what is refused, and that the token never shows."""

import pytest
from pydantic import ValidationError

from vedette.integrations.jira import INTEGRATION, Config
from vedette.integrations.jira.config import Flavour
from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings

TOKEN = Secret(("hidden-token",), "env/JIRA_TOKEN")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"url": "https://acme.atlassian.net", "email": "bot@acme.test"}, Flavour.CLOUD),
        ({"url": "https://acme.atlassian.net"}, Flavour.CLOUD),
        ({"url": "https://jira.acme.test", "email": "bot@acme.test"}, Flavour.CLOUD),
        ({"url": "https://jira.acme.test/jira"}, Flavour.DATA_CENTER),
        ({"url": "https://atlassian.net.acme.test"}, Flavour.DATA_CENTER),
        ({"url": "https://jira.acme.test", "email": "bot@acme.test", "flavour": "data_center"}, Flavour.DATA_CENTER),
        ({"url": "https://jira.acme.test", "flavour": "cloud"}, Flavour.CLOUD),
    ],
)
def test_the_product_is_named_or_read_off_the_address(given: dict[str, str], expected: Flavour) -> None:
    assert Config.model_validate({**given, "token": TOKEN}).kind is expected


@pytest.mark.parametrize(
    "given",
    [
        {"url": "acme.atlassian.net"},
        {"url": "ftp://acme.test"},
        {"url": "https://bot:pass@acme.test"},
        {"url": "https://acme.test?x=1"},
        {"url": "https://"},
        {"url": "https://acme.test", "projct": "WB"},
        {"url": "https://acme.test", "flavour": "server"},
        {},
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused_without_showing_the_token(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as told:
        Config.model_validate({**given, "token": TOKEN})
    assert "hidden-token" not in str(told.value)


def test_a_slash_at_the_end_of_the_address_makes_no_difference() -> None:
    assert Config(url="https://acme.test/jira/", token=TOKEN).url == "https://acme.test/jira"


def test_the_integration_makes_a_tracker_of_the_name_in_the_settings() -> None:
    assert INTEGRATION.config is Config
    assert INTEGRATION.tracker is not None
    config = Config(url="https://acme.test", token=TOKEN)
    tracker = INTEGRATION.tracker(TrackerSettings(name="board", kind="jira", config=config))
    assert tracker.name == "board"
    assert "hidden-token" not in repr(config) + repr(tracker)
