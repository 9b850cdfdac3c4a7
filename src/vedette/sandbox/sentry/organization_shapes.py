"""Organisation shapes: organisation, projects, teams and members, with the keys that Sentry requires; pure."""

from typing import Any

from vedette.sandbox.sentry.part_shapes import user
from vedette.sandbox.sentry.settings import Person, Project, Team
from vedette.sandbox.sentry.view import View

_BORN = 1_750_000_000.0
_ACCESS = ["event:read", "event:write", "event:admin", "project:read", "org:read", "team:read", "member:read"]
_AVATAR = {"avatarType": "letter_avatar", "avatarUuid": None}
#: Feature marks of a project; all off, since nothing but errors is kept.
_MARKS = (
    "firstTransactionEvent", "hasFeedbacks", "hasFlags", "hasMinifiedStackTrace", "hasMonitors", "hasNewFeedbacks",
    "hasProfiles", "hasReplays", "hasSessions", "hasInsightsHttp", "hasInsightsDb", "hasInsightsAssets",
    "hasInsightsAppStart", "hasInsightsScreenLoad", "hasInsightsVitals", "hasInsightsCaches", "hasInsightsQueues",
    "hasInsightsAgentMonitoring", "hasInsightsMCP", "hasLogs", "hasTraceMetrics",
)  # fmt: skip


def organization(view: View) -> dict[str, Any]:
    """The organisation; `features` decide what an org-wide search may span."""
    slug = view.config.organization
    return {
        "id": "2",
        "slug": slug,
        "status": {"id": "active", "name": "active"},
        "name": slug.title(),
        "dateCreated": view.stamp(_BORN),
        "isEarlyAdopter": False,
        "require2FA": False,
        "avatar": _AVATAR,
        "features": ["global-views", "discover-basic", "integrations-codeowners"],
        "links": {"organizationUrl": view.base, "regionUrl": view.base},
        "hasAuthProvider": False,
        "allowMemberInvite": True,
        "allowMemberProjectCreation": True,
        "allowSuperuserAccess": False,
        "access": _ACCESS,
        "onboardingTasks": [],
    }


def project(found: Project, view: View) -> dict[str, Any]:
    """A project in a list."""
    teams = [{"id": str(t.id), "name": t.slug, "slug": t.slug} for t in view.config.teams if t.slug in found.teams]
    return {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "platform": found.platform,
        "dateCreated": view.stamp(_BORN + found.id),
        "isBookmarked": False,
        "isMember": True,
        "isInternal": False,
        "isPublic": False,
        "avatar": _AVATAR,
        "color": "#3f7abf",
        "status": "active",
        "features": ["alert-filters", "rate-limits"],
        "firstEvent": None,
        "access": _ACCESS,
        "hasAccess": True,
        "team": teams[0] if teams else None,
        "teams": teams,
        "platforms": [found.platform],
        "hasUserReports": False,
        "environments": ["production"],
        "latestRelease": None,
    } | dict.fromkeys(_MARKS, False)


def project_detail(found: Project, view: View) -> dict[str, Any]:
    """A project by itself, with the options that Sentry lists."""
    body = project(found, view)
    return body | _project_options() | {"organization": organization(view), "team": body["team"] or {}}


def _project_options() -> dict[str, Any]:
    return {
        "options": {}, "digestsMinDelay": 300, "digestsMaxDelay": 1800, "subjectPrefix": "[Sentry]",
        "allowedDomains": ["*"], "resolveAge": 0, "dataScrubber": True, "dataScrubberDefaults": True,
        "safeFields": [], "storeCrashReports": None, "sensitiveFields": [], "subjectTemplate": "$shortID - $title",
        "securityToken": "", "securityTokenHeader": None, "verifySSL": False, "scrubIPAddresses": False,
        "scrapeJavaScript": True, "enableAutoReleaseCreation": True, "highlightTags": [], "highlightContext": {},
        "highlightPreset": {"tags": [], "context": {}}, "groupingConfig": "newstyle:2023-01-11",
        "derivedGroupingEnhancements": "", "groupingEnhancements": "", "secondaryGroupingExpiry": 0,
        "secondaryGroupingConfig": None, "fingerprintingRules": "", "processingIssues": 0,
        "defaultEnvironment": None, "relayPiiConfig": None, "builtinSymbolSources": [], "symbolSources": "[]",
        "dynamicSamplingBiases": None, "isDynamicallySampled": False, "tempestFetchScreenshots": False,
        "autofixAutomationTuning": "off", "seerScannerAutomation": False, "seerNightshiftTweaks": None,
        "scmSourceContextEnabled": False, "debugFilesRole": None, "plugins": [],
    }  # fmt: skip


def team(found: Team, view: View) -> dict[str, Any]:
    """A team in a list."""
    return {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.slug.title(),
        "dateCreated": view.stamp(_BORN + found.id),
        "isMember": True,
        "teamRole": None,
        "flags": {"idp:provisioned": False},
        "access": _ACCESS,
        "hasAccess": True,
        "isPending": False,
        "memberCount": 1,
        "avatar": _AVATAR,
        "externalTeams": [],
        "projects": [project(p, view) for p in view.config.projects if found.slug in p.teams],
    }


def member(found: Person, view: View) -> dict[str, Any]:
    """A member in a list; the first person owns the organisation."""
    role = "owner" if found == view.config.people[0] else "member"
    flags = ("idp:provisioned", "idp:role-restricted", "sso:linked", "sso:invalid", "member-limit:restricted")
    return {
        "id": str(found.id),
        "email": found.email,
        "name": found.name,
        "user": user(found, view),
        "role": role,
        "roleName": role.title(),
        "orgRole": role,
        "pending": False,
        "expired": False,
        "flags": dict.fromkeys((*flags, "partnership:restricted"), False),
        "dateCreated": view.stamp(_BORN + found.id),
        "inviteStatus": "approved",
        "inviterName": None,
    }


def installation(view: View) -> dict[str, Any]:
    """The one internal integration: its uuid is what external issues are posted under."""
    return {
        "app": {"uuid": "0d9d7c6e-7b5b-4f4f-9a52-5d0f5a7d8e10", "slug": "vedette", "sentryAppId": 1},
        "organization": {"slug": view.config.organization, "id": 2},
        "uuid": view.config.installation,
        "status": "installed",
        "code": None,
    }
