"""What editors and readers are told is what is read."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.config.reading import ENVIRON, TOYS, read
from tests.config.test_load import AGREED
from vedette.config.describe import json_schema
from vedette.config.page import page
from vedette.config.registry import Registry
from vedette.config.tree import parse, plain
from vedette.errors import ConfigError

BROKEN = Path(__file__).parent / "broken"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
SCHEMA = json_schema(TOYS)
#: Mistakes of form, which an editor can show while one writes; the others need the environment or several keys.
FORMS = [
    "access_forms",
    "bad_duration",
    "bad_duration_of_a_vendor",
    "bad_mode",
    "bad_rest",
    "bad_store",
    "bad_track",
    "bad_word_in_a_list",
    "bad_word_of_a_vendor",
    "codeowners_of_no_repository",
    "inline_secret",
    "missing_key",
    "missing_key_of_a_vendor",
    "missing_kind",
    "missing_sentry",
    "mute_of_no_issue",
    "mute_without_reason",
    "number_out_of_bounds",
    "retention_of_unknown_table",
    "monitor_times",
    "team_that_is_no_owner",
    "terms",
    "unknown_key",
    "unknown_key_of_a_vendor",
    "unknown_key_of_another_block",
    "unknown_key_of_the_file",
    "unknown_kind",
    "wrong_type_block",
    "wrong_type_flag",
    "wrong_type_list",
    "wrong_type_number",
    "wrong_type_route",
    "wrong_type_text",
]


def as_data(text: str) -> Any:
    node = parse(text, file="x.yaml", problems=[])
    assert node is not None
    return plain(node, {})


def is_valid(text: str) -> bool:
    return jsonschema_rs.validator_for(SCHEMA).is_valid(as_data(text))


def test_the_schema_accepts_the_agreed_file() -> None:
    assert is_valid(AGREED)


@pytest.mark.parametrize("name", FORMS)
def test_the_schema_refuses_a_mistake_of_form(name: str) -> None:
    assert not is_valid((BROKEN / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_schema_is_sound_and_can_be_written_as_json() -> None:
    assert jsonschema_rs.meta.is_valid(json.loads(json.dumps(SCHEMA)))


def test_each_kind_of_tracker_has_its_own_keys() -> None:
    asana, jira = SCHEMA["$defs"]["Tracker.asana"], SCHEMA["$defs"]["Tracker.jira"]
    assert asana["properties"]["kind"]["const"] == "asana"
    assert "workspace" in asana["properties"]
    assert "workspace" not in jira["properties"]
    assert "timeout" in jira["properties"]


def described(block: dict[str, Any]) -> dict[str, bool]:
    named = {key: str(value.get("$ref", "")).rpartition("/")[2] for key, value in block["properties"].items()}
    definitions = SCHEMA["$defs"]
    return {
        key: bool(value.get("description") or definitions.get(named[key], {}).get("description"))
        for key, value in block["properties"].items()
    }


def test_every_key_is_described() -> None:
    blocks = [("", SCHEMA), *((name, block) for name, block in SCHEMA["$defs"].items() if "properties" in block)]
    silent = [f"{name}.{key}" for name, block in blocks for key, told in described(block).items() if not told]
    assert silent == []


def test_usual_values_are_written_as_the_yaml_writes_them(tmp_path: Path) -> None:
    policy, web = SCHEMA["$defs"]["PolicyBlock"]["properties"], SCHEMA["$defs"]["WebBlock"]["properties"]
    usual = {key: policy[key]["default"] for key in ("every", "wont_do", "on")} | {"pages": web["pages"]["default"]}
    assert usual == {"every": "15m", "wont_do": "quiet 90d", "on": ["alert", "poll"], "pages": "127.0.0.1:8081"}


def test_the_page_has_a_row_for_every_key_and_a_section_for_every_block() -> None:
    text = page(TOYS)
    missing = [
        f"{name}.{key}"
        for name, block in SCHEMA["$defs"].items()
        for key in block.get("properties", {})
        if f"| `{key}` |" not in text
    ]
    assert missing == []
    for heading in ("## `tickets.policies[].when`", "## `trackers.NAME (kind: jira)`", "## `web`"):
        assert f"{heading}\n" in text


def test_the_page_names_the_words_to_choose_from() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page(TOYS), flags=re.M))
    assert rows["mode"] == "`production` or `staging` or `development`"
    assert (rows["client_secret"], rows["every"], rows["workers"]) == ("secret", "duration", "whole number")


def test_the_page_in_the_reference_is_what_the_code_says() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == page(), "run: vedette config reference > docs/reference/settings.md"


def test_a_kind_that_cannot_be_imported_is_left_out_of_the_schema() -> None:
    assert "Tracker.needy" not in SCHEMA["$defs"]
    assert "Tracker.mute" not in json_schema(Registry("tests.config.toys"))["$defs"]


@pytest.mark.parametrize("name", FORMS)
def test_what_the_schema_refuses_is_refused_by_the_loader_too(name: str) -> None:
    with pytest.raises(ConfigError):
        read(BROKEN / f"{name}.yaml", **ENVIRON)
