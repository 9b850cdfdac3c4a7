"""Index: which rule of many is the last to match a path, in a time that does not grow with their number.

A literal pattern is one dictionary entry. A glob hangs below its literal directory as a tree of segments. What a
directory settles is remembered, so that its next file costs a handful of look-ups.

Several threads may ask at once: a remembered directory is an immutable tuple, worked out the same way by whoever
comes first, and single dictionary operations are atomic, so the worst that a race can cost is work done twice.
"""

from collections.abc import Sequence
from typing import Final

from vedette.rules.codeowners.names import Edges, Node, Piece, Segment, literal
from vedette.rules.codeowners.rule import Extent

ANY_DEPTH: Final = None  # the segment `**`
NO_RULE: Final = -1

# Enough for every directory of a large repository; then all is forgotten, which costs one slower round.
_REMEMBERED: Final = 16_384
# Longer directories are worked out each time, so that strangers' frames cannot fill the memory.
_REMEMBERED_LENGTH: Final = 512
# PATH_MAX of Linux: no file of a repository has a longer path.
_LONGEST_PATH: Final = 4096

_STAR: Final = ((Piece.STAR, "*"),)

# What a directory settles: the best rule for all that lies below it, the best for the files right in it, the ways on
# that the next segment may take, and those among them that last because a `**` stands before them.
_Settled = tuple[int, int, tuple[Edges, ...], tuple[Edges, ...]]


_Glob = tuple[int, Sequence[Segment | None], Extent]


