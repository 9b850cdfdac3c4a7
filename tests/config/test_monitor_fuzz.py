"""Whatever stands under `monitor:` becomes settings or problems, and no pattern that is let through is slow."""

import re
from time import process_time
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tests.config.test_fuzz import TREES, is_told, outcome, ways
from tests.config.test_load import AGREED
from tests.config.test_monitor import FULL, SINK
from vedette.config.schema.patterns import checked
from vedette.model.settings import Settings

SOUND: dict[str, Any] = yaml.safe_load(AGREED.replace(" on:", ' "on":')) | yaml.safe_load(SINK) | yaml.safe_load(FULL)
PATTERNS = st.text(alphabet="ab.*+?|()[]{},12\\^$-:=!<>wdsW", max_size=14)
PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            ".",
            "\\w",
            "[ab]",
            "(",
            "(?:",
            "(?>",
            "(?=",
            ")",
            "*",
            "+",
            "?",
            "{2,}",
            "{1,30}",
            "{12}",
            "|",
            "^",
            "$",
        ]
    ),
    max_size=9,
).map("".join)
WORST = ("ab" * 200, "a" * 400, "b" * 400, "a" * 399 + "\n")


@given(st.sampled_from([way for way in ways(SOUND) if way[:1] in (("monitor",), ("sinks",))]), TREES)
def test_the_monitor_with_any_one_value_exchanged_gives_settings_or_problems(way: tuple[Any, ...], value: Any) -> None:
    tree = yaml.safe_load(yaml.safe_dump(SOUND))
    place = tree
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    text = yaml.safe_dump(tree, allow_unicode=True)
    found = outcome(text)
    assert isinstance(found, Settings) or found.problems
    assert is_told(text, found) == []


@given(st.one_of(PATTERNS, PIECES, st.text(max_size=20)))
@example("(a|a)*c")
@example("(?:a?){12}a")
@example("(a{1,30}){1,30}c")
@example("\\")
@example("[")
@example("(?P<n>a)(?P=n)*b")
def test_a_pattern_is_refused_or_quick(pattern: str) -> None:
    try:
        checked(pattern, case=False)
    except PydanticCustomError:
        return
    compiled = re.compile(pattern, re.IGNORECASE)
    began = process_time()
    for text in WORST:
        compiled.search(text)
    assert process_time() - began < 1.0
