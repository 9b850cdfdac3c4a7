"""GitLab's sections and globs as tables, after its documentation and the behaviour of its own reader."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.rules.codeowners import Dialect, Reason, detect, parse

# (pattern, paths it takes, paths it leaves)
PATTERNS = [
    ("*", ["a", "a/b", ".env"], []),
    ("/*", ["a", ".env"], ["a/b"]),
    ("README.md", ["README.md", "a/b/README.md"], ["README.mdx", "README.md/a"]),
    ("internal/README.md", ["internal/README.md", "docs/internal/README.md"], ["README.md"]),
    ("/README.md", ["README.md"], ["a/README.md"]),
    ("docs", ["docs", "a/docs"], ["docs/a"]),
    ("docs/", ["docs/a", "docs/a/b", "x/docs/a"], ["docs"]),
    ("/docs/", ["docs/a", "docs/.a/b"], ["x/docs/a", "docs"]),
    ("/docs/*", ["docs/a"], ["docs/a/b"]),
    ("/docs/**", ["docs/a"], ["docs/a/b"]),
    ("/docs/**/*", ["docs/a", "docs/a/b"], ["docs"]),
    ("/docs/*.md", ["docs/a.md"], ["docs/a/b.md", "x/docs/a.md"]),
    ("docs/*.md", ["docs/a.md", "x/docs/a.md"], ["docs/a/b.md"]),
    ("/docs/index.*", ["docs/index.md", "docs/index."], ["docs/index"]),
    ("/docs/*spec*", ["docs/qa_specs.rb", "docs/spec"], ["docs/sp"]),
    ("/docs/*/README.md", ["docs/api/README.md"], ["docs/README.md", "docs/a/b/README.md"]),
    ("/docs/**/index.md", ["docs/index.md", "docs/a/index.md", "docs/a/b/index.md"], ["index.md"]),
    ("*.rb", ["a.rb", "x/a.rb", ".rb"], ["a.rbx", "a.rb/x"]),
    ("/a?.c", ["ab.c"], ["a.c", "abb.c"]),
    ("/[ab].c", ["a.c", "b.c"], ["c.c", "[ab].c"]),
    ("/x[a-c_].c", ["xb.c", "x_.c"], ["xd.c", "x-.c"]),
    ("/x[!a-c].c", ["xd.c"], ["xa.c", "x.c"]),
    ("/x[^a].c", ["xb.c"], ["xa.c"]),
    ("/x[z-a].c", [], ["xb.c", "xz.c"]),
    ("/x[].c", ["x[].c"], ["x.c"]),
    ("/x[&&^].c", ["x&.c", "x^.c"], ["xa.c"]),
    ("\\#file.rb", ["#file.rb", "a/#file.rb"], ["file.rb"]),
    ("path\\ with\\ blanks/", ["path with blanks/a"], ["path"]),
    ("/f\\*o", ["f*o"], ["foo"]),
]


@pytest.mark.parametrize(("pattern", "taken", "left"), PATTERNS, ids=[row[0] for row in PATTERNS])
def test_a_pattern_takes_and_leaves_what_gitlab_does(pattern: str, taken: list[str], left: list[str]) -> None:
    owners = parse(f"[All]\n{pattern} @team\n", dialect="gitlab")
    assert owners.problems == ()
    assert {path: owners.match(path) is not None for path in taken + left} == {
        **dict.fromkeys(taken, True),
        **dict.fromkeys(left, False),
    }


SECTIONS = """* @admin

[README Owners]
README.md @user1 @user2
internal/README.md @user4

[README other owners]
README.md @user3

[Documentation] @docs-team
docs/
*.txt

^[Database][2] @database-team @admin
model/db/
config/db/setup.md @docs-team

