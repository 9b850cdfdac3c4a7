"""GitHub's CODEOWNERS: gitignore's patterns without negation, ranges and escaped hashes; the last match wins.

Source: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
A line with invalid syntax is skipped there, owners and all, and so it is here.
"""

import re
from typing import Final

from vedette.rules.codeowners.index import ANY_DEPTH, Index
from vedette.rules.codeowners.names import Segment, read_segment
from vedette.rules.codeowners.rule import Extent, Problem, Reason, Rules

# A pattern without anything to look into, then whatever follows.
_PLAIN_LINE: Final = re.compile(r"([^ \t\\*?\[\]!#]+)(?:[ \t]+|$)(.*)", re.S)
# Any other pattern, in which a backslash keeps a blank; neither an empty line nor a comment.
_LINE: Final = re.compile(r"[ \t]*(?![ \t#]|$)([^\\ \t]*(?:\\.?[^\\ \t]*)*)[ \t]*(.*)", re.S)
# A # begins a comment where a word could begin; inside a word it is part of it.
_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*", re.S)
_WILD: Final = re.compile(r"[*?\\]")
_BRACKET: Final = re.compile(r"(?:^|[^\\])(?:\\\\)*[\[\]]")
_DANGLING: Final = re.compile(r"(?:^|[^\\])(?:\\\\)*\\(?:/|$)")
# User names and team slugs as GitHub makes them (enterprise accounts carry an underscore), or an e-mail address.
_OWNER: Final = re.compile(r"@[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+", re.ASCII)

_STAR: Final = read_segment("*")

Pattern = tuple[str, list[Segment | None], Extent]


def read_github(lines: list[str]) -> tuple[Rules, Index, list[Problem]]:
    """Read the lines of a file into rules in order, an index whose ranks are positions in them, and the problems."""
    rules, index, problems = Rules(), Index(), []
    owners_of: dict[str, tuple[str, ...] | Problem] = {}
    rank = 0
    for number, line in enumerate(lines, start=1):
        found = _PLAIN_LINE.match(line) or _LINE.match(line)
        if found is None:
            continue
        pattern, written = found.groups()
        # Most lines share their owners with many others; each spelling is read once.
        owners = owners_of.get(written)
        if owners is None:
            owners = owners_of.setdefault(written, read_owners(written))
        if isinstance(owners, Problem):
            problems.append(Problem(number, owners.reason, owners.text, skipped=True))
            continue
        # A plain path from the root, as nearly all of a large file are, goes straight into the dictionaries.
        if pattern[0] == "/" != pattern and found.re is _PLAIN_LINE and "//" not in pattern and "/." not in pattern:
            if pattern[-1] == "/":
                index.below[pattern[1:-1]] = rank
            else:
                index.tree[pattern[1:]] = rank
        elif reason := _add(index, rank, pattern):
            problems.append(Problem(number, reason, pattern, skipped=True))
            continue
        rank += 1
        rules.lines.append(number)
        rules.patterns.append(pattern)
        rules.owners.append(owners)
    return rules, index, problems


def read_owners(written: str) -> tuple[str, ...] | Problem:
    """The owners of a line in order, or the first word that is none (its line number is the caller's to fill in)."""
    words = (_COMMENT.sub("", written) if "#" in written else written).split()
    for word in words:
        if not _OWNER.fullmatch(word):
            return Problem(0, Reason.OWNER, word, skipped=True)
    return tuple(dict.fromkeys(words))


def _add(index: Index, rank: int, pattern: str) -> Reason | None:
    """Index one pattern; the reason when it is invalid."""
    read = read_pattern(pattern)
    if isinstance(read, Reason):
        return read
    index.add(rank, *read)
    return None


def read_pattern(pattern: str) -> Pattern | Reason:
    """A pattern as a literal directory, the segments below it and what it claims; or the reason why it is invalid."""
    if reason := _fault(pattern):
        return reason
    directory, names = _anchored(pattern)
    slash = names[-1] == ""
    if slash:
        names.pop()
    below = slash
    while names and names[-1] == "**":  # dir/** is what dir/ is
        names.pop()
        below = True
    if not names and not directory:  # ** is every file, **/ every directory: it leaves the files at the root alone
        return "", [_STAR] if slash else [], Extent.BELOW
    segments = [ANY_DEPTH if name == "**" else read_segment(name) for name in names]
    if below:
        return directory, segments, Extent.BELOW
    if segments == [ANY_DEPTH, _STAR] and not directory:
        return "", [], Extent.BELOW
    # `dir/*` takes the files right in dir: GitHub's documentation gives docs/* as the example.
    return directory, segments, Extent.FILE if segments[-1] == _STAR else Extent.TREE


def _anchored(pattern: str) -> tuple[str, list[str]]:
    """The literal directory a pattern begins with, and the segments after it; "" last = a slash ends it.

    Without a slash, save for a last one, a pattern matches at any depth, as if `**/` led it.
    """
    if "/" not in pattern[:-1]:
        return "", ["**", *pattern.split("/")]
    path = pattern.removeprefix("/")
    wild = _WILD.search(path)
    cut = path.rfind("/", 0, wild.start() if wild else len(path.removesuffix("/")))
    return path[: max(cut, 0)], path[cut + 1 :].split("/")


def _fault(pattern: str) -> Reason | None:
    if pattern[0] == "!":
        return Reason.NEGATION
    if "\\" in pattern:
        if pattern.startswith("\\#"):
            return Reason.ESCAPED_HASH
        if _DANGLING.search(pattern):
            return Reason.DANGLING_ESCAPE
    if ("[" in pattern or "]" in pattern) and _BRACKET.search(pattern):
        return Reason.BRACKETS
    if "***" in pattern:
        return Reason.TRIPLE_STAR
    return _fault_of_path(pattern)


def _fault_of_path(pattern: str) -> Reason | None:
    if pattern == "/":
        return Reason.NOTHING
    if "//" in pattern:
        return Reason.EMPTY_SEGMENT
    if "/." in pattern or pattern[0] == ".":
        return Reason.DOT_SEGMENT if {".", ".."} & set(pattern.split("/")) else None
    return None
