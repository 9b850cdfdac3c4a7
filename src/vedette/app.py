"""App: settings in, everything joined; the only file that knows every room."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from os import getpid

from vedette.config.registry import Registry
from vedette.flows.access_people import check_directory
from vedette.flows.context import (
    MAILBOX,
    Context,
    notifier_destination,
    sentry_destination,
    sink_destination,
    wall_clock,
)
from vedette.flows.owners import OwnersBook, OwnersText
from vedette.flows.worker import Worker
from vedette.model.owners import CodeownersSource
from vedette.model.ownership import Finding
from vedette.model.settings import Settings
from vedette.model.tickets import Route
from vedette.ports.access import People, Roster
from vedette.ports.hooks import Hooks
from vedette.ports.mail import Letters
from vedette.ports.roles import Notifier, Placing, Sink, Source, Tracker
from vedette.rules.boards import own_place
from vedette.rules.effective import effective_for
from vedette.store import limits
from vedette.store.database import READ, Store, Tx

_CODEOWNERS_TIMEOUT = timedelta(seconds=10)


class App:
    """One process: its store, and its context, which a reload replaces whole."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        registry: Registry,
        standard_input: str | None,
        dry: bool = False,
    ) -> None:
        self.store = store
        self._dry = dry
        self._registry = registry
        self._standard_input = standard_input
        self.context = self._join(settings)
        # Jobs in hand may still use the vendors of settings that were replaced; they are closed at the end.
        self._contexts = [self.context]

    @classmethod
    def build(
        cls,
        settings: Settings,
        *,
        role: str = "serve",
        registry: Registry | None = None,
        standard_input: str | None = None,
    ) -> "App":
        """Open the store and join the rooms. No vendor is called: Sentry and the trackers may be down.

        `role`: who shares the store (serve, work, command), or `read` for who only looks: then nothing is written.
        `standard_input`: the text for a CODEOWNERS `file: "-"`.
        Raises `VedetteError` where the store cannot be opened or may not be shared.
        """
        store = Store.open(settings.store, role=role)
        registry = registry or Registry()
        return cls(settings, store=store, registry=registry, standard_input=standard_input, dry=role == READ)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.context.settings

    def reload(self, settings: Settings) -> None:
        """Put new settings in force; jobs in hand end with the old ones. Another store address needs a restart."""
        self.context = self._join(settings)
        self._contexts.append(self.context)

    def worker(self) -> Worker:
        """The worker threads of this process, not started."""
        name = f"{socket.gethostname()}:{getpid()}"
        worker = Worker(lambda: self.context, name=name, threads=self.settings.queue.workers)
        self.store.on_commit(worker.wake)
        return worker

    def check_live(self) -> Iterator[Finding]:
        """Ask every vendor whether what the settings name exists; one finding each, in the order of the settings."""
        for instance, source in self.context.sources.items():
            yield from source.check(projects=projects_of(self.settings, instance=instance))
        yield from self.check_routes()
        for notifier in self.context.notifiers.values():
            yield from notifier.check()
        for sink in self.context.sinks.values():
            yield from sink.check()
        yield from check_directory(self.context)
        found = {file.name for file in self.context.owners.files(now=self.context.clock())}
        for wanted in self.settings.codeowners:
            read = wanted.name in found
            yield Finding(
                f"CODEOWNERS {wanted.name}", read, "read" if read else "could not be read", "" if read else _CURE
            )

    def imagine(self, settings: Settings) -> Context:
        """A context of other settings beside ours, that looks and writes nothing; ValueError where we write."""
        if not self._dry:
            raise ValueError("other settings can be imagined only by who does not write")
        self._contexts.append(self._join(settings))
        return self._contexts[-1]

    def check_routes(self) -> Iterator[Finding]:
        """Ask every tracker whether what the routes name exists."""
        for name, tracker in self.context.trackers.items():
            routes = routes_of(self.settings, tracker=name)
            # One that has portfolios looks at the boards itself.
            yield from tracker.check(routes if isinstance(tracker, Placing) else one_by_one(routes))
            for where, route in active_of(self.settings, tracker=name):
                # Only what is said of the status itself: the rest was said of the route.
                about = f"{where}: status {route.status}"
                yield from (each for each in tracker.check([(where, route)]) if each.subject == about)

    def close(self) -> None:
        """Let every connection go, and close the store; the last commit is on disk by then."""
        for context in self._contexts:
            for source in context.sources.values():
                source.close()
            for tracker in context.trackers.values():
                tracker.close_connections()
            for notifier in context.notifiers.values():
                notifier.close()
            for sink in context.sinks.values():
                sink.close()
            for roster in context.rosters.values():
                roster.close()
            for people in context.people.values():
                people.close()
        self.store.close()

    def _join(self, settings: Settings) -> Context:
        if not self._dry:
            self.store.write(partial(_configure_limits, settings=settings))
        owners = OwnersBook(
            settings.codeowners,
            fetch=self._fetch,
            store=self.store,
            refresh=settings.codeowners_refresh,
            dry=self._dry,
        )
        return Context(
            settings=settings,
            store=self.store,
            sources=_sources(settings, self._registry),
            trackers=_trackers(settings, self._registry),
            owners=owners,
            hooks=_hooks(settings, self._registry),
            notifiers=_notifiers(settings, self._registry),
            sinks=_sinks(settings, self._registry),
            rosters=_rosters(settings, self._registry),
            letters=_letters(settings),
            people=_people(settings, self._registry),
            dry=self._dry,
        )

    def _fetch(self, source: CodeownersSource) -> OwnersText:
        from vedette.integrations.codeowners_sources import fetch  # noqa: PLC0415 - only kinds in use are imported

        text = fetch(source, timeout=_CODEOWNERS_TIMEOUT.total_seconds(), stdin=self._standard_input)
        return OwnersText(text.body, text.revision)


