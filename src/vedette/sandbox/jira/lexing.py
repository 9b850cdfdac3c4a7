"""The words of JQL: a query's text cut into tokens, strict about quotes, escapes, reserved words and characters.

Source: https://support.atlassian.com/jira-software-cloud/docs/what-is-advanced-search-in-jira-cloud/
"""

import re
from dataclasses import dataclass

RESERVED_CHARACTERS = set("{}*/%+^$#@?;[]")
_RESERVED = """
abort access add after alias all alter and any are as asc at audit avg be before begin between boolean break
but by byte catch cf char character check checkpoint collate collation column commit connect continue count
create current date decimal declare decrement default defaults define delete delimiter desc difference
distinct divide do double drop else empty encoding end equals escape exclusive exec execute exists explain
false fetch file field first float for from function go goto grant greater group having identified if
immediate in increment index initial inner inout input insert int integer intersect intersection into is
isempty isnull it join last left less like limit lock long max min minus mode modify modulo more multiply next
no noaudit not notin nowait null number object of on option or order outer output power previous prior
privileges public raise raw remainder rename resource return returns revoke right row rowid rownum rows select
session set share size sqrt start strict string subtract such sum synonym table that the their then there
these they this to trans transaction trigger true uid union unique update user validate values view was when
whenever where while will with
"""
RESERVED_WORDS = frozenset(_RESERVED.split())
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "'": "'", '"': '"', " ": " "}
OPERATORS = ("!=", "!~", ">=", "<=", "=", "~", ">", "<")
_STOPS = set(" \t\r\n\"'=!<>()~,|&")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


class JqlError(Exception):
    """The text is not JQL, or names what does not exist; the message is for `errorMessages`."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: `kind` is word, string, sign or end."""

    kind: str
    text: str
    at: int


def _escape(text: str, at: int) -> tuple[str, int]:
    """Read the escape whose backslash stands at `at`; return its character and the place after it."""
    letter = text[at + 1 : at + 2]
    if letter in _ESCAPES and letter:
        return _ESCAPES[letter], at + 2
    digits = text[at + 2 : at + 6]
    if letter == "u" and re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
        return chr(int(digits, 16)), at + 6
    raise JqlError(
        f"Error in the JQL Query: '\\{letter}' is an illegal JQL escape sequence. The valid escape sequences are "
        f"\\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. (line 1, character {at + 1})"
    )


def _refuse_control(character: str, at: int) -> None:
    if _CONTROL.match(character):
        code = f"\\u{ord(character):04X}"
        raise JqlError(
            f"Error in the JQL Query: The character '{code}' must be escaped. Use the escape '{code}'. "
            f"(line 1, character {at + 1})"
        )


def _string(text: str, start: int) -> tuple[Token, int]:
    quote, at = text[start], start + 1
    out: list[str] = []
    while at < len(text):
        if text[at] == quote:
            return Token("string", "".join(out), start), at + 1
        if text[at] == "\\":
            character, at = _escape(text, at)
        else:
            character = text[at]
            _refuse_control(character, at)
            at += 1
        out.append(character)
    raise JqlError(
        f"Error in the JQL Query: The quoted string '{text[start + 1 :]}' has not been completed. "
        f"(line 1, character {start + 1})"
    )


def _word(text: str, start: int) -> tuple[Token, int]:
    at, escaped = start, False
    out: list[str] = []
    while at < len(text) and text[at] not in _STOPS:
        if text[at] == "\\":
            character, at = _escape(text, at)
            escaped = True
        else:
            character = text[at]
            _refuse_control(character, at)
            if character in RESERVED_CHARACTERS:
                raise JqlError(
                    f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You must "
                    f"enclose it in a string or use the escape '\\u{ord(character):04x}' instead. "
                    f"(line 1, character {at + 1})"
                )
            at += 1
        out.append(character)
    return Token("string" if escaped else "word", "".join(out), start), at


def tokens(text: str) -> list[Token]:
    """Cut a query into pieces; raises `JqlError` on a bad escape, quote or character."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in " \t\r\n":
            at += 1
            continue
        if character in "\"'":
            token, at = _string(text, at)
        elif character in "(),":
            token, at = Token("sign", character, at), at + 1
        elif character in "&|":
            width = 2 if text[at : at + 2] == character * 2 else 1
            token, at = Token("word", "and" if character == "&" else "or", at), at + width
        elif operator := next((each for each in OPERATORS if text.startswith(each, at)), ""):
            token, at = Token("sign", operator, at), at + len(operator)
        elif character == "!":
            token, at = Token("word", "not", at), at + 1
        else:
            token, at = _word(text, at)
        found.append(token)
    return [*found, Token("end", "", len(text))]
