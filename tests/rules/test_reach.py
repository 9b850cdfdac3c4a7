"""Which rules of a CODEOWNERS never decide: what patterns prove holds for every path, the rest the files tell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.rules.codeowners import Codeowners, parse
from vedette.rules.codeowners.reach import Reach, reach


def reached(text: str, *, files: list[str] | None = None, dialect: str = "github") -> Reach:
    owners = parse(text, dialect=dialect)
    (section,) = owners.sections[-1:]
    return reach(section, dialect=owners.dialect, files=files)


def shadowed(text: str, *, dialect: str = "github") -> list[tuple[int, int]]:
    return [(each.rule.line, each.by.line) for each in reached(text, dialect=dialect).shadowed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a @x\n/a @y", [(1, 2)]),  # the same
        ("/a/b @x\n/a @y", [(1, 2)]),  # its parent
        ("/a/b/ @x\n/a/ @y", [(1, 2)]),
        ("/a @x\n/a/ @y", []),  # /a may be a file
        ("/a/ @x\n/a @y", [(1, 2)]),
        ("/a @x\n/a/b @y", []),  # a part of it
        ("/a/b.js @x\n*.js @y", [(1, 2)]),  # a literal by a glob
        ("/a/ @x\n*.js @y", []),
        ("/a/b @x\n* @y", [(1, 2)]),
        ("*.js @x\n* @y", [(1, 2)]),
        ("* @x\n*.js @y", []),
        ("*.js @x\n*.js @y", [(1, 2)]),
        ("/a/*.js @x\n*.js @y", [(1, 2)]),  # the same glob at any depth
        ("*.js @x\n/a/*.js @y", []),
        ("/a/*.js @x\n/a/ @y", [(1, 2)]),
        ("/a/*.js @x\n/b/ @y", []),
        ("/a/* @x\n/a/ @y", [(1, 2)]),
        ("/a/ @x\n/a/* @y", []),  # files right in it only
        ("/a/**/b @x\n/a/ @y", [(1, 2)]),
        ("/a/**/b @x\n**/b @y", [(1, 2)]),
        ("docs @x\n/docs/ @y", []),  # docs matches at any depth
        ("/docs/ @x\ndocs @y", [(1, 2)]),
        ("/a/generated/ @x\n**/generated/ @y", [(1, 2)]),
        ("/a/b @x\n/a/b/ @y\n/a/b @z", [(1, 3), (2, 3)]),
        ("/a @x\n/a", [(1, 2)]),  # a line without an owner claims too
        ("/a @x\n!/a @y", []),  # an invalid line claims nothing
    ],
)
def test_what_is_proven_from_the_patterns(text: str, expected: list[tuple[int, int]]) -> None:
    assert shadowed(text) == expected


PATTERNS = st.sampled_from(
    [
        "*",
        "**",
        "a",
        "/a",
        "/a/",
        "/a/*",
        "/a/b",
        "/a/b/",
        "*.js",
        "/a/*.js",
        "/a/**/b",
        "**/b",
        "b/",
        "/a/b/c.js",
        "c*",
        "a/b",
    ]
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "c.js", "d.js"]), min_size=1, max_size=4).map("/".join)


def deciding(owners: Codeowners, path: str) -> int:
    match = owners.match(path)
    return match.line if match else 0


@settings(max_examples=300)
@given(st.lists(PATTERNS, min_size=2, max_size=7), st.lists(PATHS, min_size=1, max_size=12))
@pytest.mark.parametrize("dialect", ["github", "gitlab"])
def test_a_shadowed_rule_decides_for_no_path_and_the_files_sort_the_others(
    dialect: str, patterns: list[str], paths: list[str]
) -> None:
    text = "\n".join(f"{pattern} @o{at}" for at, pattern in enumerate(patterns))
    owners = parse(text, dialect=dialect)
    found = reached(text, files=paths, dialect=dialect)
    lines = {deciding(owners, path) for path in paths}
    dead = {each.rule.line for each in (*found.shadowed, *found.never_decides)}
    silent = {rule.line for rule in found.no_file} | {rule.line for rule, _ in found.vanished}
    assert not lines & (dead | silent)
    for rule in owners.rules:
        alone = parse(f"{rule.pattern} @o", dialect=dialect)
        matches = [path for path in paths if alone.match(path)]
        if rule.line in silent:
            assert not matches
        elif rule.line not in dead:
            assert rule.line in lines
    for each in found.never_decides:
        # With GitLab a pattern written twice keeps its first place, so the later rule may have the lower line.
        assert each.by.line == deciding(owners, each.path) != each.rule.line


def test_files_tell_what_no_pattern_proves() -> None:
    text = "/src/a* @x\n/src/*.js @y\n/gone/deep/ @z\n/src/gone.js @z\n*.rb @z\n"
    found = reached(text, files=["src/app.js", "src/b.js"])
    (never,) = found.never_decides
    assert (never.rule.line, never.by.line, never.path) == (1, 2, "src/app.js")
    assert [rule.line for rule in found.no_file] == [5]
    assert [(rule.line, root) for rule, root in found.vanished] == [(3, ""), (4, "src")]