_CURE = "see the log for the reason; `vedette owners check` reads it again"


def routes_of(settings: Settings, *, tracker: str) -> list[tuple[str, Route]]:
    """Every route to the tracker with the place where it stands in the settings."""
    named = [(f"teams.{name}.route", team.route) for name, team in settings.teams.items()]
    named.append(("routes.default", settings.default_route))
    return [
        (settings.where.get(where, where), route)
        for where, route in named
        if route is not None and route.tracker == tracker
    ]


def active_of(settings: Settings, *, tracker: str) -> list[tuple[str, Route]]:
    """The statuses that count as open for the tickets of each route to the tracker, each as a route's first status."""
    owned = [(f"teams.{name}.route", name, team.route) for name, team in settings.teams.items()]
    owned.append(("routes.default", "", settings.default_route))
    return [
        (settings.where.get(where, where), replace(route, status=status))
        for where, owner, route in owned
        if route is not None and route.tracker == tracker
        for policy in settings.policies
        for status in effective_for(policy, settings=settings, owner=owner).policy.active
    ]


def one_by_one(routes: list[tuple[str, Route]]) -> list[tuple[str, Route]]:
    """A route for each project that the boards name, and for the route's own."""
    found: dict[tuple[str, str, str], tuple[str, Route]] = {}
    for where, route in routes:
        for place in (*(board.place for board in route.boards), own_place(route)):
            if place.project:
                section = place.section or route.section
                told = replace(route, project=place.project, section=section)
                found.setdefault((where, place.project, section), (where, told))
    return list(found.values())


def projects_of(settings: Settings, *, instance: str) -> list[tuple[str, str]]:
    """Every project that policies, filters and CODEOWNERS name for the instance, with the place where it stands."""
    named = [
        (f"tickets.policies.{number}", policy.projects)
        for number, policy in enumerate(settings.policies)
        if not policy.instances or instance in policy.instances
    ]
    named += [
        (f"monitor.filters.{each.name}", each.projects)
        for each in settings.monitor.filters
        if each.instance == instance
    ]
    # A CODEOWNERS file serves projects of any instance, so it is asked about only where there is one.
    if len(settings.instances) == 1:
        named += [(f"ownership.codeowners.{n}", source.projects) for n, source in enumerate(settings.codeowners)]
    found: dict[str, str] = {}
    for where, slugs in named:
        for slug in slugs:
            found.setdefault(slug, settings.where.get(where, where))
    return [(where, slug) for slug, where in found.items()]


