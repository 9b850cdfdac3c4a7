"""Loading: YAML in, frozen settings out, and every problem at once, each with file, line, column and the cure.

The law: nothing but ConfigError leaves, whatever the files hold, and no message holds a secret.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from vedette.config.access import access_doubts, access_faults, looks_up
from vedette.config.beside import beside, keys_of
from vedette.config.checks import Fault, doubts, faults
from vedette.config.conditions import condition_doubts, condition_faults
from vedette.config.destinations import destinations
from vedette.config.durations import EXAMPLE, duration
from vedette.config.include import assemble
from vedette.config.monitoring import monitor_doubts, monitor_faults
from vedette.config.nearest import nearest, suggestion
from vedette.config.registry import Registry, UnknownKind
from vedette.config.said import called, told
from vedette.config.schema import SettingsFile
from vedette.config.secrets import Resolver, relative
from vedette.config.sections import SECTIONS, Section, kinds_of
from vedette.config.tree import Loc, Node, every, follow, plain
from vedette.errors import ConfigError, Problem
from vedette.model.secret import Secret
from vedette.model.settings import Settings

_DEFAULT_INSTANCE = "default"
_PASSWORD = re.compile(r"://[^/?]*:[^/?]*@|[?&]password=")
_SHARED = tuple(section.block for section in SECTIONS)  # described kind by kind, with the vendors' own keys
_RESTART: dict[str, Callable[[Settings], object]] = {
    "store.url": lambda settings: settings.store.url,
    "web.hooks": lambda settings: settings.web.hooks,
    "web.pages": lambda settings: settings.web.pages,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings that can be used, and what about them is worth a second look."""

    settings: Settings
    warnings: tuple[Problem, ...] = ()


def load(path: Path, *, environ: Mapping[str, str], registry: Registry | None = None) -> Settings:
    """The settings of the file and its includes; raises ConfigError with every problem."""
    return examine(path, environ=environ, registry=registry).settings


def examine(
    path: Path, *, environ: Mapping[str, str], registry: Registry | None = None, today: date | None = None
) -> Loaded:
    """As `load`, with the warnings that `vedette check` shows; `today` in UTC, the clock's unless given."""
    problems: list[Problem] = []
    tree, complete = assemble(path, problems=problems)
    if not complete:
        # What the unreadable part says is unknown: to call keys missing would be a guess.
        raise ConfigError(tuple(sorted(problems)))
    reading = _Reading(_with_names(tree), Resolver(environ, problems=problems), registry or Registry())
    return reading.finish(today=today or datetime.now(UTC).date())


def reload(
    path: Path, *, current: Settings, environ: Mapping[str, str], registry: Registry | None = None
) -> tuple[Settings, tuple[Problem, ...]]:
    """The new settings; or the current ones, whole, with the problems that keep the new ones out."""
    try:
        new = load(path, environ=environ, registry=registry)
    except ConfigError as error:
        return current, error.problems
    fixed = [setting for setting, read in _RESTART.items() if read(new) != read(current)]
    if not fixed:
        return new, ()
    message = f"{' and '.join(fixed)} cannot change while Vedette runs"
    return current, (Problem(str(path), 1, 1, message, "restart Vedette, or set the old value again"),)


def _with_names(tree: Node) -> Node:
    """`sentry:` as a map of names: a bare block is the instance "default"."""
    sentry = tree.child("sentry")
    if sentry is None or not isinstance(sentry.value, dict) or not isinstance(tree.value, dict):
        return tree
    named = all(isinstance(child.value, dict) for child in sentry.value.values())
    if not sentry.value or named:
        return tree
    bare = Node(sentry.place, sentry.key, {_DEFAULT_INSTANCE: sentry})
    return Node(tree.place, tree.key, {**tree.value, "sentry": bare})


