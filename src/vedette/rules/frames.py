"""Frames: where in a repository the code of a stack frame may lie, best guess first.

SDKs name files in many ways; a frame without a file (`<anonymous>`, `[native code]`, a built-in) has no path.
Fields: https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/#frame-attributes

A map rewrites a prefix. Maps are tried in the order given and the first that fits wins, so put the longer prefix
first. A prefix is compared with the path as it was sent (`webpack://_N_E/`, `app:///`, `C:\\build\\`) and with the path
alone, its leading slash still there (`/app/`, `/build/`); it ends at a slash or at the end, never within a name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from vedette.model.owners import PathMap

# PATH_MAX of Linux; nothing longer is a file, and frames come from strangers.
_LONGEST: Final = 4096
_NO_FILE: Final = re.compile(
    r"<.*>|\[[^/]*\]|\([^/]*\)|native|native method|undefined|null|anonymous|eval(?: at .*)?", re.I | re.S
)
# The file was not recorded, or a shrinker removed it; the module may still tell.
_UNRECORDED: Final = re.compile(r"\s*|unknown|unknown source|sourcefile", re.I)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BUILT_IN: Final = re.compile(r"(?:node|dart|bun|deno|ext|internal|async-iterator):(?!/)")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]+)://([^/]*)(.*)", re.I | re.S)
_JAR: Final = re.compile(r".*!/", re.S)
_DRIVE: Final = re.compile(r"/?[A-Za-z]:(?=/)")
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# (app-pages-browser)/ and [project]/: layers that bundlers write before the path.
_LAYER: Final = re.compile(r"/?(?:\([\w-]+\)|\[[\w-]+\])/")
# Schemes whose path may carry a query and a fragment; a plain path may hold a # (C#/Program.cs).
_URLS: Final = frozenset({"http", "https", "webpack", "webpack-internal", "turbopack", "app", "capacitor", "ionic"})
# Hosts whose import paths are host/owner/repository; a Go binary names its files by them.
_CODE_HOST: Final = re.compile(
    r"(?:.*/)?(?:github\.com|gitlab\.com|bitbucket\.org)/[^/@]+/[^/@]+/(?:v[2-9]\d*/)?(.+)", re.S
)
_JVM_FILES: Final = (".java", ".kt", ".scala", ".groovy", ".clj")
_IDENTIFIERS: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")

_Frame = TypeVar("_Frame")


def candidate_paths(
    *, filename: str | None, abs_path: str | None, module: str | None, maps: Sequence[PathMap] = ()
) -> tuple[str, ...]:
    """The paths, relative to a repository, that a frame may mean; () for a frame without a file.

    Order: what a map rewrites (absolute path, file name, module), then the module of a file named without a directory,
    the file name, the absolute path.
    """
    absolute, named = _spellings(abs_path), _spellings(filename)
    if named:
        modules = _beside(module or "", named[-1])
    else:
        modules = _module_paths(module or "") if _is_unrecorded(filename) else []
    sent = [*absolute, *named, *modules]
    mapped = [path for spelling in sent if (path := map_path(spelling, maps)) is not None]
    bare = bool(named) and "/" not in named[-1].removeprefix("/")
    by_name = [*modules, *named[-1:]] if bare else [*named[-1:], *modules]
    found = [*mapped, *_in_repository([*by_name, *absolute[-1:]])]
    return tuple(dict.fromkeys(path for path in found if path and not _CONTROL.search(path)))


def map_path(path: str, maps: Sequence[PathMap]) -> str | None:
    """The path with the prefix of the first map that fits rewritten, relative; None when none fits."""
    for each in maps:
        rest = _after(path, each.prefix.replace("\\", "/"))
        if rest is not None:
            return _relative(f"{each.to}/{rest}" if each.to else rest)
    return None


def order_frames(
    frames: Sequence[_Frame], *, in_app: Callable[[_Frame], bool | None], outermost_first: bool = True
) -> tuple[_Frame, ...]:
    """Frames from the crash outwards, those of the application first, those of unknown kind before the foreign ones.

    `outermost_first` says how they come in: Sentry sends the crash last.
    """
    from_crash = list(reversed(frames)) if outermost_first else list(frames)
    rank = {True: 0, None: 1, False: 2}
    return tuple(sorted(from_crash, key=lambda frame: rank[in_app(frame)]))


def _is_unrecorded(text: str | None) -> bool:
    return text is None or _UNRECORDED.fullmatch(text) is not None


def _names_a_file(text: str) -> bool:
    """Whether a text can be a path at all."""
    return not (
        len(text) > _LONGEST
        or _is_unrecorded(text)
        or _NO_FILE.fullmatch(text)
        or _BUILT_IN.match(text)
        or _CONTROL.search(text)
    )


def _spellings(text: str | None) -> list[str]:
    """How a path may be compared with a map's prefix: as sent, with `/`, then the path alone. [] = no file."""
    if text is None or not _names_a_file(text := text.strip()):
        return []
    sent = text.replace("\\", "/")
    alone = _path_alone(sent)
    relative = _relative(alone)
    return [sent, f"/{relative}" if alone.startswith("/") else relative] if relative else []


