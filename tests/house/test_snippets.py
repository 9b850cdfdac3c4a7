"""The settings that the documents show can be used: each block of YAML is read as a whole vedette.yaml would be."""

from pathlib import Path

import pytest
import yaml

from tests.house.documents import documents, fences
from tests.house.sources import ROOT
from vedette.config.load import load
from vedette.config.schema.root import SettingsFile
from vedette.errors import ConfigError

SNIPPETS = [
    pytest.param(body, id=f"{document.relative_to(ROOT).as_posix()}:{line}")
    for document in documents()
    for line, language, body in fences(document)
    if language == "yaml"
]
# Files of other programs that our pages show.
OTHERS = {"repos", "scrape_configs", "groups", "services"}
BASE = {
    "sentry": {
        "url": "https://sentry.example.test",
        "organization": "acme",
        "token": "env/TOKEN",
        "client_secret": "env/TOKEN",
    },
    "trackers": {"jira": {"kind": "jira", "url": "https://jira.example.test", "token": "env/TOKEN"}},
    "routes": {"default": {"project": "TRIAGE"}},
}


class AnyVariable(dict[str, str]):
    """An environment in which every variable is set."""

    def __missing__(self, name: str) -> str:
        if name == "DATABASE_URL":
            return "postgresql://db.example.test/vedette"
        value = f"value-of-{name.lower()}-padded"
        return f"https://hooks.example.test/{value}" if name.endswith("_URL") else value

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Every name has a value."""
        return self[name]

    def __contains__(self, name: object) -> bool:
        return True


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_of_settings_can_be_used(snippet: str, tmp_path: Path) -> None:
    asked = yaml.safe_load(snippet)
    assert isinstance(asked, dict)
    if set(asked) <= OTHERS:
        return
    assert set(asked) <= set(SettingsFile.model_fields) | {"include"}
    file = tmp_path / "vedette.yaml"
    # The text itself, so that what YAML makes of it is what a reader gets; what it leaves out is added.
    rest = {key: value for key, value in BASE.items() if key not in asked}
    file.write_text(f"{snippet}\n{yaml.safe_dump(rest) if rest else ''}", encoding="utf-8")
    try:
        load(file, environ=AnyVariable())
    except ConfigError as error:
        pytest.fail(str(error))
