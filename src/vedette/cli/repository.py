"""Repository: the CODEOWNERS and the files that `vedette owners` judges, with or without settings.

Law: paths are relative to the top of the repository, as CODEOWNERS writes them; no secret is needed to judge files.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vedette.cli.options import DEFAULT_CONFIG, standard_input
from vedette.errors import VedetteError
from vedette.integrations.codeowners_sources import fetch
from vedette.model.owners import CodeownersSource
from vedette.model.settings import Settings
from vedette.rules.codeowners import Dialect, parse
from vedette.rules.routing import OwnersFile, choose

#: Where GitHub looks, in its order, and GitLab's own place.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


class Standing(StrEnum):
    """How a file stands, in the words of `ownership`."""

    OWNED = "owned"
    CLEARED = "cleared"
    UNMATCHED = "unmatched"
    NO_ROUTE = "without route"


@dataclass(frozen=True, slots=True)
class Judged:
    """One file, how it stands, and why."""

    path: str
    standing: Standing
    sentence: str

    @property
    def folder(self) -> str:
        """Its folder at the top, "." for a file that lies there itself."""
        top, slash, _ = self.path.partition("/")
        return f"{top}/" if slash else "."


@dataclass(frozen=True, slots=True)
class Repository:
    """What there is to judge with; `base` is the top of the repository."""

    files: tuple[OwnersFile, ...]
    settings: Settings | None
    base: Path

    def judge(self, path: str) -> Judged:
        """How one file stands; where several CODEOWNERS serve, the first speaks."""
        file = self.files[0]
        match = file.owners.match(path)
        if match is None:
            return Judged(path, Standing.UNMATCHED, f"no line of {file.name} matches it")
        place = f"{file.name}:{match.line}"
        if not match.owners:
            sentence = f"{place} {match.pattern} clears its owner; --allow-cleared accepts that"
            return Judged(path, Standing.CLEARED, sentence)
        if self.settings is None or any(_has_route(self.settings, owner) for owner in match.owners):
            return Judged(path, Standing.OWNED, f"{place} {match.pattern} names {' '.join(match.owners)}")
        owners = " and ".join(match.owners)
        verb = "has" if len(match.owners) == 1 else "have"
        return Judged(path, Standing.NO_ROUTE, f"{place} names {owners}, who {verb} no route under teams:")


def repository(codeowners: Path | None, config: Path | None, *, project: str) -> Repository:
    """The CODEOWNERS of the option, else of the settings, else of the repository; raises VedetteError with the cure."""
    base = _top()
    wanted = config or (DEFAULT_CONFIG if codeowners is None and DEFAULT_CONFIG.exists() else None)
    settings = settings_without_secrets(wanted) if wanted else None
    if codeowners is not None:
        return Repository((_read(codeowners),), settings, base)
    if settings is not None and settings.codeowners:
        return Repository(_of_settings(settings, project), settings, base)
    found = next((base / place for place in PLACES if (base / place).is_file()), None)
    if found is None:
        raise VedetteError(f"no CODEOWNERS: looked for {', '.join(PLACES)} in {base}; name one with --codeowners")
    return Repository((_read(found, name=found.relative_to(base).as_posix()),), settings, base)


def relative(path: Path, base: Path) -> str:
    """The path as CODEOWNERS writes it."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - a link is judged by its own name, so it is not resolved
    try:
        return whole.relative_to(base).as_posix()
    except ValueError:
        raise VedetteError(f"{path} lies outside {base}; run this inside its repository") from None


def files_under(roots: Sequence[Path], base: Path) -> list[str]:
    """The files below the roots: those that git knows or would add; without git, those that are not hidden."""
    found: set[str] = set()
    for root in roots:
        if not root.exists():
            raise VedetteError(f"there is no {root}; correct --root")
        found.update(_of_git(root, base) or _walked(root, base))
    return sorted(found)


def _has_route(settings: Settings, owner: str) -> bool:
    team = settings.teams.get(owner)
    return team is not None and team.route is not None


class _Unneeded(Mapping[str, str]):
    """The environment, in which every variable is set: whoever judges files has no secrets, and needs none."""

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name) or f"sqlite:///not-needed-{name.lower()}"

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def settings_without_secrets(config: Path) -> Settings:
    """The settings of the file, whose secrets need not be set."""
    from vedette.config.load import load  # noqa: PLC0415 - a CODEOWNERS alone needs no YAML and no models

    return load(config, environ=_Unneeded())


def _of_settings(settings: Settings, project: str) -> tuple[OwnersFile, ...]:
    stdin = standard_input(settings)
    sources = settings.codeowners
    if project:
        outline = [OwnersFile(each.name, parse(""), each.projects) for each in sources]
        chosen = choose(outline, project=project)
        sources = tuple(each for each in sources if chosen is not None and each.name == chosen.name)
        if not sources:
            raise VedetteError(f"no CODEOWNERS of the settings serves project {project}")
    return tuple(_fetched(source, stdin) for source in sources)


def _fetched(source: CodeownersSource, stdin: str | None) -> OwnersFile:
    text = fetch(source, stdin=stdin)
    owners = parse(text.body, dialect=Dialect.GITLAB if source.dialect == "gitlab" else Dialect.GITHUB)
    origin = f"{source.name}@{text.revision[:12]}" if text.revision else source.name
    return OwnersFile(source.name, owners, source.projects, source.maps, origin)


def _read(path: Path, *, name: str = "") -> OwnersFile:
    piped = str(path) == "-"
    name = name or ("standard input" if piped else str(path))
    stdin = sys.stdin.read() if piped else None
    text = fetch(CodeownersSource(name, file=path), stdin=stdin)
    return OwnersFile(name, parse(text.body, dialect=Dialect.AUTO), origin=name)


def _top() -> Path:
    """The top of the repository that we stand in, else the working directory."""
    told = _git("rev-parse", "--show-toplevel", within=Path.cwd())
    return Path(told.strip()) if told and told.strip() else Path.cwd()


def _of_git(root: Path, base: Path) -> list[str]:
    told = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", within=root)
    names = [name for name in (told or "").split("\0") if name]
    return [name for name in names if (base / name).is_file()]


def _git(*words: str, within: Path) -> str | None:
    """What git says; None without git or outside a repository."""
    folder = within if within.is_dir() else within.parent
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _walked(root: Path, base: Path) -> list[str]:
    if root.is_file():
        return [relative(root, base)]
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [relative(Path(folder, name), base) for name in names if not name.startswith(".")]
    return found