class Index:
    """Rules by rank; the highest rank that matches wins. Ranks must be added in rising order.

    `tree` and `below` hold the literal patterns: a path, or what lies below it, to the rank of its last rule.
    """

    __slots__ = ("_children", "_file", "_globs", "_memo", "_trees", "below", "tree")

    def __init__(self) -> None:
        self.tree: dict[str, int] = {}
        self.below: dict[str, int] = {}
        self._file: dict[str, int] = {}
        self._children: dict[str, int] = {}  # dir/*
        self._globs: dict[str, list[_Glob]] = {}  # by literal directory
        self._trees: dict[str, Node] = {}  # the same as trees, each grown when its directory is first asked for
        self._memo: dict[str, _Settled] = {}

    def add(self, rank: int, directory: str, segments: Sequence[Segment | None], extent: Extent) -> None:
        """Add a pattern as a literal directory ("" = the root) and the segments below it, `ANY_DEPTH` for `**`."""
        names = [] if segments[:1] == [ANY_DEPTH] else _literal_names(segments)
        if names:
            directory = "/".join([directory, *names] if directory else names)
            segments = segments[len(names) :]
        if not segments:
            self._literals(extent)[directory] = rank
        elif segments == [_STAR] and extent is Extent.FILE:
            self._children[directory] = rank
        else:
            self._globs.setdefault(directory, []).append((rank, segments, extent))

    def best(self, path: str) -> int:
        """The rank of the last rule that matches a repository-relative path, or `NO_RULE`."""
        if not path or len(path) > _LONGEST_PATH:
            return NO_RULE
        directory, _, name = path.rpartition("/")
        settled = self._memo.get(directory)
        _, rank, ways, _ = settled if settled is not None else self._settle(directory)
        if (found := self.tree.get(path, NO_RULE)) > rank:
            rank = found
        if self._file and (found := self._file.get(path, NO_RULE)) > rank:
            rank = found
        for edges in ways:
            for node in edges.reach(name):
                rank = max(rank, node.tree, node.file)
        return rank

    def claims(self, directory: str) -> tuple[int, int]:
        """The last rule that claims all below a directory, and the last that claims the files right in it."""
        below, leaf, _, _ = self._memo.get(directory) or self._settle(directory)
        return below, leaf

    def every(self, path: str) -> set[int]:
        """The ranks of all rules that match a path; of two with the same pattern the later one. Remembers nothing."""
        directory, _, name = path.rpartition("/")
        found = {self.tree.get(path, NO_RULE), self._file.get(path, NO_RULE), self._children.get(directory, NO_RULE)}
        _, _, ways, lasting = self._root()
        found.add(self.below.get("", NO_RULE))
        at = ""
        for folder in directory.split("/") if directory else ():
            at = f"{at}/{folder}" if at else folder
            found |= {self.tree.get(at, NO_RULE), self.below.get(at, NO_RULE)}
            for edges in ways:
                for node in edges.reach(folder):
                    found |= {node.tree, node.below}
            # Only the ways on are of use here: the ranks that it settles are the last ones.
            _, _, ways, lasting = self._enter((NO_RULE, NO_RULE, ways, lasting), at, folder)
        for edges in ways:
            for node in edges.reach(name):
                found |= {node.tree, node.file}
        return found - {NO_RULE}

    def _settle(self, directory: str) -> _Settled:
        """Work out a directory from its nearest remembered ancestor downwards: paths may be too deep to recur."""
        unknown: list[tuple[str, str]] = []
        at = directory
        # Each ancestor is asked for once: another thread may forget everything between two questions.
        while (settled := self._memo.get(at)) is None and at:
            parent, _, name = at.rpartition("/")
            unknown.append((at, name))
            at = parent
        settled = settled or self._remember("", self._root())
        for at, name in reversed(unknown):
            settled = self._remember(at, self._enter(settled, at, name))
        return settled

    def _remember(self, directory: str, settled: _Settled) -> _Settled:
        if len(directory) <= _REMEMBERED_LENGTH:
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            self._memo[directory] = settled
        return settled

    def _root(self) -> _Settled:
        everything = self.below.get("", NO_RULE)
        passing: list[Edges] = []
        lasting: list[Edges] = []
        if "" in self._globs:
            _lead_on(self._tree_below(""), passing, lasting)
        leaf = max(everything, self._children.get("", NO_RULE))
        return everything, leaf, tuple(passing + lasting), tuple(lasting)

    def _enter(self, parent: _Settled, directory: str, name: str) -> _Settled:
        below, _, ways, lasting = parent
        if (found := self.tree.get(directory, NO_RULE)) > below:
            below = found
        if (found := self.below.get(directory, NO_RULE)) > below:
            below = found
        passing: list[Edges] = []
        new: list[Edges] = []
        for edges in ways:
            for node in edges.reach(name):
                below = max(below, node.tree, node.below)
                _lead_on(node, passing, new)
        if directory in self._globs:
            _lead_on(self._tree_below(directory), passing, new)
        if new:
            # What two ways lead to counts once, or a pattern such as **/a/**/a would double with each directory.
            lasting = tuple(dict.fromkeys((*lasting, *new)))
        leaf = self._children.get(directory, NO_RULE)
        return below, leaf if leaf > below else below, (*passing, *lasting) if passing else lasting, lasting

    def _tree_below(self, directory: str) -> Node:
        """The globs of a literal directory as a tree; threads that grow it together all take the first that is done."""
        tree = self._trees.get(directory)
        return self._trees.setdefault(directory, _grow(self._globs[directory])) if tree is None else tree

    def _literals(self, extent: Extent) -> dict[str, int]:
        match extent:
            case Extent.TREE:
                return self.tree
            case Extent.BELOW:
                return self.below
            case Extent.FILE:
                return self._file


def _grow(globs: Sequence[_Glob]) -> Node:
    root = Node()
    for rank, segments, extent in globs:
        node = root
        for segment in segments:
            node = node.deeper() if segment is ANY_DEPTH else node.child(segment)
        node.end(rank, extent)
    return root


def _lead_on(node: Node, passing: list[Edges], lasting: list[Edges]) -> None:
    """Note the ways on from a node: for the next segment only, and, where a `**` follows, for any after it."""
    if node.edges is not None:
        passing.append(node.edges)
    if node.deep is not None and node.deep.edges is not None:
        lasting.append(node.deep.edges)


def _literal_names(segments: Sequence[Segment | None]) -> list[str]:
    names: list[str] = []
    for segment in segments:
        name = None if segment is ANY_DEPTH else literal(segment)
        if name is None:
            break
        names.append(name)
    return names
