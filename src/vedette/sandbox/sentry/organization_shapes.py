"""Organisation shapes: organisation and projects, with the keys that Sentry requires; pure."""

from typing import Any

from vedette.sandbox.sentry import roles
from vedette.sandbox.sentry.roster import Roster
from vedette.sandbox.sentry.rows import BORN, Choices, ProjectRow
from vedette.sandbox.sentry.view import View

ACCESS = ["event:read", "event:write", "event:admin", "project:read", "org:read", "team:read", "member:read"]
_FEATURES = ("global-views", "discover-basic", "integrations-codeowners", "invite-members", "sso-basic")
_AVATAR = {"avatarType": "letter_avatar", "avatarUuid": None}
#: Feature marks of a project; all off, since nothing but errors is kept.
_MARKS = (
    "firstTransactionEvent", "hasFeedbacks", "hasFlags", "hasMinifiedStackTrace", "hasMonitors", "hasNewFeedbacks",
    "hasProfiles", "hasReplays", "hasSessions", "hasInsightsHttp", "hasInsightsDb", "hasInsightsAssets",
    "hasInsightsAppStart", "hasInsightsScreenLoad", "hasInsightsVitals", "hasInsightsCaches", "hasInsightsQueues",
    "hasInsightsAgentMonitoring", "hasInsightsMCP", "hasLogs", "hasTraceMetrics",
)  # fmt: skip
#: What an organisation answers besides, and nobody here asks for.
_ORGANIZATION_OPTIONS: dict[str, Any] = {
    "experiments": {}, "isDefault": False, "quota": {
        "maxRate": None, "maxRateInterval": 60, "accountLimit": 0, "projectLimit": 100
    }, "allowSharedIssues": True, "enhancedPrivacy": False, "dataScrubber": False, "dataScrubberDefaults": False,
    "sensitiveFields": [], "safeFields": [], "storeCrashReports": 0, "attachmentsRole": "member",
    "debugFilesRole": "admin", "eventsMemberAdmin": True, "alertsMemberWrite": True, "scrubIPAddresses": False,
    "scrapeJavaScript": True, "relayPiiConfig": None, "relayDsnEndpoint": None, "codecovAccess": False,
    "aiSuggestedSolution": True, "githubPRBot": True, "trustedRelays": [], "hideAiFeatures": True,
    "aggregatedDataConsent": False, "isDynamicallySampled": False, "issueAlertsThreadFlag": True,
    "metricAlertsThreadFlag": True, "defaultAutofixAutomationTuning": "off", "defaultSeerScannerAutomation": False,
    "enableSeerCoding": False, "defaultCodingAgent": "", "defaultCodingAgentIntegrationId": None,
    "defaultAutomatedRunStoppingPoint": "", "autoEnableCodeReview": False, "autoOpenPrs": False,
    "defaultCodeReviewTriggers": [], "teams": [], "projects": [],
}  # fmt: skip
_NO_MARKS = dict.fromkeys(_MARKS, False)


def organization(view: View, choices: Choices) -> dict[str, Any]:
    """The organisation in short; `features` decide what an org-wide search may span."""
    open_to_all = ["open-membership"] if choices.open_membership else []
    return {
        "id": "2",
        "slug": view.config.organization,
        "status": {"id": "active", "name": "active"},
        "name": choices.name,
        "dateCreated": view.stamp(BORN),
        "isEarlyAdopter": False,
        "require2FA": choices.require_2fa,
        "requireEmailVerification": choices.require_email_verification,
        "avatar": _AVATAR,
        "features": [*_FEATURES, *(["team-roles"] if choices.team_roles else []), *open_to_all],
        "links": {"organizationUrl": view.base, "regionUrl": view.base},
        "hasAuthProvider": choices.has_auth_provider,
        "allowMemberInvite": True,
        "allowMemberProjectCreation": True,
        "allowSuperuserAccess": False,
        "access": ACCESS,
        "onboardingTasks": [],
    }


def whole(choices: Choices, gives: tuple[str, ...]) -> dict[str, Any]:
    """What the organisation has by itself only: roles, and who may join and how."""
    return {
        "defaultRole": choices.default_role,
        "availableRoles": [{"id": role, "name": role.title()} for role in roles.ORDER],
        "orgRoleList": roles.organization_roles(gives, retired=choices.team_roles),
        "teamRoleList": roles.team_roles(),
        "openMembership": choices.open_membership,
        "allowJoinRequests": choices.allow_join_requests,
        "requiresSso": choices.requires_sso,
        **_ORGANIZATION_OPTIONS,
    }


