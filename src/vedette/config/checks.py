"""Checks across blocks: names that must exist, choices that exclude one another, strangers and sandboxes.

They read the plain tree and pass over what has the wrong form, so that they speak beside the complaints about forms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic_core import PydanticCustomError

from vedette.config.addresses import host, is_loopback
from vedette.config.durations import text_of
from vedette.config.nearest import suggestion
from vedette.config.schema.running import listen
from vedette.config.tree import Loc
from vedette.model.events import Trigger
from vedette.model.policies import OnDone, Policy
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, Listen, QueueSettings, TrackerSettings, WebSettings

_SHORTEST_SECRET = 16
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not listened on
_MUTED_BY = ("issue", "title", "fingerprint", "level", "environment", "project")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the setting at `loc`, and the cure."""

    loc: Loc
    message: str
    cure: str = ""
    other: Loc = ()  # a second setting that is part of it; its place ends the message


def faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault that spans several keys."""
    owners = (_routes, _teams, _told, _codeowners, _entities)
    for check in (*owners, _policies, _overlaps, _mutes, _strangers, _one_port, _deadlines):
        yield from check(data)


def doubts(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What can be used and is probably not meant."""
    if not _keys(data, "trackers"):
        yield Fault(("trackers",), "there is no tracker, so no ticket will be cut", "add one under trackers:")
    for loc, block in [*_blocks(data, "sentry"), *_blocks(data, "trackers")]:
        url = block.get("url")
        if isinstance(url, str) and url.startswith("http://") and not is_loopback(host(url)):
            yield Fault((*loc, "url"), "the token travels in clear text", "use https")
    for loc, block in _blocks(data, "sentry"):
        if not block.get("client_secret") and not block.get("path_tokens"):
            message = "neither client_secret nor path_tokens is set, so every hook is refused"
            yield Fault(loc, message, "set one, or let only the poll look (on: [poll])")
    yield from _no_next_release(data)
    yield from _unheard(data)
    yield from _floods(data)


