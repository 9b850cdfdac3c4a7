"""Live check: is this the server that the settings say, does the token open it, and may it do what is asked of it?"""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from vedette.errors import VedetteError
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.lists import rows
from vedette.integrations.sentry.talker import SentryTalker
from vedette.integrations.sentry.untrusted import items, mapping, text
from vedette.model.ownership import Finding
from vedette.model.settings import Dialect, SentryInstance

_READING = frozenset({"org:read", "project:read", "event:read"})
_WRITING = "event:write"
# A wider scope holds the narrower ones.
_WIDER = {"read": ("read", "write", "admin"), "write": ("write", "admin")}
_SHOWN = 20


def check(
    talker: SentryTalker, addresses: Addresses, instance: SentryInstance, *, projects: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """Every finding; once the token or the organisation fails, what hangs on it is not asked.

    `projects`: where the settings name a project, and its slug.
    """
    opened = _attempt("token", lambda: _token(talker), cure=_cure_of_token(instance))
    yield _named(instance, opened)
    if not opened.ok:
        return
    cure = "set `organization:` to the slug in Sentry's address"
    found = _attempt("organisation", lambda: _organization(talker, addresses), cure=cure)
    yield _named(instance, found)
    if not found.ok:
        return
    yield from (_named(instance, finding) for finding in _scopes(talker, instance))
    cure = "give the token project:read, and its team the projects"
    seen: set[str] = set()
    yield _named(instance, _attempt("projects", lambda: _projects(talker, addresses, seen), cure=cure))
    yield from (_named(instance, _project(slug, where, seen)) for where, slug in projects)
    cure = "give the token event:read, and see that `dialect:` is right"
    yield _named(instance, _attempt("issues", lambda: _issues(talker, addresses), cure=cure))


def _named(instance: SentryInstance, finding: Finding) -> Finding:
    return Finding(f"sentry {instance.name}: {finding.subject}", finding.ok, finding.message, finding.cure)


def _attempt(subject: str, ask: Callable[[], str], *, cure: str) -> Finding:
    try:
        return Finding(subject, True, ask())
    except VedetteError as problem:
        return Finding(subject, False, str(problem), cure)


def _cure_of_token(instance: SentryInstance) -> str:
    scopes = ", ".join(sorted(_READING))
    place = instance.token.reference or "`token:`"
    return f"make an internal integration's token with {scopes} and {_WRITING}, and put it into {place}"


def _token(talker: SentryTalker) -> str:
    body, _ = talker.fetch("")
    who = mapping(mapping(body).get("user"))
    return f"accepted{' for ' + text(who.get('name')) if text(who.get('name')) else ''}"


def _organization(talker: SentryTalker, addresses: Addresses) -> str:
    body, _ = talker.fetch(addresses.home)
    return f"found: {text(mapping(body).get('name')) or addresses.organization}"


def _scopes(talker: SentryTalker, instance: SentryInstance) -> Iterator[Finding]:
    body, _ = talker.fetch("")
    held = {text(scope) for scope in items(mapping(mapping(body).get("auth")).get("scopes"))}
    if not held:
        yield Finding("scopes", True, "the server does not tell a token its scopes; the calls below are the proof")
        return
    needed = _READING | ({_WRITING} if instance.link_back and instance.dialect is not Dialect.GLITCHTIP else set())
    lacking = sorted(scope for scope in needed if not held & _satisfied_by(scope))
    message = f"the token lacks {', '.join(lacking)}" if lacking else f"the token has {', '.join(sorted(needed))}"
    yield Finding("scopes", not lacking, message, _cure_of_token(instance) if lacking else "")


def _satisfied_by(scope: str) -> set[str]:
    area, _, verb = scope.partition(":")
    return {f"{area}:{wider}" for wider in _WIDER[verb]}


def _project(slug: str, where: str, seen: set[str]) -> Finding:
    """One project that the settings name; with GlitchTip and Sentry alike the slug is what `projects:` must hold."""
    if slug in seen:
        return Finding(f"project {slug}", True, "is there")
    near = get_close_matches(slug, seen, n=1)
    cure = f"did you mean {near[0]}?" if near else "name a project by its slug, or give the token that project"
    return Finding(f"project {slug}", False, f"the token sees no such project ({where})", cure)


def _projects(talker: SentryTalker, addresses: Addresses, seen: set[str]) -> str:
    slugs = sorted(text(mapping(row).get("slug")) for row in rows(talker, addresses.projects, {}))
    seen.update(slugs)
    more = f" and {len(slugs) - _SHOWN} more" if len(slugs) > _SHOWN else ""
    return f"the token sees {len(slugs)}: {', '.join(slugs[:_SHOWN])}{more}"


def _issues(talker: SentryTalker, addresses: Addresses) -> str:
    path = addresses.issues
    if addresses.dialect is Dialect.SENTRY9:
        slug = next((text(mapping(row).get("slug")) for row in rows(talker, addresses.projects, {})), "")
        path = addresses.project_issues(slug)
    talker.fetch(path, limit=1)
    return "the list of issues can be read"
