"""Matching: which entry of `ownership.entities` an error belongs to, by its tags and the URL of its request.

The law: no pattern sees more than 1,000 characters, since what is matched was written by strangers. On so many, two
repeats in a row may take 0.15 s and three 49 s (measured, one core); a repeat within a repeat never ends.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from vedette.model.issues import Occurrence
from vedette.model.owners import Entity, EntityKind, Matcher, Team
from vedette.rules.rendering import cut, one_line

# Characters of a value that a pattern is shown: Sentry keeps 200 of a tag, and Python's `re` takes cubic time, and
# worse, on hostile text, with every thread waiting.
SEEN = 200
_SHOWN = 80  # characters of it in a sentence
_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)  # escapes and sets, in which * and + are plain
_REPEAT = re.compile(r"[*+]|\{[0-9]*,\}")
_WITHIN = re.compile(rf"\([^()]*(?:{_REPEAT.pattern})[^()]*\)(?:{_REPEAT.pattern})")
_MOST_REPEATS = 2
_URL = "url"
_KINDS = tuple(EntityKind)  # the strongest first


class NoMatcher(ValueError):
    """The text is no matcher; the message goes on after the setting's name, and repeats no value."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Traits:
    """What an error is known by: the values of each tag, and the path of the request's URL ("" without one)."""

    tags: Mapping[str, tuple[str, ...]]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The entry that an error belongs to, and what of the error each of its matchers held on."""

    entity: Entity
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an entry, and the cure."""

    entity: Entity
    message: str
    cure: str


def parse(text: str) -> Matcher:
    """The matcher that `tag`, `tag:value`, `tag:/pattern/`, `url:/pattern/` or `url:prefix` stands for.

    A value may hold further colons. Raises NoMatcher.
    """
    name, colon, value = text.partition(":")
    if not name or name != name.strip():
        raise NoMatcher("names no tag", "write tag, tag:value, tag:/pattern/, url:prefix or url:/pattern/")
    tag = "" if name == _URL else name
    if not colon and tag:
        return Matcher(text, tag)
    if not value:
        raise NoMatcher("has nothing after the colon", "write a value or a /pattern/, or the tag alone for any value")
    if value == "//":
        raise NoMatcher("has an empty pattern", "write what it should find, or the tag alone for any value")
    if len(value) > 2 and value[0] == value[-1] == "/":
        return Matcher(text, tag, pattern=_compiled(value[1:-1]))
    return Matcher(text, tag, value)


def traits_of(occurrence: Occurrence | None, *, issue_tags: Iterable[tuple[str, str]]) -> Traits:
    """The occurrence's own tags; those of the issue, which other occurrences may have brought, where it lacks one."""
    if occurrence is None:
        return Traits(_by_name(issue_tags))
    return Traits(_by_name(issue_tags) | _by_name(occurrence.tags), path_of(occurrence.url))


def path_of(url: str) -> str:
    """The path of an address, without host, query and fragment; "" where there is none."""
    try:
        return urlsplit(url).path or ("/" if url else "")
    except ValueError:
        return ""


def find(entities: Iterable[Entity], *, traits: Traits) -> Found | None:
    """The strongest entry of which every matcher holds."""
    for entity in strongest_first(entities):
        words = [held(matcher, traits=traits) for matcher in entity.match]
        if words and all(words):
            return Found(entity, tuple(words))
    return None


def strongest_first(entities: Iterable[Entity]) -> list[Entity]:
    """Team before service before other, then the entry with more matchers, then the one written first."""
    return sorted(entities, key=lambda entity: (_KINDS.index(entity.kind), -len(entity.match), entity.number))


def held(matcher: Matcher, *, traits: Traits) -> str:
    """What of the error the matcher holds on, as a person reads it; "" where it does not hold."""
    if not matcher.tag:
        return f"URL path {_short(traits.path)}" if traits.path and _fits(matcher, traits.path) else ""
    value = next((each for each in traits.tags.get(matcher.tag, ()) if _fits(matcher, each)), None)
    return "" if value is None else f"tag {matcher.tag}={_short(value)}"


def flaws(entities: Sequence[Entity], *, teams: Mapping[str, Team]) -> Iterator[Flaw]:
    """Entries without a route, with a costly pattern, that repeat another, or that can never win; in their order."""
    ranked = strongest_first(entities)
    for entity in entities:
        team = teams.get(entity.team)
        if team is None or team.route is None:
            message = f"{entity.team} has no route, so its errors take the default one"
            yield Flaw(entity, message, f'add route: to "{entity.team}" under teams:')
        for matcher in entity.match:
            if matcher.pattern is not None and is_costly(matcher.pattern.pattern):
                message = f"a value of {SEEN:,} hostile characters may keep {matcher.text} busy for long"
                yield Flaw(entity, message, "repeat at most twice with * and +, and never within another repeat")
        stronger = next((each for each in ranked[: ranked.index(entity)] if _covers(each, entity)), None)
        if stronger is not None:
            who = f"{stronger.called} ({stronger.team})"
            same = _covers(entity, stronger)
            message = f"asks for the same as {who}" if same else f"never wins: wherever it holds, {who} does too"
            yield Flaw(entity, message, "remove it, add a matcher, or give it a stronger kind")


def is_costly(pattern: str) -> bool:
    """Whether the pattern looks as if a hostile value could stop the process; told from its repeats, so not surely."""
    plain = _LITERAL.sub("x", pattern)
    return len(_REPEAT.findall(plain)) > _MOST_REPEATS or _WITHIN.search(plain) is not None


def _covers(one: Entity, other: Entity) -> bool:
    """Whether `one` holds wherever `other` does; where that cannot be told from the text, no."""
    return all(any(_implies(theirs, ours) for theirs in other.match) for ours in one.match)


def _implies(given: Matcher, wanted: Matcher) -> bool:
    if given.text == wanted.text:
        return True
    if given.tag != wanted.tag:
        return False
    if given.value is None or not given.tag:
        # Two patterns, or a prefix and what may follow it, are only compared as far as it is certain.
        prefixes = given.value is not None and wanted.value is not None and given.value.startswith(wanted.value)
        return prefixes or _is_presence(wanted)
    return _fits(wanted, given.value)


def _is_presence(matcher: Matcher) -> bool:
    return bool(matcher.tag) and matcher.value is None and matcher.pattern is None


def _fits(matcher: Matcher, value: str) -> bool:
    if matcher.pattern is not None:
        return matcher.pattern.search(value[:SEEN]) is not None
    if matcher.value is None:
        return True
    return value == matcher.value if matcher.tag else value.startswith(matcher.value)


def _compiled(pattern: str) -> re.Pattern[str]:
    cure = "see https://docs.python.org/3/library/re.html#regular-expression-syntax"
    try:
        return re.compile(pattern)
    except re.error as error:
        # The library's words go on with a part of the pattern.
        where = f" at its character {error.pos + 1}" if error.pos is not None else ""
        said = re.split(r"[ :]*['\\?(]", error.msg)[0]
        raise NoMatcher(f"has a pattern that cannot be read: {said}{where}", cure) from None
    except (OverflowError, RecursionError, Warning):
        raise NoMatcher("has a pattern that cannot be read", cure) from None


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def _short(value: str) -> str:
    return cut(one_line(value[:SEEN]), _SHOWN)