def _no_next_release(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Policies that would have GlitchTip wait for a release, of which it knows nothing."""
    kin = [str(loc[-1]) for loc, block in _blocks(data, "sentry") if block.get("dialect") == Dialect.GLITCHTIP.value]
    for loc, policy in _blocks(data, "tickets", "policies"):
        meant = _texts(policy, "instances") or kin
        served = [name for name in kin if name in meant]
        if policy.get("on_done") == OnDone.RESOLVE_IN_NEXT_RELEASE.value and served:
            message = f"{served[0]} is a GlitchTip, which resolves nothing in a next release"
            yield Fault((*loc, "on_done"), message, "write on_done: resolve, or name other instances")


def _unheard(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Notifiers that are there and tell nobody."""
    if _keys(data, "notifiers") and not _texts(_at(data, "alarms") or {}, "operators"):
        message = "there are notifiers, and alarms.operators names none of them"
        yield Fault(("notifiers",), message, "add alarms: {operators: [NAME]}")


def _floods(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Policies that would cut a ticket for every issue that a sweep finds."""
    usual = Policy(name="")
    for loc, policy in _blocks(data, "tickets", "policies"):
        when = policy.get("when")
        asked = isinstance(when, Mapping) and (
            when.get("events_over") is not None or when.get("users_over") is not None
        )
        if not asked and Trigger.POLL in (_texts(policy, "on") or usual.on):
            message = "it polls without a threshold, so every unresolved issue seen lately gets a ticket"
            yield Fault(loc, message, "add when: {events_over: 50}, or leave poll out of on:")


def _at(data: Any, *path: str) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _keys(data: Any, *path: str) -> tuple[str, ...]:
    found = _at(data, *path)
    return tuple(found) if isinstance(found, Mapping) else ()


def _blocks(data: Any, *path: str) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    found = _at(data, *path)
    pairs: Any = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    for step, block in pairs:
        if isinstance(block, Mapping):
            yield (*path, step), block


def _texts(block: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = block.get(key)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _routes(data: Mapping[str, Any]) -> Iterator[Fault]:
    trackers = _keys(data, "trackers")
    of_teams = (
        ((*loc, "route"), team["route"])
        for loc, team in _blocks(data, "teams")
        if isinstance(team.get("route"), Mapping)
    )
    for loc, route in [*_blocks(data, "routes"), *of_teams]:
        tracker = route.get("tracker") or ""
        if isinstance(tracker, str) and tracker and tracker not in trackers:
            yield Fault(
                (*loc, "tracker"),
                f"there is no tracker {tracker}",
                suggestion(tracker, trackers) or "add it under trackers:",
            )
        elif not tracker and len(trackers) != 1:
            yield Fault(
                loc,
                "the route names no tracker",
                f"add tracker: {' or '.join(trackers) or 'and a block under trackers:'}",
            )


def _teams(data: Mapping[str, Any]) -> Iterator[Fault]:
    routes = _keys(data, "routes")
    teams = _at(data, "teams")
    for name, team in teams.items() if isinstance(teams, Mapping) else ():
        route = team.get("route") if isinstance(team, Mapping) else None
        if isinstance(route, str) and route not in routes:
            cure = suggestion(route, routes) or "add it under routes:"
            yield Fault(("teams", name, "route"), f"there is no route {route}", cure)
        elif route is None and _is_bare(team) and "default" not in routes:
            message = f"team {name} has no route, and there is no default route"
            yield Fault(("teams", name), message, "add route: to the team, or default: under routes:")


def _told(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Names of notifiers that are there."""
    notifiers = _keys(data, "notifiers")
    alarms = _at(data, "alarms")
    named: list[tuple[Loc, str, Any]] = [(("alarms",), "operators", alarms)] if isinstance(alarms, Mapping) else []
    named += [(loc, "notify", team) for loc, team in _blocks(data, "teams")]
    for loc, key, block in named:
        for name in _texts(block, key):
            if name not in notifiers:
                cure = suggestion(name, notifiers) or "add it under notifiers:"
                yield Fault((*loc, key), f"there is no notifier {name}", cure)


def _is_bare(team: Any) -> bool:
    """Whether the block is in order and says nothing of a route."""
    return team is None or (isinstance(team, Mapping) and set(team) <= {"route", "policy", "notify"})


def _policies(data: Mapping[str, Any]) -> Iterator[Fault]:
    instances = _keys(data, "sentry")
    for loc, policy in _blocks(data, "tickets", "policies"):
        for step, name in enumerate(policy.get("instances") or () if isinstance(policy.get("instances"), list) else ()):
            if isinstance(name, str) and name not in instances:
                cure = suggestion(name, instances)
                yield Fault((*loc, "instances", step), f"there is no Sentry instance {name}", cure)


def _overlaps(data: Mapping[str, Any]) -> Iterator[Fault]:
    usual = Policy(name="")
    seen: list[tuple[Loc, str, _Scope]] = []
    for loc, policy in _blocks(data, "tickets", "policies"):
        name, track = policy.get("name"), str(policy.get("track") or usual.track)
        scope = _Scope(
            track=track,
            projects=frozenset(_texts(policy, "projects")),
            instances=frozenset(_texts(policy, "instances")),
        )
        for other, other_name, other_scope in seen:
            if isinstance(name, str) and name == other_name:
                message = f"policy {name} has the same name as the one at"
                yield Fault((*loc, "name"), message, "give each a name of its own", other)
            if scope.meets(other_scope):
                message = f"on track {track} it speaks for the same projects as the policy at"
                yield Fault(loc, message, "join them, or give one a track of its own", other)
        seen.append((loc, str(name), scope))


@dataclass(frozen=True, slots=True)
class _Scope:
    """For which issues a policy speaks; an empty set of projects or instances means every one."""

    track: str
    projects: frozenset[str]
    instances: frozenset[str]

    def meets(self, other: "_Scope") -> bool:
        """Whether both would speak for one issue. A policy for every project stands behind those that name theirs."""
        projects = bool(self.projects & other.projects) or not (self.projects or other.projects)
        instances = bool(self.instances & other.instances) or not self.instances or not other.instances
        return self.track == other.track and projects and instances


def _codeowners(data: Mapping[str, Any]) -> Iterator[Fault]:
    names: dict[str, Loc] = {}
    for loc, source in _blocks(data, "ownership", "codeowners"):
        name = str(next((source[key] for key in ("name", "repository", "url", "file") if source.get(key)), "text"))
        if name in names:
            message = f"CODEOWNERS {name} has the same name as the one at"
            yield Fault(loc, message, "give each a name: of its own", names[name])
        names.setdefault(name, loc)
        given = [key for key in ("text", "file", "url") if source.get(key)]
        if len(given) > 1:
            yield Fault(loc, f"the CODEOWNERS has {' and '.join(given)}", "keep one of text, file and url")
        elif not given and not source.get("repository"):
            yield Fault(loc, "the CODEOWNERS comes from nowhere", "add one of text, file, url and repository")


def _entities(data: Mapping[str, Any]) -> Iterator[Fault]:
    teams = _keys(data, "teams")
    for loc, entity in _blocks(data, "ownership", "entities"):
        team = entity.get("team")
        if isinstance(team, str) and team and team not in teams:
            cure = suggestion(team, teams) or "add it under teams:"
            yield Fault((*loc, "team"), f"there is no team {team}", cure)


def _mutes(data: Mapping[str, Any]) -> Iterator[Fault]:
    instances = _keys(data, "sentry")
    for loc, mute in _blocks(data, "tickets", "mutes"):
        issue = mute.get("issue")
        if not any(mute.get(name) for name in _MUTED_BY):
            yield Fault(loc, "the mute names nothing", f"add {' or '.join(_MUTED_BY)}")
        instance, slash, _ = issue.partition("/") if isinstance(issue, str) else ("", "", "")
        if slash and instance not in instances:
            yield Fault((*loc, "issue"), f"there is no Sentry instance {instance}", suggestion(instance, instances))


def _strangers(data: Mapping[str, Any]) -> Iterator[Fault]:
    login = _at(data, "web", "login_secret")
    pages = _listener(data, "pages")
    if pages is not None and not login and not is_loopback(pages.host):
        message = "pages are shown beyond this machine, and there is no login"
        yield Fault(("web", "pages"), message, "set web.login_secret, or listen on 127.0.0.1")
    guessable: list[tuple[Loc, Any]] = [
        (("web", "login_secret"), login),
        (("monitor", "key"), _at(data, "monitor", "key")),
    ]
    blocks = [*_blocks(data, "sentry"), *_blocks(data, "trackers")]
    guessable += [((*loc, "path_tokens"), block.get("path_tokens")) for loc, block in blocks]
    guessable += [((*loc, "webhook_secret"), block.get("webhook_secret")) for loc, block in blocks]
    for loc, secret in guessable:
        if isinstance(secret, Secret) and any(len(value) < _SHORTEST_SECRET for value in secret.values):
            message = f"{secret.reference}: the secret is shorter than {_SHORTEST_SECRET} characters and can be guessed"
            yield Fault(loc, message, "make one with `openssl rand -hex 32`")


def _listener(data: Mapping[str, Any], key: str) -> Listen | None:
    """Where hooks or pages listen; None where what is written has the wrong form."""
    written = _at(data, "web", key)
    usual = {"hooks": WebSettings().hooks, "pages": WebSettings().pages}
    try:
        found = usual[key] if written is None else listen(written)
    except PydanticCustomError:
        return None
    return found if isinstance(found, Listen) else None


def _one_port(data: Mapping[str, Any]) -> Iterator[Fault]:
    hooks, pages = _listener(data, "hooks"), _listener(data, "pages")
    if hooks is None or pages is None or hooks.port != pages.port or hooks.port == 0:
        return
    hosts = {"127.0.0.1" if each.host == "localhost" else each.host for each in (hooks, pages)}
    if len(hosts) == 1 or hosts & _EVERYWHERE:
        loc = ("web", "pages" if _at(data, "web", "pages") is not None else "hooks")
        yield Fault(loc, f"hooks and pages cannot both listen on port {hooks.port}", "give one of them another port")


def _deadlines(data: Mapping[str, Any]) -> Iterator[Fault]:
    lease = _at(data, "queue", "lease") or QueueSettings().lease
    usual = TrackerSettings(name="", kind="", config=None).timeout
    for loc, vendor in [*_blocks(data, "trackers"), *_blocks(data, "notifiers"), *_blocks(data, "sinks")]:
        timeout = vendor.get("timeout") or usual
        if isinstance(lease, timedelta) and isinstance(timeout, timedelta) and timeout >= lease:
            # A call that may outlive its lease cannot be fenced.
            message = f"timeout {text_of(timeout)} is not shorter than queue.lease {text_of(lease)}"
            yield Fault((*loc, "timeout"), message, "shorten it, or lengthen queue.lease")
