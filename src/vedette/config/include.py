"""Includes: one tree from several files; maps merge, lists append, and a value that is set twice is a problem."""

import re
from collections.abc import Iterator
from pathlib import Path

from vedette.config.tree import Node, Place, parse
from vedette.errors import Problem

# Half a filter from one file and half from another is nobody's filter; so it is with a project or a person, whose names
# may hold dots.
_UNDIVIDED = re.compile(
    r"\.monitor\.(?:filters|conditions)\.[^.]+|\.access\.(?:teams|projects|roles|people)\..+", re.DOTALL
)
_LARGEST_FILE = 10 * 1024 * 1024


def assemble(path: Path, *, problems: list[Problem]) -> tuple[Node, bool]:
    """The tree of the file and of all that it includes, and whether every file could be read as YAML.

    Problems are appended. A missing first file is a problem whose cure is `vedette init`.
    """
    cure = "write one with `vedette init`, or name it with --config or VEDETTE_CONFIG"
    text = _read(path, at=Place(str(path), 1, 1), problems=problems, cure=cure)
    assembly = _Assembly(problems)
    return assembly.whole(path, text), assembly.complete


class _Assembly:
    """Follows includes; remembers which files it is inside of."""

    def __init__(self, problems: list[Problem]) -> None:
        self.complete = True
        self._problems = problems
        self._open: list[Path] = []

    def whole(self, path: Path, text: str | None) -> Node:
        """The file's tree with its includes merged in, `include:` itself taken out."""
        start = Place(str(path), 1, 1)
        root = None if text is None else parse(text, file=str(path), problems=self._problems)
        if root is not None and not isinstance(root.value, dict | None):
            self._problems.append(root.place.problem("the file should be a block of keys", "begin with sentry:"))
            root = None
        if root is None:
            self.complete = False
        if root is None or not isinstance(root.value, dict):
            return Node(start, start, {})
        keys = dict(root.value)
        include = keys.pop("include", None)
        tree = Node(start, start, keys)
        if include is None:
            return tree
        self._open.append(path.resolve())
        for item in self._items(include):
            for file in self._files(item):
                tree = self._merge(tree, self._included(file, item))
        self._open.pop()
        return tree

    def _items(self, include: Node) -> Iterator[Node]:
        items = [child for _, child in include.children()] if isinstance(include.value, list) else [include]
        for item in items:
            if isinstance(item.value, str) and item.value:
                yield item
            elif item.value is not None:
                self._problems.append(item.place.problem("include should name files", "write include: [teams/*.yaml]"))

    def _files(self, item: Node) -> list[Path]:
        # A pattern may match nothing (an empty conf.d is normal); a plain name that is not there is a mistake.
        pattern = str(item.value)
        try:
            found = sorted(self._glob(item.folder, pattern)) if set(pattern) & set("*?[") else [item.folder / pattern]
        except (ValueError, NotImplementedError, OSError, IndexError):
            self._problems.append(item.place.problem("include is no file name or pattern", "write teams/*.yaml"))
            return []
        return [file for file in found if not self._circular(file, item)]

    def _glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        absolute = Path(pattern)
        if absolute.is_absolute():
            return Path(absolute.anchor).glob(str(absolute.relative_to(absolute.anchor)))
        return folder.glob(pattern)

    def _circular(self, file: Path, item: Node) -> bool:
        if file.resolve() not in self._open:
            return False
        if not set(str(item.value)) & set("*?["):
            self._problems.append(item.place.problem(f"{file} includes itself", "remove one of the includes"))
        return True

    def _included(self, file: Path, item: Node) -> Node:
        return self.whole(
            file, _read(file, at=item.place, problems=self._problems, cure="correct the path in include:")
        )

    def _merge(self, one: Node, other: Node, name: str = "") -> Node:
        undivided = _UNDIVIDED.fullmatch(name) is not None
        if other.value is None and not undivided:
            return one
        match one.value, other.value:
            case None, _ if not undivided:
                return other
            case dict() as keys, dict() as more if not undivided:
                merged = dict(keys)
                for key, child in more.items():
                    merged[key] = self._merge(merged[key], child, f"{name}.{key}") if key in merged else child
                return Node(one.place, one.key, merged)
            case list() as items, list() as more_items:
                return Node(one.place, one.key, items + more_items)
        message = f"{name.removeprefix('.')} is set here and at {one.key}"
        self._problems.append(other.key.problem(message, "keep one"))
        return one


def _read(path: Path, *, at: Place, problems: list[Problem], cure: str) -> str | None:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            problems.append(at.problem(f"{path} is larger than 10 MiB", "split it with include:"))
            return None
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        problems.append(at.problem(f"there is no file {path}", cure))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Place(str(path), line, 1).problem("the file is not UTF-8 text", "save it as UTF-8"))
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or "not a file name"
        problems.append(at.problem(f"{path} cannot be read: {why.lower()}", "correct the path or its permissions"))
    return None