@dataclass(slots=True)
class _Reading:
    """One file's way from tree to settings; every step adds its problems, and only the last one gives up."""

    tree: Node
    resolver: Resolver
    registry: Registry
    put: dict[Loc, Any] = field(default_factory=dict)  # what stands for references, durations and paths
    spoilt: set[Loc] = field(default_factory=set)  # ways that were already complained about
    described: dict[Loc, dict[str, Any]] = field(default_factory=dict)  # keys of each block
    placing: set[str] = field(default_factory=set)  # trackers that have portfolios

    def finish(self, *, today: date) -> Loaded:
        vendors = {section.key: self._vendors(section) for section in SECTIONS}
        self._meet(SettingsFile, self.tree, ())
        self._unknown_keys()
        self._store_url()
        data = plain(self.tree, self.put)
        file = self._validate(SettingsFile.model_validate, data, ())
        configs = {
            section.key: {
                name: self._vendor(section, name, model, data) for name, model in vendors[section.key].items()
            }
            for section in SECTIONS
        }
        for fault in (
            *faults(data),
            *monitor_faults(data),
            *condition_faults(data),
            *access_faults(data),
            *destinations(data, placing=self.placing),
        ):
            self._problems.append(self._problem(fault))
        if self._problems or file is None:
            raise ConfigError(tuple(sorted(set(self._problems))))
        told = (*doubts(data), *monitor_doubts(data), *condition_doubts(data), *access_doubts(data, today=today))
        warnings = [*self.resolver.warnings, *map(self._problem, told)]
        return Loaded(_frozen(file, configs=configs, where=_where(self.tree, file)), tuple(sorted(warnings)))

    @property
    def _problems(self) -> list[Problem]:
        return self.resolver.problems

    def _vendors(self, section: Section) -> dict[str, type[Any] | None]:
        """The model of each vendor's own keys; one of no known kind is left out."""
        found: dict[str, type[Any] | None] = {}
        _, blocks = follow(self.tree, (section.key,))
        for name, block in blocks.children() if self.tree.child(section.key) else ():
            kind = block.child("kind")
            if kind is None or not isinstance(kind.value, str) or not kind.value:
                self._no_kind(section, str(name), kind or block)
                continue
            try:
                integration = self.registry.find(kind.value)
            except UnknownKind as error:
                self._problems.append(kind.place.problem(str(error), error.cure))
                continue
            if getattr(integration, section.role) is None:
                cure = f"choose a {section.role}'s kind"
                self._problems.append(kind.place.problem(f"kind {kind.value} {section.lacks}", cure))
                continue
            if integration.placing:
                self.placing.add(str(name))
            found[str(name)] = integration.config
            self._meet(integration.config, block, (section.key, str(name)))
            self.described.setdefault((section.key, str(name)), {}).update(keys_of(section.block))
        return found

    def _meet(self, annotation: Any, node: Node, loc: Loc) -> None:
        """Note the blocks' keys; read references, durations and paths."""
        for way, kind, each in beside(annotation, node, loc):
            if kind is Secret:
                self._put(way, self.resolver.secret(each))
            elif kind is timedelta:
                self._put(way, self._duration(way, each))
            elif kind is Path:
                self._put(way, relative(each) if isinstance(each.value, str) else each.value)
            elif kind not in _SHARED:
                self.described.setdefault(way, {}).update(keys_of(kind))

    def _put(self, way: Loc, value: Any) -> None:
        self.put[way] = value
        if value is None:
            self.spoilt.add(way)

    def _duration(self, way: Loc, node: Node) -> timedelta | None:
        try:
            if isinstance(node.value, str):
                return duration(node.value)
            message, cure = f"{called(way)} should be a duration such as {EXAMPLE}", "write a number and its unit"
        except ValueError as error:
            message, cure = f"{called(way)} {error}", "units are ms, s, m, h, d and w"
        self._problems.append(node.place.problem(message, cure))
        return None

    def _unknown_keys(self) -> None:
        for way, known in self.described.items():
            _, node = follow(self.tree, way)
            for key, child in node.children():
                if key not in known:
                    cure = _elsewhere(str(key)) if not way else ""
                    cure = cure or suggestion(str(key), [*known, "include"] if not way else known)
                    # The key that was meant is not missing as well.
                    self.spoilt.add((*way, nearest(str(key), known)))
                    self._problems.append(child.key.problem(f"unknown key {key}", cure))

    def _store_url(self) -> None:
        way, node = follow(self.tree, ("store", "url"))
        if len(way) < 2 or not isinstance(node.value, str):
            return
        if node.value.startswith(("env/", "file/")):
            secret = self.resolver.secret(node)
            self._put(way, secret and secret.reveal())
        elif _PASSWORD.search(node.value):
            self._problems.append(
                node.place.problem("a password stands in the file itself", "write url: env/DATABASE_URL")
            )

    def _vendor(self, section: Section, name: str, model: type[Any] | None, data: Any) -> Any:
        given = data[section.key][name]
        if model is None or not isinstance(given, dict):
            return None
        own = keys_of(model) if issubclass(model, BaseModel) else {}
        ours = keys_of(section.block)
        kept = {key: value for key, value in given.items() if (key in own or key not in ours) and value is not None}
        return self._validate(TypeAdapter(model).validate_python, kept, (section.key, name))

    def _validate(self, validate: Callable[[Any], Any], data: Any, prefix: Loc) -> Any:
        try:
            return validate(data)
        except ValidationError as error:
            for each in error.errors(include_url=False, include_input=False):
                way, problem = told(each, tree=self.tree, prefix=prefix, described=self.described)
                if (
                    not any(way[:length] in self.spoilt for length in range(len(way) + 1))
                    and each["type"] != "extra_forbidden"
                ):
                    self._problems.append(problem)
            return None

    def _no_kind(self, section: Section, name: str, node: Node) -> None:
        cure = f"add kind: {' or '.join(kinds_of(self.registry, section))}"
        self._problems.append(node.key.problem(f"{section.role} {name} has no kind", cure))
        self.spoilt.add((section.key, name))

    def _problem(self, fault: Fault) -> Problem:
        way, node = follow(self.tree, fault.loc)
        _, other = follow(self.tree, fault.other)
        message = f"{fault.message} {other.key}" if fault.other else fault.message
        return (node.place if way == fault.loc and node.value is not None else node.key).problem(message, fault.cure)