def _sources(settings: Settings, registry: Registry) -> Mapping[str, Source]:
    make = registry.find("sentry").source if settings.instances else None
    return {name: make(instance) for name, instance in settings.instances.items()} if make else {}


def _letters(settings: Settings) -> Letters | None:
    """The mailbox to which requests for access come, where there is one."""
    box = settings.access.requests.imap
    if box is None:
        return None
    from vedette.integrations.mailbox import ImapMailbox  # noqa: PLC0415 - only kinds in use are imported

    return ImapMailbox(box)


def _rosters(settings: Settings, registry: Registry) -> Mapping[str, Roster]:
    make = registry.find("sentry").roster if settings.instances else None
    return {name: make(instance) for name, instance in settings.instances.items()} if make else {}


def _people(settings: Settings, registry: Registry) -> Mapping[str, People]:
    """Who knows the addresses of people: only those that somebody's entry asks for."""
    made: dict[str, People] = {}
    access = settings.access
    if any(person.github for person in access.people.values()):
        make = registry.find("github").people
        if make is not None:
            made["github"] = make(settings.trackers.get(access.github))
    if access.directory is not None:
        from vedette.integrations.people_files import DirectoryPeople  # noqa: PLC0415 - only kinds in use are imported

        made["directory"] = DirectoryPeople(access.directory)
    return made


def _trackers(settings: Settings, registry: Registry) -> Mapping[str, Tracker]:
    made: dict[str, Tracker] = {}
    for name, tracker in settings.trackers.items():
        make = registry.find(tracker.kind).tracker
        if make is None:
            raise TypeError(f"{tracker.kind} is no tracker; config should have refused trackers.{name}")
        made[name] = make(tracker)
    return made


def _hooks(settings: Settings, registry: Registry) -> Mapping[str, Hooks]:
    kinds = {tracker.kind for tracker in settings.trackers.values()}
    return {kind: hooks for kind in sorted(kinds) if (hooks := registry.find(kind).hooks) is not None}


def _notifiers(settings: Settings, registry: Registry) -> Mapping[str, Notifier]:
    made: dict[str, Notifier] = {}
    for name, notifier in settings.notifiers.items():
        make = registry.find(notifier.kind).notifier
        if make is None:
            raise TypeError(f"{notifier.kind} tells nobody; config should have refused notifiers.{name}")
        made[name] = make(notifier)
    return made


def _sinks(settings: Settings, registry: Registry) -> Mapping[str, Sink]:
    made: dict[str, Sink] = {}
    for name, sink in settings.sinks.items():
        make = registry.find(sink.kind).sink
        if make is None:
            raise TypeError(f"{sink.kind} takes no points; config should have refused sinks.{name}")
        made[name] = make(sink)
    return made


def _configure_limits(tx: Tx, *, settings: Settings) -> None:
    now = wall_clock()
    if settings.access.requests.imap is not None:
        limits.configure(tx, MAILBOX, rate_per_s=1.0, concurrency=1, now=now)
    for name, instance in settings.instances.items():
        destination = sentry_destination(name)
        limits.configure(tx, destination, rate_per_s=instance.rate_per_s, concurrency=instance.concurrency, now=now)
    for name, tracker in settings.trackers.items():
        limits.configure(tx, name, rate_per_s=tracker.rate_per_s, concurrency=tracker.concurrency, now=now)
    for name, notifier in settings.notifiers.items():
        destination = notifier_destination(name)
        limits.configure(tx, destination, rate_per_s=notifier.rate_per_s, concurrency=notifier.concurrency, now=now)
    for name, sink in settings.sinks.items():
        destination = sink_destination(name)
        limits.configure(tx, destination, rate_per_s=sink.rate_per_s, concurrency=sink.concurrency, now=now)
