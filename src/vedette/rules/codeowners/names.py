"""Edges: the patterns for one path segment, sorted so that a name finds all that match it in a few look-ups.

No work grows with the number of patterns, save for the rare ones with several wildcards, and none with backtracking:
names come from strangers' stack frames.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from vedette.rules.codeowners.rule import Extent


class Piece(StrEnum):
    """What a part of a segment stands for."""

    TEXT = "text"
    STAR = "star"  # any run of characters, the empty one too
    ONE = "one"  # exactly one character
    SET = "set"  # one character of a range (GitLab only)


Segment = tuple[tuple[Piece, str], ...]

_PIECE: Final = re.compile(r"\\(?P<escaped>.)|(?P<star>\*+)|(?P<one>\?)|(?P<set>\[[!^]?[^\]]+\])|(?P<plain>.)", re.S)
_WILD: Final = re.compile(r"[*?\\\[]")


@lru_cache(maxsize=8192)
def read_segment(text: str, *, sets: bool = False) -> Segment:
    """Split one segment of a pattern into pieces, neighbouring text joined. `sets`: [a-z] is a range, not text."""
    if not _WILD.search(text):
        return ((Piece.TEXT, text),)
    pieces: list[tuple[Piece, str]] = []
    for kind, piece in _pieces(text, sets=sets):
        if pieces and kind is Piece.TEXT and pieces[-1][0] is Piece.TEXT:
            pieces[-1] = (kind, pieces[-1][1] + piece)
        else:
            pieces.append((kind, piece))
    return tuple(pieces)


def _pieces(text: str, *, sets: bool) -> Iterator[tuple[Piece, str]]:
    for found in _PIECE.finditer(text):
        match found.lastgroup:
            case "star":
                yield Piece.STAR, "*"
            case "one":
                yield Piece.ONE, "?"
            case "set" if sets:
                yield Piece.SET, found["set"]
            case group:
                yield Piece.TEXT, found[group or 0]


def literal(segment: Segment) -> str | None:
    """The plain name that a segment stands for, or None when it holds a wildcard."""
    return segment[0][1] if len(segment) == 1 and segment[0][0] is Piece.TEXT else None


@lru_cache(maxsize=8192)
def segment_regex(segment: Segment) -> re.Pattern[str]:
    """The segment as an expression to `fullmatch`; atomic groups keep it from ever backtracking far.

    Between two stars the leftmost fit is always as good as any other, so giving it up again is of no use.
    """
    groups: list[list[str]] = [[]]
    for kind, piece in segment:
        if kind is Piece.STAR:
            groups.append([])
        else:
            groups[-1].append(_piece_regex(kind, piece))
    first, *rest = ("".join(group) for group in groups)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + "".join(f".*{part}" for part in rest[-1:]), re.S)


def _piece_regex(kind: Piece, piece: str) -> str:
    match kind:
        case Piece.ONE:
            return "."
        case Piece.SET:
            return _set_regex(piece)
        case _:
            return re.escape(piece)


def _set_regex(piece: str) -> str:
    """A range such as [a-z_] or [!0-9] as an expression; members are escaped; a range that runs back is empty."""
    negated = len(piece) > 3 and piece[1] in "!^"
    members = piece[2:-1] if negated else piece[1:-1]
    allowed = "".join(
        f"{re.escape(first)}-{re.escape(last)}" if last else re.escape(first or single)
        for first, last, single in re.findall(r"(.)-(.)|(.)", members, re.S)
        if not last or first <= last
    )
    if not allowed:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{allowed}]"


class Node:
    """A place in the tree of patterns: the highest rule that ends here by extent (-1 = none), and the ways on.

    `loops` marks the place after `**`, which any further segment leaves as it is.
    """

    __slots__ = ("below", "deep", "edges", "file", "loops", "tree")

    def __init__(self, *, loops: bool = False) -> None:
        self.tree = -1
        self.below = -1
        self.file = -1
        self.loops = loops
        self.deep: Node | None = None
        self.edges: Edges | None = None

    def deeper(self) -> "Node":
        """The place after `**`; two in a row are one."""
        if self.loops:
            return self
        if self.deep is None:
            self.deep = Node(loops=True)
        return self.deep

    def child(self, segment: Segment) -> "Node":
        """The place after one more segment, made when it is not there yet."""
        if self.edges is None:
            self.edges = Edges()
        return self.edges.child(segment)

    def end(self, rank: int, extent: Extent) -> None:
        """Note that a rule ends here; ranks rise."""
        match extent:
            case Extent.TREE:
                self.tree = rank
            case Extent.BELOW:
                self.below = rank
            case Extent.FILE:
                self.file = rank


class Edges:
    """The ways on from one place, by the kind of their segment; most places have one, so rare kinds are made late."""

    __slots__ = ("_dotted", "_literal", "_star", "_uneven")

    def __init__(self) -> None:
        self._literal: dict[str, Node] = {}
        self._star: Node | None = None
        self._dotted: dict[str, Node] | None = None  # *.ext: found by the dots of a name
        self._uneven: Uneven | None = None

    def child(self, segment: Segment) -> Node:
        """The node after a segment, made on first use."""
        match segment:
            case ((Piece.TEXT, name),):
                return _made(self._literal, name)
            case ((Piece.STAR, _),):
                self._star = self._star or Node()
                return self._star
            case ((Piece.STAR, _), (Piece.TEXT, suffix)) if suffix.startswith("."):
                self._dotted = {} if self._dotted is None else self._dotted
                return _made(self._dotted, suffix)
            case _:
                self._uneven = self._uneven or Uneven()
                return self._uneven.child(segment)

    def reach(self, name: str) -> list[Node]:
        """Every node that one segment of a path leads to."""
        found = [] if self._star is None else [self._star]
        if self._literal and (node := self._literal.get(name)) is not None:
            found.append(node)
        if self._dotted is not None and "." in name:
            dot = name.find(".")
            while dot >= 0:
                if (node := self._dotted.get(name[dot:])) is not None:
                    found.append(node)
                dot = name.find(".", dot + 1)
        if self._uneven is not None:
            found += self._uneven.reach(name)
        return found


class Uneven:
    """The ways on that no single look-up finds: by the beginning or the end of a name, then what remains."""

    __slots__ = ("_by_prefix", "_by_suffix", "_prefix_lengths", "_suffix_lengths", "_wild")

    def __init__(self) -> None:
        self._by_suffix: dict[str, Node] = {}  # *_test
        self._suffix_lengths: tuple[int, ...] = ()
        self._by_prefix: dict[str, dict[str, Node]] = {}  # test_*, test_*.py
        self._prefix_lengths: tuple[int, ...] = ()
        self._wild: dict[Segment, Node] = {}

    def child(self, segment: Segment) -> Node:
        """The node after a segment, made on first use."""
        match segment:
            case ((Piece.STAR, _), (Piece.TEXT, suffix)):
                return self._ending(suffix)
            case ((Piece.TEXT, prefix), (Piece.STAR, _)):
                return self._beginning(prefix, "")
            case ((Piece.TEXT, prefix), (Piece.STAR, _), (Piece.TEXT, suffix)):
                return self._beginning(prefix, suffix)
            case _:
                return _made(self._wild, segment)

    def _ending(self, suffix: str) -> Node:
        if len(suffix) not in self._suffix_lengths:
            self._suffix_lengths = (*self._suffix_lengths, len(suffix))
        return _made(self._by_suffix, suffix)

    def _beginning(self, prefix: str, suffix: str) -> Node:
        if len(prefix) not in self._prefix_lengths:
            self._prefix_lengths = (*self._prefix_lengths, len(prefix))
        return _made(self._by_prefix.setdefault(prefix, {}), suffix)

    def reach(self, name: str) -> Iterator[Node]:
        """Every node that one segment of a path leads to."""
        size = len(name)
        for length in self._suffix_lengths:
            if length <= size and (node := self._by_suffix.get(name[size - length :])) is not None:
                yield node
        for length in self._prefix_lengths:
            if length <= size and (endings := self._by_prefix.get(name[:length])) is not None:
                rest = name[length:]
                yield from (node for suffix, node in endings.items() if rest.endswith(suffix))
        yield from (node for segment, node in self._wild.items() if segment_regex(segment).fullmatch(name))


_Key = TypeVar("_Key")


def _made(nodes: dict[_Key, Node], key: _Key) -> Node:
    node = nodes.get(key)
    if node is None:
        node = nodes[key] = Node()
    return node
