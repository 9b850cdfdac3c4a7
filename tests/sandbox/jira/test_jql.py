"""The words of JQL: what quoting protects, and what it must protect from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.sandbox.jira.jql import And, Clause, Not, Or, Query, parse
from vedette.sandbox.jira.lexing import RESERVED_CHARACTERS, RESERVED_WORDS, JqlError, tokens

SAYABLE = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufdd0\uffff\ufffe"), min_size=1)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(SAYABLE)
def test_a_quoted_text_comes_back_as_it_was(text: str) -> None:
    if any("\ufdd0" <= character <= "\ufdef" for character in text):
        return
    assert parse(f"labels = {quoted(text)}").where == Clause("labels", "=", (text,))


@given(st.text())
def test_any_text_is_either_parsed_or_refused_by_name(text: str) -> None:
    assert isinstance(outcome(text), Query | JqlError)


def outcome(text: str) -> Query | JqlError:
    try:
        return parse(text)
    except JqlError as wrong:
        return wrong


@given(st.sampled_from(sorted(RESERVED_CHARACTERS)))
def test_a_reserved_character_must_be_quoted(character: str) -> None:
    with pytest.raises(JqlError, match="reserved JQL character"):
        parse(f"labels = a{character}b")
    assert parse(f'labels = "a{character}b"').where == Clause("labels", "=", (f"a{character}b",))


@given(st.sampled_from(sorted(RESERVED_WORDS - {"empty", "null", "not"})))
def test_a_reserved_word_must_be_quoted(word: str) -> None:
    with pytest.raises(JqlError):
        parse(f"labels = {word}")
    assert parse(f"labels = '{word}'").where == Clause("labels", "=", (word,))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r'"a\\b"', "a\\b"),
        (r'"a\u0041\tb"', "aA\tb"),
        (r"a\ b", "a b"),
        (r"a\u0040b", "a@b"),
        ("don-t", "don-t"),
        ("https:", "https:"),
    ],
)
def test_escapes_are_read(written: str, read: str) -> None:
    assert parse(f"labels = {written}").where == Clause("labels", "=", (read,))


@pytest.mark.parametrize("text", ['labels = "a\tb"', "labels = a\x00", r'labels = "\u12"', 'labels = "\\'])
def test_control_characters_and_half_escapes_are_refused(text: str) -> None:
    with pytest.raises(JqlError):
        parse(text)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (Clause(name, "=", ("1",)) for name in "abc")
    assert parse("a = 1 OR b = 1 AND NOT c = 1").where == Or((a, And((b, Not(c)))))
    assert parse("(a = 1 or b = 1) and c = 1").where == And((Or((a, b)), c))
    assert parse("!a = 1").where == Not(a)


def test_places_are_told_from_one() -> None:
    with pytest.raises(JqlError, match="character 11"):
        parse("labels = a?b")
    assert [token.at for token in tokens("a = b")] == [0, 2, 4, 5]