[documentation]
docs/legal/ @legal
"""


@pytest.mark.parametrize(
    ("path", "owners", "told", "lines"),
    [
        ("README.md", ("@admin", "@user1", "@user2", "@user3"), (1, ""), [1, 4, 8]),
        ("internal/README.md", ("@admin", "@user4", "@user3"), (1, ""), [1, 5, 8]),
        ("docs/a.rb", ("@admin", "@docs-team"), (1, ""), [1, 11]),
        ("model/db/CHANGELOG.txt", ("@admin", "@docs-team", "@database-team"), (1, ""), [1, 12, 15]),
        ("config/db/setup.md", ("@admin", "@docs-team"), (1, ""), [1, 16]),
        ("docs/legal/a", ("@admin", "@legal"), (1, ""), [1, 19]),
    ],
)
def test_each_section_matches_by_itself_and_their_owners_are_joined(
    path: str, owners: tuple[str, ...], told: tuple[int, str], lines: list[int]
) -> None:
    match = parse(SECTIONS, dialect=Dialect.GITLAB).match(path)
    assert match is not None
    assert (match.owners, (match.line, match.section)) == (owners, told)
    assert [rule.line for rule in match.rules] == lines


def test_the_match_tells_the_rule_that_gave_the_first_owner() -> None:
    match = parse("[One]\n*.py\n[Two]\n*.py @two\n", dialect="gitlab").match("a.py")
    assert match is not None
    assert (match.owners, match.pattern, match.line, match.section) == (("@two",), "*.py", 4, "Two")
    assert [(rule.line, rule.owners) for rule in match.rules] == [(2, ()), (4, ("@two",))]


def test_an_entry_without_owner_or_default_is_explicitly_unowned_and_reported() -> None:
    owners = parse("[One]\n* @a\n/free/\n", dialect="gitlab")
    match = owners.match("free/x")
    assert match is not None
    assert (match.owners, match.line) == ((), 3)
    assert [(one.line, one.reason, one.skipped) for one in owners.problems] == [(3, Reason.NO_OWNER, False)]


def test_an_exclusion_takes_its_files_out_of_its_section_wherever_it_stands() -> None:
    owners = parse("[Ruby]\n!/config/*\n*.rb @ruby\n/config/a.rb @ruby\n[All]\n/lib/ @all\n!*.md", dialect="gitlab")
    excluded = owners.match("config/a.rb")
    assert excluded is not None
    assert (excluded.owners, excluded.pattern, excluded.line) == ((), "!/config/*", 2)
    kept, elsewhere, unmatched = owners.match("lib/a.rb"), owners.match("lib/a.md"), owners.match("x.c")
    assert kept is not None
    assert kept.owners == ("@ruby", "@all")
    assert elsewhere is not None
    assert elsewhere.owners == ()
    assert unmatched is None
    assert [rule.line for rule in owners.rules] == [2, 3, 4, 6, 7]


def test_a_pattern_written_twice_keeps_its_place_and_takes_the_last_owners() -> None:
    owners = parse("*.rb @a\nfoo.rb @b\n*.rb @c\n", dialect="gitlab")
    first, second = owners.match("foo.rb"), owners.match("bar.rb")
    assert first is not None
    assert second is not None
    assert (first.owners, second.owners, second.line) == (("@b",), ("@c",), 3)


@pytest.mark.parametrize(
    ("line", "reason", "skipped"),
    [
        ("[Broken", Reason.SECTION, True),
        ("^[Broken @a", Reason.SECTION, True),
        ("[]", Reason.SECTION_NAME, False),
        ("[Name] nobody", Reason.SECTION_OWNER, False),
        ("/a nobody", Reason.OWNER, False),
        ("/a @ok # a comment @counts", Reason.OWNER, False),
        ("/a @@visitor", Reason.OWNER, False),
    ],
)
def test_what_is_malformed_is_reported_with_its_number(line: str, reason: Reason, skipped: bool) -> None:
    owners = parse(f"* @everyone\n{line}\n", dialect="gitlab")
    assert [(one.line, one.reason, one.skipped) for one in owners.problems] == [(2, reason, skipped)]
    assert owners.problems[0].message.startswith("line 2: ")


def test_a_malformed_owner_is_left_out_and_the_line_counts() -> None:
    match = parse("/a @ok # note @also\n", dialect="gitlab").match("a")
    assert match is not None
    assert match.owners == ("@ok", "@also")


@pytest.mark.parametrize(
    "owner", ["@a", "@group/sub/sub-sub", "@@developer", "@@Maintainers", "a.b@example.test", "@a.b_c"]
)
def test_every_form_of_owner_is_known(owner: str) -> None:
    owners = parse(f"[S] {owner}\n/a\n/b {owner}\n", dialect="gitlab")
    assert owners.problems == ()
    assert [rule.owners for rule in owners.rules] == [(owner,), (owner,)]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("* @a\n[Section]\n/b @b\n", Dialect.GITLAB),
        ("^[Optional][2] @a\n", Dialect.GITLAB),
        ("\ufeff[Section]\r\n", Dialect.GITLAB),
        ("# [Section]\n* @a\n", Dialect.GITHUB),
        ("[ab]*.py @a\n", Dialect.GITHUB),
        ("app/[slug] @a\n", Dialect.GITHUB),
        ("", Dialect.GITHUB),
    ],
)
def test_the_dialect_is_told_by_the_heading_of_a_section_only_when_asked(text: str, dialect: Dialect) -> None:
    assert detect(text) is dialect
    assert parse(text, dialect=Dialect.AUTO).dialect is dialect
    assert parse(text).dialect is Dialect.GITHUB


def test_a_dialect_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="bitbucket"):
        parse("* @a", dialect="bitbucket")


# --- an independent reading: File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH as one expression ---------------------


def naive_regex(pattern: str) -> re.Pattern[str]:
    """GitLab's normal form of a pattern, then Ruby's: `**/` is any number of directories."""
    glob = "/**/*" if pattern == "*" else pattern if pattern.startswith("/") else f"/**/{pattern}"
    glob += "**/*" if glob.endswith("/") else ""
    out = ""
    for token in re.findall(r"(?<=/)(?:\*\*/)+|\*+|.", glob, re.S):
        out += (
            "([^/]+/)*"
            if token.endswith("*/")
            else "[^/]*"
            if token[0] == "*"
            else "[^/]"
            if token == "?"
            else re.escape(token)
        )
    return re.compile(out, re.S)


NAMES = st.sampled_from(["a", "b", "ab", "ba", "a.b", ".b", "a.a.b", "A"])
SEGMENTS = st.one_of(NAMES, st.sampled_from(["*", "**", "*.b", "a*", "*a", "a*b", "?", "a?", "*a*", "**a"]))
ALL_PATTERNS = st.builds(
    lambda lead, segments, trail: lead + "/".join(segments) + trail,
    st.sampled_from(["", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)


@settings(max_examples=600, deadline=None)
@given(
    patterns=st.lists(ALL_PATTERNS, min_size=1, max_size=8, unique=True), paths=st.lists(PATHS, min_size=1, max_size=12)
)
def test_every_answer_is_that_of_the_last_expression_that_matches(patterns: list[str], paths: list[str]) -> None:
    owners = parse("\n".join(f"{pattern} @o{at}" for at, pattern in enumerate(patterns)), dialect="gitlab")

    def naive(path: str) -> tuple[str, ...] | None:
        fits = [at for at, pattern in enumerate(patterns) if naive_regex(pattern).fullmatch(f"/{path}")]
        return (f"@o{fits[-1]}",) if fits else None

    def told(path: str) -> tuple[str, ...] | None:
        match = owners.match(path)
        return None if match is None else match.owners

    assert {path: told(path) for path in paths} == {path: naive(path) for path in paths}


@given(text=st.text(alphabet="ab*?/\\#![]^@ \t\r\n-2", max_size=80), path=PATHS)
def test_no_text_whatever_makes_the_reader_fail(text: str, path: str) -> None:
    owners = parse(text, dialect="gitlab")
    match = owners.match(path)
    assert match is None or set(match.rules) <= set(owners.rules)
