"""What an operator may write of an Asana, and what is refused with a cure."""

import pytest
from pydantic import ValidationError

from vedette.config.registry import Registry
from vedette.integrations.asana import INTEGRATION, AsanaTracker, Config
from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings

TOKEN = Secret(("very-secret",), "env/ASANA_PAT")


def test_workspace_and_token_are_enough() -> None:
    config = Config(workspace="1200", token=TOKEN)
    assert config.url == "https://app.asana.com/api/1.0"
    assert not config.oauth


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"workspace": "acme"}, "digits only"),
        ({"workspace": "1200", "url": "ftp://app.asana.com"}, "expected the address"),
        ({"workspace": "1200", "url": "https://me:pw@app.asana.com"}, "without credentials"),
        ({"workspace": "1200", "stampfield": "x"}, "stampfield"),
    ],
)
def test_a_wrong_key_says_what_was_expected(keys: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as told:
        Config.model_validate({"token": TOKEN, **keys})
    assert "very-secret" not in str(told.value)
    assert "pw@" not in str(told.value)


def test_the_kind_is_found_by_its_name_and_makes_a_tracker() -> None:
    assert Registry().find("asana") is INTEGRATION
    settings = TrackerSettings(name="boards", kind="asana", config=Config(workspace="1200", token=TOKEN))
    tracker = AsanaTracker.from_settings(settings)
    assert tracker.name == "boards"
    assert "very-secret" not in repr(tracker)
    tracker.close_connections()
