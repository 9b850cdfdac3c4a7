"""DSNs: which key is handed out, in which form, and that the deprecated address never is."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.org import ProjectKey
from vedette.rules.access.dsn import DsnFormat, as_data, choose, clashes, file_name, public, rendered, secret_name

KEY = ProjectKey(
    "shop", "3c00", "Default", "https://3c00@sentry.test/10", "https://sentry.test/api/10/security/?k=3c00"
)
OLD = ProjectKey("shop", "77aa", "Old", "https://77aa@sentry.test/10", active=False)
BROWSER = ProjectKey("shop", "b0b0", "Browser", "https://b0b0@sentry.test/10")


def test_the_only_active_key_is_chosen_and_a_passed_over_one_is_told() -> None:
    choice = choose([OLD, KEY], project="shop")
    assert choice.key == KEY
    assert choice.text == "shop: not active, and passed over: Old"


@pytest.mark.parametrize(
    ("keys", "label", "told"),
    [
        ([], "", "shop has no key; make one in Sentry"),
        ([OLD], "", "Old of shop is not active; enable it"),
        ([KEY, BROWSER], "", "shop has 2 active keys; name one with --key: Default, Browser"),
        ([KEY], "Mobile", "shop has no key Mobile; it has Default"),
        ([KEY, OLD], "old", "Old of shop is not active"),
    ],
)
def test_no_key_is_guessed_and_the_reason_names_the_cure(keys: list[ProjectKey], label: str, told: str) -> None:
    choice = choose(keys, project="shop", label=label)
    assert choice.key is None
    assert told in choice.text


def test_a_key_is_named_by_its_label_or_its_id_in_any_case() -> None:
    assert choose([KEY, BROWSER], project="shop", label="browser").key == BROWSER
    assert choose([KEY, BROWSER], project="shop", label="3C00").key == KEY


def test_an_export_takes_the_first_active_key_and_says_so() -> None:
    choice = choose([OLD, KEY, BROWSER], project="shop", strict=False)
    assert choice.key == KEY
    assert "shop has 2 active keys: Default was taken" in choice.text


def test_each_form_holds_the_public_address() -> None:
    assert rendered(KEY, DsnFormat.PLAIN) == "https://3c00@sentry.test/10\n"
    assert rendered(KEY, DsnFormat.ENV) == "SENTRY_DSN=https://3c00@sentry.test/10\n"
    assert json.loads(rendered(KEY, DsnFormat.JSON)) == as_data(KEY)
    assert yaml.safe_load(rendered(KEY, DsnFormat.MANIFEST)) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "shop-dsn",
            "labels": {
                "app.kubernetes.io/name": "shop",
                "app.kubernetes.io/part-of": "sentry",
                "app.kubernetes.io/managed-by": "vedette",
            },
        },
        "type": "Opaque",
        "stringData": {"dsn": KEY.dsn, "security_endpoint": KEY.security},
    }


@given(st.sampled_from(DsnFormat), st.text("abc0123456789", min_size=8), st.text("xyz", min_size=8))
def test_a_secret_is_in_no_form_even_where_the_server_told_it(form: DsnFormat, user: str, secret: str) -> None:
    key = ProjectKey("shop", "1", "Default", f"https://{user}:{secret}@sentry.test/10")
    assert public(key) == f"https://{user}@sentry.test/10"
    assert secret not in rendered(key, form)


@given(st.text(min_size=1))
def test_a_manifest_is_valid_whatever_the_server_calls_things(words: str) -> None:
    key = ProjectKey(words, "1", words, f"https://k@sentry.test/{words}", words)
    read = yaml.safe_load(rendered(key, DsnFormat.MANIFEST))
    assert read["stringData"]["security_endpoint"] == words
    assert set(read) == {"apiVersion", "kind", "metadata", "type", "stringData"}
    name, label = read["metadata"]["name"], read["metadata"]["labels"]["app.kubernetes.io/name"]
    assert len(name) <= 253
    assert len(label) <= 63
    for each in (name, label):
        assert each[0].isalnum()
        assert each[-1].isalnum()
        assert all(char.isascii() and (char.isdigit() or char.islower() or char in "-.") for char in each)


@given(st.text(min_size=1))
def test_an_environment_line_is_one_line_and_one_word_for_a_shell(words: str) -> None:
    import shlex  # noqa: PLC0415 - the oracle

    line = rendered(ProjectKey("shop", "1", "", f"https://k@sentry.test/{words}"), DsnFormat.ENV)
    assert line.count("\n") == 1
    assert len(shlex.split(line)) == 1


def test_two_slugs_that_would_be_one_secret_are_found() -> None:
    assert secret_name("my_shop") == "my-shop-dsn"
    assert clashes(["my_shop", "my-shop", "other"]) == {"my-shop-dsn": ["my-shop", "my_shop"]}


@pytest.mark.parametrize("slug", ["../etc", "a/b", "", ".hidden", "a\nb", "-rf"])
def test_a_slug_that_could_leave_the_folder_names_no_file(slug: str) -> None:
    assert file_name(slug, DsnFormat.ENV) == ""


def test_files_are_named_after_their_project_and_form() -> None:
    assert [file_name("my_shop", form) for form in DsnFormat] == [
        "my_shop.dsn",
        "my_shop.env",
        "my_shop.json",
        "my_shop-dsn.yaml",
    ]