def _path_alone(sent: str) -> str:
    """The path without scheme, host, drive, query and bundler's layer; a leading slash stays where there was one."""
    if sent.startswith("jar:") or ".jar!/" in sent:
        return _JAR.sub("/", sent)
    if sent.startswith("package:"):  # Dart: package:name/file lies in lib/file
        return f"lib/{sent.partition('/')[2]}"
    found = _SCHEME.fullmatch(sent)
    path = _url_path(found[1].lower(), found[3]) if found else sent.partition("?")[0]
    if path.startswith("~/"):  # Sentry writes ~ for any host
        return path[1:]
    if path.startswith("/_/"):  # .NET's deterministic builds write /_/ for the root of the repository
        return path[2:]
    return _DRIVE.sub("", path, count=1) if _DRIVE.match(path) else path


def _url_path(scheme: str, path: str) -> str:
    if scheme in _URLS:
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    path = _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), path)
    if not scheme.startswith(("webpack", "turbopack")):
        return path
    # Of a bundler's URL everything is relative to the project: webpack:///./src/a.ts is src/a.ts.
    return _LAYER.sub("", path, count=1).removeprefix("/").removeprefix("./")


def _relative(path: str) -> str:
    """The path without empty, `.` and `..` segments, nothing before its first name; "" when nothing remains."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/".join(kept)


def _after(path: str, prefix: str) -> str | None:
    """What follows a prefix that ends at a slash or at the end of the path; the case of a drive letter is no matter."""
    if drive := _DRIVE.match(prefix):
        if not path.lower().startswith(drive[0].lower()):
            return None
        path = drive[0] + path[len(drive[0]) :]
    if not path.startswith(prefix):
        return None
    rest = path[len(prefix) :]
    return rest if not rest or not prefix or prefix.endswith("/") or rest.startswith("/") else None


def _in_repository(paths: Sequence[str]) -> Iterator[str]:
    """Each path relative; before one that names a code host, the part after host, owner and repository."""
    for path in paths:
        relative = _relative(path)
        # A version in the path (mod/github.com/acme/lib@v1.2.3/a.go) is a dependency's: it lies in another repository.
        if found := _CODE_HOST.fullmatch(relative):
            yield found[1]
        yield relative


def _module_paths(module: str) -> list[str]:
    """The files that a module without a file name may be."""
    name = _class_name(module)
    path = name.replace(".", "/")
    if path.rpartition("/")[2][:1].isupper():  # a class, by the naming of Java and Kotlin
        return [f"{path}.java", f"{path}.kt"] if "/" in path else []
    return [f"{path}.py", f"{path}/__init__.py"] if path else []


def _beside(module: str, filename: str) -> list[str]:
    """A file named without a directory, placed in the package of its module."""
    if "/" in filename or len(module) > _LONGEST:
        return []
    if filename.endswith(".go"):  # Go's module is the directory
        return [f"{module}/{filename}"] if "/" in module else []
    package, dot, _ = _class_name(module).rpartition(".")
    return [f"{package.replace('.', '/')}/{filename}"] if dot and filename.endswith(_JVM_FILES) else []


def _class_name(module: str) -> str:
    """The outermost class of a JVM module, or the module itself; "" when it is no dotted name.

    The run-time writes the class loader and the Java module before the class (app//com.acme.Charge), and an inner
    class, a lambda and its address after it (com.acme.Charge$$Lambda$14/0x1).
    """
    name = module[:_LONGEST].partition("$")[0].rpartition("/")[2]
    return name if _IDENTIFIERS.fullmatch(name) else ""
