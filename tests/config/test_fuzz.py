"""Whatever the file holds, it becomes Settings or ConfigError, and no secret is told."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.config.reading import ENVIRON, VALUES, read
from tests.config.test_load import AGREED
from vedette.config.beside import keys_of
from vedette.config.schema import SettingsFile
from vedette.errors import ConfigError
from vedette.model.settings import Settings

SECRET = "value-that-nobody-may-see"
WORDS = sorted(
    {*keys_of(SettingsFile), "url", "token", "kind", "jira", "default", "route", "tracker", "policies", "mutes", "when"}
    | {
        "every",
        "on",
        "retention",
        "pages",
        "codeowners",
        "map",
        "from",
        "timeout",
        "path_tokens",
        "instances",
        "fields",
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.sampled_from(
        [
            "15m",
            "quiet 14d",
            "forever",
            "any",
            "env/SENTRY_TOKEN",
            "file/x",
            "aws/x",
            "0.0.0.0:80",
            "https://x.test",
            "-",
            "*",
            SECRET,
        ]
    ),
)
KEYS = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


def outcome(text: str) -> Settings | ConfigError:
    with TemporaryDirectory() as folder:
        path = Path(folder, "vedette.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            return read(path).settings
        except ConfigError as error:
            return error


def is_told(text: str, found: Settings | ConfigError) -> list[str]:
    told = f"{found!r}\n{found}"
    return [value for value in [*VALUES, ENVIRON["DATABASE_URL"]] if value in told and value not in text]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@example("[" * 5000)
@example("a: &a [*a]\n")
@example(
    "a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\n"
    + "".join(f"k{n}: &k{n} [*{'c' if n == 0 else f'k{n - 1}'},*c]\n" for n in range(40))
)
@example("? {a: b}\n: c\n")
@example("\x00")
@example("include: ['**/**/*', '[', '/', '\\0', '']\n")
@example("include: {a: b}\n")
@example("sentry: {<<: [1, {url: x}]}\n")
@example("queue: {lease: 1e400, workers: 99999999999999999999999}\n")
def test_any_text_gives_settings_or_problems(text: str) -> None:
    found = outcome(text)
    assert isinstance(found, Settings) or found.problems
    assert is_told(text, found) == []


@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_tree_gives_settings_or_problems(tree: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(tree), allow_unicode=True)
    found = outcome(text)
    assert isinstance(found, Settings) or found.problems
    assert is_told(text, found) == []


def ways(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(each for step, child in steps for each in ways(child, (*way, step)))]


# The agreed file's keys are text to Vedette; to PyYAML's own loader `on` is true.
SOUND = yaml.safe_load(AGREED.replace(" on:", ' "on":'))


@given(st.sampled_from(ways(SOUND)[1:]), TREES)
def test_the_agreed_file_with_any_one_value_exchanged_gives_settings_or_problems(
    way: tuple[Any, ...], value: Any
) -> None:
    tree = yaml.safe_load(yaml.safe_dump(SOUND))
    place = tree
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    text = yaml.safe_dump(tree, allow_unicode=True)
    found = outcome(text)
    assert isinstance(found, Settings) or found.problems
    assert is_told(text, found) == []


@given(
    st.sampled_from([way for way in ways(SOUND) if way and way[-1] in ("token", "client_secret")]),
    st.sampled_from([SECRET, [SECRET]]),
)
def test_an_inline_secret_is_never_repeated(way: tuple[Any, ...], value: Any) -> None:
    tree = yaml.safe_load(yaml.safe_dump(SOUND))
    place = tree
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    found = outcome(yaml.safe_dump(tree))
    assert isinstance(found, ConfigError)
    assert SECRET not in str(found)
