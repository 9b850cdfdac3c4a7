"""What an operator may write of a GitHub, and what is refused with a cure."""

import importlib.util
from typing import Any

import pytest
from pydantic import ValidationError

from vedette.config.registry import Registry
from vedette.integrations.github import INTEGRATION, Config, GitHubTracker
from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings

TOKEN = Secret(("very-secret",), "env/GITHUB_TOKEN")
KEY = Secret(("very-secret",), "file/vedette.pem")
APP = {"app_id": 4242, "installation_id": 77, "private_key": KEY}


def test_a_token_is_enough_and_so_is_an_app() -> None:
    assert Config(token=TOKEN).url == "https://api.github.com"
    assert not Config(token=TOKEN).is_app
    app = Config.model_validate(APP)
    assert app.is_app
    assert (app.app_id, app.installation_id) == ("4242", "77")
    assert Config.model_validate({**APP, "app_id": "Iv23liAbC"}).app_id == "Iv23liAbC"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "give `token`, or an App by all three keys; missing of the App: app_id, installation_id, private_key"),
        ({"token": TOKEN, **APP}, "give either `token` or an App, not both"),
        ({"app_id": 4242, "private_key": KEY}, "missing of the App: installation_id"),
        ({**APP, "installation_id": "acme"}, "`installation_id` is a number"),
        ({"token": TOKEN, "url": "ftp://github.acme.test"}, "such as https://github.acme.example/api/v3"),
        ({"token": TOKEN, "url": "https://me:pw@github.acme.test"}, "without credentials"),
        ({"token": TOKEN, "url": "https://github.com"}, "https://api.github.com, or no `url:` at all"),
        ({"token": TOKEN, "status_labels": ["x" * 51]}, "a label of 1 to 50 characters"),
        ({"token": TOKEN, "status_labels": [" "]}, "a label of 1 to 50 characters"),
        ({"token": TOKEN, "repository": "acme/workbench"}, "repository"),
    ],
    ids=str,
)
def test_a_wrong_key_says_what_was_expected(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as told:
        Config.model_validate(keys)
    assert words in str(told.value)
    assert "very-secret" not in str(told.value)
    assert "pw@" not in str(told.value)


def test_an_app_without_its_packages_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jwt" else object())
    with pytest.raises(ValidationError, match=r"install vedette\[github\]"):
        Config.model_validate(APP)
    assert Config(token=TOKEN).token is TOKEN


def test_the_kind_is_found_by_its_name_and_makes_a_tracker() -> None:
    assert Registry().find("github") is INTEGRATION
    settings = TrackerSettings(name="issues", kind="github", config=Config(token=TOKEN))
    tracker = GitHubTracker.from_settings(settings)
    assert tracker.name == "issues"
    assert "very-secret" not in repr(tracker)
    tracker.close_connections()
