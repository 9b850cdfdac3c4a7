"""Event query: the search of errors, with parentheses, AND, OR, negation, lists and stars; pure.

The grammar is https://docs.sentry.io/concepts/search/; AND binds more than OR.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vedette.sandbox.sentry import query
from vedette.sandbox.sentry.query import QueryRefused

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<not>!)?(?:(?P<key>[A-Za-z_][\w.\-]*|tags\[[^\]]+\]):)?"
    r'(?P<value>\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^\s"()]+))'
)
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,\s"]+)\s*(,|$)')
#: What only a search of issues understands.
_OF_ISSUES = frozenset({"is", "assigned", "assigned_or_suggested", "bookmarks", "firstSeen", "lastSeen", "timesSeen"})
_FREE = ""

#: One event's fields and tags, by the names that the search knows.
Fields = Mapping[str, str]
Condition = Callable[[Fields], bool]


@dataclass(slots=True)
class _Parser:
    text: str
    place: int = 0

    def whole(self) -> Condition:
        found = self._either()
        if self.text[self.place :].strip():
            raise self._lost()
        return found

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda fields: any(part(fields) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while not self._at_end():
            self._word("AND")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda fields: all(part(fields) for part in parts)

    def _at_end(self) -> bool:
        rest = self.text[self.place :].lstrip()
        return not rest or rest.startswith(")") or re.match(r"OR\b", rest) is not None

    def _word(self, word: str) -> bool:
        found = re.compile(rf"\s*{word}(?=[\s(])").match(self.text, self.place)
        if found:
            self.place = found.end()
        return found is not None

    def _one(self) -> Condition:
        found = _TOKEN.match(self.text, self.place)
        if found is None or found["close"]:
            raise self._lost()
        self.place = found.end()
        if not found["open"]:
            if self.text[self.place : self.place + 1] in {"(", '"'}:
                raise self._lost()
            return _term(found["key"] or _FREE, found["value"], negated=bool(found["not"]))
        inner = self._either()
        closing = _TOKEN.match(self.text, self.place)
        if closing is None or not closing["close"]:
            raise self._lost()
        self.place = closing.end()
        return inner

    def _lost(self) -> QueryRefused:
        return query.unparsable(self.text, self.place)


def parse(text: str) -> Condition | None:
    """Whether an event is meant, None where every one is; raises `QueryRefused` in Sentry's words."""
    return _Parser(text).whole() if text.strip() else None


def _term(key: str, raw: str, *, negated: bool) -> Condition:
    if key in _OF_ISSUES:
        raise QueryRefused(f"Error parsing search query: {key}: queries are not supported in this search.")
    name = key.removeprefix("tags[").removesuffix("]") if key.startswith("tags[") else key
    if name == "has":
        return lambda fields: bool(fields.get(raw)) is not negated
    patterns = [_pattern(value, inside=name in {_FREE, "message"}) for value in _values(raw)]
    field = "message" if name == _FREE else name
    return lambda fields: any(each.fullmatch(fields.get(field, "")) for each in patterns) is not negated


def _values(raw: str) -> list[str]:
    if not raw.startswith("["):
        return [raw]
    inside, place, found = raw[1:-1], 0, []
    while place < len(inside):
        item = _ITEM.match(inside, place)
        if item is None:
            raise query.unparsable(raw, place)
        found.append(item[1])
        place = item.end()
    if not found:
        raise query.unparsable(raw, 1)
    return found


def _pattern(value: str, *, inside: bool) -> re.Pattern[str]:
    """The value as it is written; a star is anything, a backslash takes the next character as it is."""
    bare = value[1:-1] if len(value) > 1 and value.startswith('"') else value
    parts = [
        re.escape(piece[1]) if len(piece) == 2 else ".*" if piece == "*" else re.escape(piece)
        for piece in re.findall(r"\\.|.", bare, re.DOTALL)
    ]
    said = "".join(parts)
    return re.compile(f".*{said}.*" if inside else said, re.IGNORECASE | re.DOTALL)
