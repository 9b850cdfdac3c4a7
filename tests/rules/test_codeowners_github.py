"""GitHub's documented semantics as tables, and every answer against a slow, independent reading of the same rules."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.rules.codeowners import Codeowners, Reason, parse

# (pattern, paths it takes, paths it leaves). Source: GitHub's "About code owners" and, for what "gitignore rules"
# means there, git's documentation of its pattern format.
PATTERNS = [
    ("*", ["a", "a/b", ".env", "a/.b/c"], []),
    ("**", ["a", "a/b/c"], []),
    ("/**", ["a", "a/b/c"], []),
    ("**/*", ["a", "a/b/c"], []),
    ("/**/*", ["a", "a/b/c"], []),
    ("**/", ["a/b", "a/b/c"], ["a"]),
    ("*/", ["a/b", "a/b/c"], ["a"]),
    ("/*", ["a", ".env"], ["a/b"]),
    ("/*/", ["a/b", "a/b/c"], ["a"]),
    ("*.js", ["x.js", "src/x.js", "a/b/.js", "x.js/in/a/directory"], ["x.jsx", "xjs", "x.js.map", "x.JS"]),
    ("*.tar.gz", ["x.tar.gz", "a/b.c.tar.gz"], ["x.gz", "x.tar"]),
    ("/build/logs/", ["build/logs/a", "build/logs/b/c"], ["build/logs", "x/build/logs/a", "build/logsx/a"]),
    ("docs/*", ["docs/getting-started.md", "docs/.hidden"], ["docs/build-app/troubleshooting.md", "docs", "a/docs/b"]),
    ("/docs/*", ["docs/a.md"], ["docs/a/b.md"]),
    ("a/docs/*", ["a/docs/b"], ["a/docs/b/c", "docs/b"]),
    ("docs/**", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
    ("docs/**/", ["docs/a", "docs/a/b"], ["docs"]),
    ("docs/**/*", ["docs/a", "docs/a/b"], ["docs"]),
    ("docs/*/", ["docs/a/b", "docs/a/b/c"], ["docs/a", "docs"]),
    ("apps/", ["apps/a", "x/apps/a", "x/y/apps/a/b"], ["apps", "x/apps", "myapps/a"]),
    ("/apps/", ["apps/a", "apps/b/c"], ["x/apps/a", "apps"]),
    ("**/logs", ["logs", "build/logs", "a/b/logs/c", "logs/a"], ["logsx", "a/xlogs"]),
    ("**/logs/", ["build/logs/a", "logs/a"], ["logs", "build/logs"]),
    ("**/logs/*", ["logs/a", "x/logs/a"], ["x/logs/a/b"]),
    ("logs", ["logs", "logs/a", "x/logs", "x/logs/a/b"], ["logs.txt", "mylogs"]),
    ("/logs", ["logs", "logs/a"], ["x/logs", "logsx"]),
    ("apps/github", ["apps/github", "apps/github/a/b"], ["x/apps/github", "apps/github2", "apps"]),
    ("**/a/b", ["a/b", "x/a/b", "x/y/a/b/c"], ["a/x/b", "xa/b"]),
    ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a/x/b/c"], ["a", "b", "x/a/b", "a/bb", "ab"]),
    ("a/**/**/b", ["a/b", "a/x/y/b"], ["ab"]),
    ("a/*/b", ["a/x/b", "a/x/b/c"], ["a/b", "a/x/y/b"]),
    ("a/*.py", ["a/x.py", "a/x.py/y"], ["a/b/x.py", "x/a/x.py"]),
    ("a/**/*.py", ["a/x.py", "a/b/c/x.py"], ["x.py", "a/x.pyc"]),
    ("test_*", ["test_a", "test_a.py", "x/test_", "test_a/b"], ["a_test", "xtest_a"]),
    ("*_test", ["a_test", "x/_test", "a_test/b"], ["a_test.go", "test"]),
    ("test_*.py", ["test_a.py", "x/test_.py"], ["test_.pyc", "test.py", "atest_a.py"]),
    ("a*a", ["aa", "aba", "x/abca"], ["a", "ab"]),
    ("*a*b*", ["ab", "xaxbx", "d/ab/c"], ["ba", "a/b"]),
    ("*ab*ab", ["abab", "xabxab"], ["ab", "aab"]),
    ("f?o", ["foo", "x/fao", "foo/a"], ["fo", "fooo", "f/o"]),
    ("?", ["a", "x/yy/b"], ["aa", "xx/yy"]),
    ("/src/?.c", ["src/a.c"], ["src/ab.c", "src/.c"]),
    ("foo**bar", ["foobar", "fooxbar"], ["foo/bar", "foo/x/bar"]),
    ("my\\ file.md", ["my file.md", "x/my file.md"], ["my", "file.md", "my\\ file.md"]),
    ("/a\\ b/c\\ d/", ["a b/c d/e"], ["a b/c d", "a/b"]),
    ("f\\*o", ["f*o", "x/f*o"], ["foo", "f\\*o"]),
    ("f\\?o", ["f?o"], ["foo"]),
    ("a\\\\b", ["a\\b"], ["ab"]),
    ("\\!important", ["!important"], ["important"]),
    ("app/\\[slug\\]/page.tsx", ["app/[slug]/page.tsx"], ["app/s/page.tsx"]),
    ("a#b", ["a#b"], ["a"]),
    ("/.github/", [".github/workflows/a.yml"], ["github/a"]),
    (".env", [".env", "a/.env"], ["a.env"]),
    ("/a.b+c(d){e}|f^$", ["a.b+c(d){e}|f^$"], ["aXb+c(d){e}|f^$"]),
    ("Straße/Größe.txt", ["Straße/Größe.txt"], ["straße/größe.txt"]),
]


@pytest.mark.parametrize(("pattern", "taken", "left"), PATTERNS, ids=[row[0] for row in PATTERNS])
def test_a_pattern_takes_and_leaves_what_the_documentation_says(
    pattern: str, taken: list[str], left: list[str]
) -> None:
    owners = parse(f"{pattern} @acme/team\n")
    assert owners.problems == ()
    assert {path: owners.match(path) is not None for path in taken + left} == {
        **dict.fromkeys(taken, True),
        **dict.fromkeys(left, False),
    }


EXAMPLE = """
# The example of the documentation, in other words.
*       @acme/everyone @lead
*.js    @js-owner #This is a comment at the end.
*.go go@example.test
*.txt @acme/writers
/build/logs/ @logger
docs/*  docs@example.test
apps/ @apps
/docs/ @docs
/scripts/ @docs @apps
**/logs @logs
/apps/ @apps2
/apps/github
/apps/github/owned @acme/again
"""


@pytest.mark.parametrize(
    ("path", "owners", "line"),
    [
        ("README.md", ("@acme/everyone", "@lead"), 3),
        ("src/a.js", ("@js-owner",), 4),
        ("src/a.go", ("go@example.test",), 5),
        ("a.txt", ("@acme/writers",), 6),
        ("build/logs/a.txt", ("@logs",), 12),
        ("docs/a.txt", ("@docs",), 10),
        ("x/docs/a.rb", ("@acme/everyone", "@lead"), 3),
        ("x/apps/a.js", ("@apps",), 9),
        ("scripts/a", ("@docs", "@apps"), 11),
        ("a/logs/b", ("@logs",), 12),
        ("apps/a.js", ("@apps2",), 13),
        ("apps/github", (), 14),
        ("apps/github/a.go", (), 14),
        ("apps/github/owned/a.go", ("@acme/again",), 15),
    ],
)
def test_the_last_match_wins_and_a_pattern_without_owner_clears(path: str, owners: tuple[str, ...], line: int) -> None:
    match = parse(EXAMPLE).match(path)
    assert match is not None
    assert (match.owners, match.line) == (owners, line)


WAYS_TO_SAY = [
    "/a/b/c.py",
    "/a/b/c.py/",
    "a/b/c.py",
    "/a/b",
    "/a/b/",
    "/a/b/*",
    "/a/",
    "a/",
    "b/",
    "*",
    "**",
    "/a/**",
    "c.py",
]
WAYS_TO_SAY += [
    "*.py",
    "c*",
    "*y",
    "?.py",
    "**/c.py",
    "**/b/",
    "/a/*/c.py",
    "/a/**/*.py",
    "/*/b",
    "a/*/",
    "/*/",
    "*c*p*",
]


@pytest.mark.parametrize("second", WAYS_TO_SAY)
def test_of_any_two_rules_for_a_file_the_later_one_counts_narrow_or_wide(second: str) -> None:
    for first in WAYS_TO_SAY:
        match = parse(f"{first} @first\n{second} @second\n").match("a/b/c.py")
        # c.py is a file: what names a directory of that name does not take it.
        ways = ((second, "@second"), (first, "@first"))
        expected = next((owner for way, owner in ways if way != "/a/b/c.py/"), None)
        assert (first, match.owners[0] if match else None) == (first, expected)


def test_unmatched_is_told_apart_from_explicitly_unowned() -> None:
    owners = parse("/a/ @acme/a\n/a/free/\n")
    assert owners.match("b/x") is None
    cleared = owners.match("a/free/x")
    assert cleared is not None
    assert cleared.owners == ()
    assert (cleared.pattern, cleared.line, cleared.section) == ("/a/free/", 2, "")


def test_paths_are_compared_with_their_case() -> None:
    owners = parse("/Src/ @a\n*.PY @b\nMakefile @c\n")
    assert [owners.match(path) is not None for path in ("Src/x", "src/x", "a.PY", "a.py", "Makefile", "makefile")] == [
        True,
        False,
    ] * 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("!docs/ @a", Reason.NEGATION),
        ("[ab].py @a", Reason.BRACKETS),
        ("app/[slug]/page.tsx @a", Reason.BRACKETS),
        ("a]b @a", Reason.BRACKETS),
        ("\\\\[a] @a", Reason.BRACKETS),
        ("\\#file @a", Reason.ESCAPED_HASH),
        ("a/***/b @a", Reason.TRIPLE_STAR),
        ("/ @a", Reason.NOTHING),
        ("a//b @a", Reason.EMPTY_SEGMENT),
        ("// @a", Reason.EMPTY_SEGMENT),
        ("./a @a", Reason.DOT_SEGMENT),
        ("/a/../b @a", Reason.DOT_SEGMENT),
        ("a/. @a", Reason.DOT_SEGMENT),
        ("a\\/b @a", Reason.DANGLING_ESCAPE),
        ("a\\", Reason.DANGLING_ESCAPE),
        ("/a nobody", Reason.OWNER),
        ("/a @ok nobody", Reason.OWNER),
        ("/a @", Reason.OWNER),
        ("/a @a/b/c", Reason.OWNER),
        ("/a user@nowhere", Reason.OWNER),
        ("/a @x,@y", Reason.OWNER),
    ],
)
def test_an_invalid_line_is_skipped_and_reported_with_its_number(line: str, reason: Reason) -> None:
    owners = parse(f"* @everyone\n\n{line}\n/z @z\n")
    assert [(problem.line, problem.reason, problem.skipped) for problem in owners.problems] == [(3, reason, True)]
    assert owners.problems[0].message.startswith("line 3: ")
    assert [rule.line for rule in owners.rules] == [1, 4]
    match = owners.match("a/b")
    assert match is not None
    assert match.owners == ("@everyone",)


@pytest.mark.parametrize(
    "owner",
    ["@a", "@acme/team", "@acme/team_1", "@octo-cat", "@user_enterprise", "a.b+c@mail.example.test", "@acme/t.x"],
)
def test_every_form_of_owner_is_known(owner: str) -> None:
    assert parse(f"* {owner}").rules[0].owners == (owner,)


def test_the_same_owner_twice_counts_once_and_order_is_kept() -> None:
    assert parse("* @b @a @b").rules[0].owners == ("@b", "@a")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("\ufeff* @a", [1]),
        ("* @a\r\n\r\n/b @b\r\n", [1, 3]),
        ("* @a\r/b @b", [1, 2]),
        ("\t /a\t@a \n", [1]),
        ("# c\n   # c\n#\n/a @a # c @no [x\n/b #c", [4, 5]),
        ("/a\u2028b @a\n/c @c", [1, 2]),
        ("/a\x0cb @a\n/c @c", [1, 2]),
        ("", []),
        ("\n\n \t\n", []),
    ],
)
def test_blanks_comments_and_line_ends_of_every_kind_are_tolerated(text: str, lines: list[int]) -> None:
    owners = parse(text)
    assert owners.problems == ()
    assert [rule.line for rule in owners.rules] == lines


def test_rules_can_be_counted_indexed_and_cut() -> None:
    rules = parse("* @a\n\n/b/\n/c @c\n").rules
    assert len(rules) == 3
    assert (rules[1].line, rules[1].pattern, rules[1].owners, rules[1].section) == (3, "/b/", (), "")
    assert [rule.line for rule in rules[1:]] == [3, 4]
    assert rules[-1].owners == ("@c",)


def test_a_path_that_no_file_system_holds_matches_nothing_and_costs_no_memory() -> None:
    owners = parse("* @a\n**/a/**/a/**/a @b\n")
    assert owners.match("") is None
    assert owners.match("a/" * 2048 + "a") is None
    assert owners.match("a/" * 2000 + "x") is not None
    deep = owners.match("a/" * 2000 + "a")
    assert deep is not None
    assert deep.owners == ("@b",)


def test_a_hostile_name_does_not_make_a_pattern_of_many_stars_slow() -> None:
    owners = parse("*a*a*a*a*a*a*a*a*a*a*b*x @a\n")
    assert owners.match("a" * 3000) is None
    assert owners.match("a" * 3000 + "bx") is not None


def test_what_is_remembered_of_directories_is_bounded() -> None:
    owners = parse("/d7/ @a\n*.py @b\n")
    for number in range(40_000):
        assert owners.match(f"d{number}/x.c") is None or number == 7
    remembered = owners.sections[0].index._memo
    assert 0 < len(remembered) <= 16_384
    match = owners.match("d7/x.c")
    assert match is not None
    assert match.owners == ("@a",)


def test_threads_that_share_a_file_get_the_answers_of_one_alone() -> None:
    text = "* @all\n" + "".join(f"/d{number}/**/x/ @d{number}\n" for number in range(0, 3000, 7))
    shared, alone = parse(text), parse(text)
    # More directories than are remembered, so that the threads forget under one another's hands.
    paths = [f"d{number}/e{deep}/x/y" for number in range(3000) for deep in range(3)]
    orders = [paths, paths[::-1], paths[4500:] + paths[:4500], paths[::2] + paths[1::2]]
    with ThreadPoolExecutor(len(orders)) as threads:
        answers = list(threads.map(lambda order: {path: shared.match(path) for path in order}, orders))
    expected = {path: alone.match(path) for path in paths}
    assert all(answer == expected for answer in answers)
    assert {match.owners for match in expected.values() if match} >= {("@all",), ("@d7",)}


# --- an independent reading: one expression a rule, asked from the last to the first -------------------------------


def naive_regex(pattern: str) -> re.Pattern[str]:
    """The pattern as one expression over the whole path, led by a slash so that no segment is special."""
    segments = pattern.strip("/").split("/")
    if "/" not in pattern[:-1]:
        segments.insert(0, "**")
    below = pattern.endswith("/")
    if all(segment == "**" for segment in segments):
        return re.compile("/[^/]+/.+" if below else "/.+", re.S)
    while segments[-1] == "**":
        segments.pop()
        below = True
    out = "".join("(/[^/]+)*" if segment == "**" else f"/{naive_segment(segment)}" for segment in segments)
    lone_star = segments[-1] == "*"
    return re.compile(out + ("/.+" if below else "" if lone_star else "(/.+)?"), re.S)


def naive_segment(segment: str) -> str:
    """One segment as an expression."""
    tokens = re.findall(r"\\.|\*+|.", segment, re.S)
    return "".join("[^/]*" if token[0] == "*" else "[^/]" if token == "?" else re.escape(token[-1]) for token in tokens)


def naive(rules: list[tuple[str, str]], path: str) -> tuple[int, tuple[str, ...]] | None:
    """The last rule whose expression takes the path."""
    for number, (pattern, owner) in reversed(list(enumerate(rules, start=1))):
        if naive_regex(pattern).fullmatch(f"/{path}"):
            return number, (owner,) if owner else ()
    return None


NAMES = st.sampled_from(["a", "b", "ab", "a.b", ".b", "a.a.b", "c d", "A"])
SEGMENTS = st.one_of(
    NAMES.map(lambda name: name.replace(" ", "\\ ")),
    st.sampled_from(
        ["*", "**", "*.b", "*.a.b", "a*", "*a", "a*b", "?", "a?", "*a*", "?*b", "**a", "\\*", "a**b", "*a*b*"]
    ),
)
ALL_PATTERNS = st.builds(
    lambda lead, segments, trail: lead + "/".join(segments) + trail,
    st.sampled_from(["", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
).filter(lambda pattern: "***" not in pattern)
RULES = st.lists(st.tuples(ALL_PATTERNS, st.sampled_from(["", "@a", "@b"])), min_size=1, max_size=12)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)


def _told(owners: Codeowners, path: str) -> tuple[int, tuple[str, ...]] | None:
    match = owners.match(path)
    return None if match is None else (match.line, match.owners)


@settings(max_examples=800, deadline=None)
@given(rules=RULES, paths=st.lists(PATHS, min_size=1, max_size=15))
def test_every_answer_is_that_of_the_last_expression_that_matches(
    rules: list[tuple[str, str]], paths: list[str]
) -> None:
    owners = parse("\n".join(f"{pattern} {owner}" for pattern, owner in rules))
    assert owners.problems == ()
    assert {path: _told(owners, path) for path in paths} == {path: naive(rules, path) for path in paths}


@settings(max_examples=200, deadline=None)
@given(rules=RULES, paths=st.lists(PATHS, min_size=1, max_size=15))
def test_an_answer_does_not_depend_on_what_was_asked_before(rules: list[tuple[str, str]], paths: list[str]) -> None:
    text = "\n".join(f"{pattern} {owner}" for pattern, owner in rules)
    warm = parse(text)
    for path in paths:
        warm.match(path)
    assert [warm.match(path) for path in reversed(paths)] == [parse(text).match(path) for path in reversed(paths)]


@given(text=st.text(alphabet="ab*?/\\#![]@ \t\r\n.\ufeff", max_size=80), path=PATHS)
def test_no_text_whatever_makes_the_reader_fail(text: str, path: str) -> None:
    owners = parse(text)
    match = owners.match(path)
    assert match is None or match.rules[0] in owners.rules
    assert len(owners.rules) + len(owners.problems) <= text.count("\n") + text.count("\r") + 1