def project(found: ProjectRow, roster: Roster, view: View) -> dict[str, Any]:
    """A project in a list."""
    known, row = found.project, found
    slugs = [team for slug in known.teams if (team := roster.team(slug)) is not None]
    teams = [{"id": str(team.id), "name": team.name, "slug": team.slug} for team in slugs]
    return {
        "id": str(known.id),
        "slug": known.slug,
        "name": known.name,
        "platform": known.platform or None,
        "dateCreated": view.stamp(row.born),
        "isBookmarked": False,
        "isMember": True,
        "isInternal": row.internal,
        "isPublic": False,
        "avatar": _AVATAR,
        "color": "#3f7abf",
        "status": "active",
        "features": ["alert-filters", "rate-limits"],
        "firstEvent": None if row.first_event is None else view.stamp(row.first_event),
        "access": ACCESS,
        "hasAccess": True,
        "team": teams[0] if teams else None,
        "teams": teams,
        "platforms": [known.platform] if known.platform else [],
        "hasUserReports": False,
        "environments": ["production"],
        "eventProcessing": {"symbolicationDegraded": False},
        "latestRelease": None,
        "latestDeploys": None,
        **_NO_MARKS,
    }


def project_detail(found: ProjectRow, roster: Roster, view: View) -> dict[str, Any]:
    """A project by itself, with the options that Sentry lists."""
    body = project(found, roster, view)
    options = _project_options() | _chosen(found) | {"organization": organization(view, roster.choices)}
    return body | options | found.more | {"team": body["team"] or {}}


def _chosen(found: ProjectRow) -> dict[str, Any]:
    prefix, age = found.subject_prefix, found.resolve_age
    stored: dict[str, Any] = {"mail:subject_prefix": prefix} if prefix != "[Sentry]" else {}
    stored |= {"sentry:resolve_age": age} if age else {}
    return {
        "options": {"sentry:option-epoch": 11, "filters:blacklisted_ips": "", "feedback:branding": True} | stored,
        "subjectPrefix": prefix,
        "allowedDomains": found.allowed_domains,
        "resolveAge": age,
        "safeFields": found.safe_fields,
        "sensitiveFields": found.sensitive_fields,
        "securityToken": found.project.key,
    }


def _project_options() -> dict[str, Any]:
    return {
        "digestsMinDelay": 300, "digestsMaxDelay": 1800, "dataScrubber": True, "dataScrubberDefaults": True,
        "recapServerUrl": None, "storeCrashReports": None, "subjectTemplate": "$shortID - $title",
        "securityTokenHeader": None, "verifySSL": False, "scrubIPAddresses": False,
        "scrapeJavaScript": True, "enableAutoReleaseCreation": True, "highlightTags": [], "highlightContext": {},
        "highlightPreset": {"tags": [], "context": {}}, "groupingConfig": "newstyle:2023-01-11",
        "derivedGroupingEnhancements": "", "groupingEnhancements": "", "groupingEnhancementsBase": None,
        "groupingAutoUpdate": True, "secondaryGroupingExpiry": 0,
        "secondaryGroupingConfig": None, "fingerprintingRules": "", "processingIssues": 0,
        "defaultEnvironment": None, "relayPiiConfig": None, "builtinSymbolSources": [], "symbolSources": "[]",
        "dynamicSamplingBiases": None, "dynamicSamplingRules": None, "isDynamicallySampled": False,
        "tempestFetchScreenshots": False, "autofixAutomationTuning": "off", "seerScannerAutomation": False,
        "seerNightshiftTweaks": None, "scmSourceContextEnabled": False, "debugFilesRole": None, "plugins": [],
    }  # fmt: skip


def installation(view: View) -> dict[str, Any]:
    """The one internal integration: its uuid is what external issues are posted under."""
    return {
        "app": {"uuid": "0d9d7c6e-7b5b-4f4f-9a52-5d0f5a7d8e10", "slug": "vedette", "sentryAppId": 1},
        "organization": {"slug": view.config.organization, "id": 2},
        "uuid": view.config.installation,
        "status": "installed",
        "code": None,
    }