def _elsewhere(key: str) -> str:
    """Where a key of the first level belongs that was written without its block."""
    for name, section in keys_of(SettingsFile).items():
        model = section.annotation
        if isinstance(model, type) and issubclass(model, BaseModel) and key in keys_of(model):
            return f"did you mean {name}.{key}?"
    return ""


def _frozen(file: SettingsFile, *, configs: Mapping[str, Mapping[str, Any]], where: Mapping[str, str]) -> Settings:
    return Settings(
        mode=file.mode,
        instances={name: block.frozen(name) for name, block in file.sentry.items()},
        trackers={name: block.frozen(name, configs["trackers"][name]) for name, block in file.trackers.items()},
        notifiers={name: block.frozen(name, configs["notifiers"][name]) for name, block in file.notifiers.items()},
        alarms=file.alarms.frozen(),
        sinks={name: block.frozen(name, configs["sinks"][name]) for name, block in file.sinks.items()},
        monitor=file.monitor.frozen(file.sentry),
        access=file.access.frozen(file.sentry, looks_up=looks_up(file.trackers)),
        codeowners=tuple(block.frozen() for block in file.ownership.codeowners),
        codeowners_refresh=file.ownership.refresh,
        entities=tuple(
            block.frozen(at + 1, place=where[f"ownership.entities.{at}"])
            for at, block in enumerate(file.ownership.entities)
        ),
        resolvers=file.ownership.resolvers,
        teams=file.frozen_teams(),
        default_route=file.frozen_route("default"),
        default_changes=file.frozen_changes("default"),
        mutes=tuple(block.frozen() for block in file.tickets.mutes),
        caps=file.tickets.frozen_caps(),
        tickets=file.tickets.frozen(file.web.base_url or ""),
        recall=file.recall.frozen(),
        queue=file.queue.frozen(),
        store=file.store.frozen(),
        web=file.web.frozen(),
        where=where,
        **_given("policies", (block.frozen() for block in file.tickets.policies)),
    )


def _given(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """The keyword where there are values; without it the frozen twin's usual value stands."""
    found = tuple(values)
    return {name: found} if found else {}


def _where(tree: Node, file: SettingsFile) -> dict[str, str]:
    """Dotted setting → file:line:column; items of lists by position, policies and CODEOWNERS by name too."""
    where = {".".join(map(str, loc)): str(node.key) for loc, node in every(tree) if loc}
    for at, policy in enumerate(file.tickets.policies):
        where[f"tickets.policies.{policy.called()}"] = where[f"tickets.policies.{at}"]
    for at, source in enumerate(file.ownership.codeowners):
        where[f"ownership.codeowners.{source.frozen().name}"] = where[f"ownership.codeowners.{at}"]
    return where
