"""Reach: which rules can never decide, proven from the patterns, and which decide for no file of a list.

Law: "shadowed" is said only where it is proven (sound for every path there could be). A pattern without wildcards is
decided exactly, since one later rule must claim its place and all below it; a glob is proven by a later rule that
claims its whole directory, by the same glob later on, or by the same glob at any depth. What is left, the files tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vedette.rules.codeowners.github import Pattern, read_pattern
from vedette.rules.codeowners.gitlab import Section, read_glob_pattern
from vedette.rules.codeowners.index import ANY_DEPTH, Index
from vedette.rules.codeowners.names import Segment, literal, read_segment
from vedette.rules.codeowners.rule import Dialect, Extent, Reason, Rule

_Shape = tuple[str, tuple[Segment | None, ...], Extent]

# What claims everything that the other claims, for patterns that differ in nothing else.
_AS_WIDE = {
    Extent.TREE: (Extent.TREE,),
    Extent.BELOW: (Extent.BELOW, Extent.TREE),
    Extent.FILE: (Extent.FILE, Extent.TREE),
}
_STAR = (read_segment("*"),)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule that never decides, and one that does in its stead; `path`: an example, "" where no file was needed."""

    rule: Rule
    by: Rule
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The rules of one section by what they come to; `root` beside a vanished rule is the longest part still there."""

    shadowed: tuple[Shadow, ...] = ()
    never_decides: tuple[Shadow, ...] = ()
    no_file: tuple[Rule, ...] = ()
    vanished: tuple[tuple[Rule, str], ...] = ()


def reach(section: Section, *, dialect: Dialect, files: Sequence[str] | None = None) -> Reach:
    """What the rules of the section come to, for every path and, with `files`, for those of the repository.

    Costs about one look-up per rule and per file; only rules that decide for no file are looked at more closely.
    """
    rules = tuple(section.rules)
    shapes = [_shape(rule, dialect) for rule in rules]
    last = {shape: rank for rank, shape in enumerate(shapes)}
    later = [_shadow_of(rank, shape, section.index, last) for rank, shape in enumerate(shapes)]
    shadowed = tuple(Shadow(rules[rank], rules[by]) for rank, by in enumerate(later) if by >= 0)
    if files is None:
        return Reach(shadowed)
    deciding = _deciding(section.index, files)
    silent = {rank: shapes[rank] for rank, by in enumerate(later) if by < 0 and rank not in deciding}
    examples = _matched(silent, files)
    there = _folders(files) if len(examples) < len(silent) else frozenset()
    missing = [(rank, _gone(shapes[rank], there)) for rank in silent if rank not in examples]
    return Reach(
        shadowed,
        tuple(Shadow(rules[rank], rules[section.index.best(path)], path) for rank, path in sorted(examples.items())),
        tuple(rules[rank] for rank, root in missing if root is None),
        tuple((rules[rank], root) for rank, root in missing if root is not None),
    )


def _shape(rule: Rule, dialect: Dialect) -> _Shape:
    """The pattern with its literal beginning folded into the directory, so that two spellings of one are one."""
    directory, segments, extent = _read(rule.pattern, dialect)
    names = directory.split("/") if directory else []
    rest = list(segments)
    while rest and rest[0] is not ANY_DEPTH and (name := literal(rest[0])) is not None:
        names.append(name)
        rest.pop(0)
    return "/".join(names), tuple(rest), extent


def _read(pattern: str, dialect: Dialect) -> Pattern:
    if dialect is Dialect.GITLAB:
        return read_glob_pattern(pattern)
    read = read_pattern(pattern)
    if isinstance(read, Reason):
        raise TypeError(f"the rule {pattern!r} was read, and is now {read}")
    return read


def _shadow_of(rank: int, shape: _Shape, index: Index, last: dict[_Shape, int]) -> int:
    """The rank of a later rule that claims all that this one does; -1 where none is proven to."""
    directory, segments, extent = shape
    below, leaf = index.claims(directory)
    if not segments:
        by = _literal_shadow(directory, extent, below=below, index=index)
    else:
        by = leaf if segments == _STAR and extent is Extent.FILE else below
    if by <= rank and segments:
        by = max(by, *(last.get(wider, -1) for wider in _wider(shape)))
    return by if by > rank else -1


def _literal_shadow(path: str, extent: Extent, *, below: int, index: Index) -> int:
    match extent:
        case Extent.BELOW:
            return below
        case Extent.FILE:
            return index.best(path)
        case Extent.TREE:
            # The place itself may be a file: it and all below it must be claimed.
            return min(below, index.best(path))


def _wider(shape: _Shape) -> Iterable[_Shape]:
    """The same glob, and the same glob at any depth below any of its directories' parents."""
    directory, segments, extent = shape
    names = [read_segment(name) for name in directory.split("/")] if directory else []
    whole: list[Segment | None] = [*names, *segments]
    for as_wide in _AS_WIDE[extent]:
        yield directory, segments, as_wide
        for start in range(len(whole)):
            rest = whole[start:]
            yield "", (tuple(rest) if rest[0] is ANY_DEPTH else (ANY_DEPTH, *rest)), as_wide


def _deciding(index: Index, files: Iterable[str]) -> set[int]:
    return {index.best(path) for path in files}


def _matched(silent: dict[int, _Shape], files: Iterable[str]) -> dict[int, str]:
    """Of these rules, those that match a file at all, with the first one."""
    index, ranks = Index(), sorted(silent)
    for place, rank in enumerate(ranks):
        directory, segments, extent = silent[rank]
        index.add(place, directory, segments, extent)
    found: dict[int, str] = {}
    for path in files:
        if len(found) == len(ranks):
            break
        if index.best(path) >= 0:
            for place in index.every(path):
                found.setdefault(ranks[place], path)
    return found


def _folders(files: Iterable[str]) -> frozenset[str]:
    """Every file and every folder above one."""
    found: set[str] = set()
    for path in files:
        at = path
        while at and at not in found:
            found.add(at)
            at = at.rpartition("/")[0]
    return frozenset(found)


def _gone(shape: _Shape, there: frozenset[str]) -> str | None:
    """Of the place that the pattern begins with, the longest part that is still there; None where all of it is."""
    at = shape[0]
    if not at or at in there:
        return None
    while at and at not in there:
        at = at.rpartition("/")[0]
    return at
