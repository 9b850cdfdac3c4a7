"""Project words: what the body of a new or a changed project says, or why it is refused."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from vedette.sandbox.sentry import answers
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rows import ProjectRow
from vedette.sandbox.sentry.settings import Dialect
from vedette.sandbox.sentry.team_routes import BAD_SLUG, SLUG, slugged

#: Hours after which issues may resolve themselves. Any other number is accepted, and stored as 0: never.
RESOLVE_AGES = frozenset({*range(1, 13), 15, 18, 21, 24, 30, 36, 48, *range(72, 721, 24)})
_BLANK = "This field may not be blank."
#: Options that this server keeps without knowing what they do.
_KEPT = {
    "subjectTemplate", "digestsMinDelay", "digestsMaxDelay", "dataScrubber", "dataScrubberDefaults", "scrubIPAddresses",
    "scrapeJavaScript", "storeCrashReports", "verifySSL", "securityTokenHeader", "highlightTags", "highlightContext",
    "enableAutoReleaseCreation", "scmSourceContextEnabled", "isBookmarked", "groupingConfig", "fingerprintingRules",
    "groupingEnhancements", "defaultEnvironment", "relayPiiConfig",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What a body said of a project's looks; None where it said nothing."""

    slug: str
    name: str
    platform: str
    slug_given: bool


def creation(ask: Ask, body: dict[str, Any]) -> Words:
    """The words of a POST; a slug that nobody gave is made of the name."""
    name, slug = body.get("name"), body.get("slug")
    if not name:
        raise _missing(ask, "name", blank=name == "")
    if slug:
        _check_slug(str(slug))
    if len(str(name)) > 50 and ask.dialect is Dialect.SENTRY:
        raise answers.refuse(400, {"name": ["Ensure this field has no more than 50 characters."]})
    return Words(str(slug or slugged(str(name))), str(name), str(body.get("platform") or ""), bool(slug))


def change(ask: Ask, found: ProjectRow, body: dict[str, Any]) -> Words:
    """The words of a PUT; 400 for a slug that is not one or is another project's."""
    old = found.project
    if ask.dialect is Dialect.GLITCHTIP and "name" not in body:
        raise answers.missing("name")
    slug, name = str(body.get("slug") or old.slug), body.get("name", old.title)
    if "slug" in body:
        _check_slug(slug)
    other = ask.memory.projects.get(slug)
    if other is not None and other != old:
        raise answers.refuse(400, {"slug": [f"Another project ({other.name}) is already using that slug"]})
    if "name" in body and not name:
        raise answers.refuse(400, {"name": [_BLANK]})
    _check_options(ask, body)
    platform = body.get("platform", old.platform)
    return Words(slug, str(name), str(platform or ""), "slug" in body)


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise answers.refuse(400, {"slug": [BAD_SLUG]})


def _check_options(ask: Ask, body: dict[str, Any]) -> None:
    if ask.dialect is Dialect.GLITCHTIP:
        return
    errors: dict[str, list[str]] = {}
    for name in ("sensitiveFields", "safeFields", "allowedDomains"):
        if name in body and not (isinstance(body[name], list) and all(isinstance(each, str) for each in body[name])):
            errors[name] = ['Expected a list of items but got type "str".']
    if body.get("allowedDomains") == []:
        errors["allowedDomains"] = ["Empty value will block all requests, use * to accept from all domains"]
    if body.get("resolveAge") is not None and not isinstance(body["resolveAge"], int):
        errors["resolveAge"] = ["A valid integer is required."]
    if errors:
        raise answers.refuse(400, errors)


def store(found: ProjectRow, body: dict[str, Any]) -> None:
    """Keep the options that a checked body names."""
    found.subject_prefix = str(body.get("subjectPrefix", found.subject_prefix))
    found.sensitive_fields = list(body.get("sensitiveFields", found.sensitive_fields))
    found.safe_fields = list(body.get("safeFields", found.safe_fields))
    found.allowed_domains = list(body.get("allowedDomains", found.allowed_domains))
    if "resolveAge" in body:
        age = body["resolveAge"]
        found.resolve_age = age if age in RESOLVE_AGES else 0
    found.more |= {name: value for name, value in body.items() if name in _KEPT}


def free(slug: str, taken: Container[str]) -> str:
    """The slug, or the next one like it that nobody has."""
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def _missing(ask: Ask, name: str, *, blank: bool) -> answers.Refusal:
    if ask.dialect is Dialect.GLITCHTIP:
        return answers.missing(name)
    return answers.refuse(400, {name: [_BLANK if blank else "This field is required."]})
