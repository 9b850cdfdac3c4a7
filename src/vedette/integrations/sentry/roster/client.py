"""Client: the `Roster` that a Sentry server, new or old, or a GlitchTip is; calls, and no decisions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.hand import Hand
from vedette.integrations.sentry.roster.keys import Keys
from vedette.integrations.sentry.roster.members import Members
from vedette.integrations.sentry.roster.memberships import Memberships
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.projects import Projects
from vedette.integrations.sentry.roster.reading import Look
from vedette.integrations.sentry.roster.requests import Requests
from vedette.integrations.sentry.roster.rules import Rules
from vedette.integrations.sentry.roster.talkers import Talkers
from vedette.integrations.sentry.roster.talking import RosterTalker
from vedette.integrations.sentry.roster.teams import Teams
from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenameTeam,
    RenewInvitation,
    SetOrganization,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import AccessRequest, Details, Organization, ProjectKey, Talkativeness
from vedette.model.plan import Fate
from vedette.model.settings import SentryInstance
from vedette.ports.http import Fence

#: GlitchTip deletes a project's events before it answers, which takes longer than any usual call:
#: https://github.com/app-sre/qontract-reconcile/pull/3729.
_LONG = timedelta(minutes=10)


class SentryRoster:
    """One Sentry instance, as the `Roster` role asks for it. Safe for threads."""

    def __init__(self, instance: SentryInstance) -> None:
        self._instance = instance
        self._talker = RosterTalker(instance)
        self._patient = RosterTalker(replace(instance, timeout=max(_LONG, instance.timeout)))
        self._places = Places.of(instance)
        hand = Hand(self._talker, self._patient, self._places, instance.dialect)
        self._memberships = Memberships(hand)
        self._members = Members(hand, self._memberships)
        self._teams, self._projects, self._rules = Teams(hand), Projects(hand), Rules(hand)
        self._requests = Requests(self._talker, self._places, instance.dialect)

    @property
    def instance(self) -> str:
        """The name in the settings."""
        return self._instance.name

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()
        self._patient.close()

    def read(self, details: Details, *, now: datetime, pace: Callable[[], None]) -> Organization:
        """The organisation, whole."""
        return Look(self._instance, self._places, self._errands(pace)).read(details, now=now)

    def perform(self, change: Change, *, fence: Fence) -> tuple[Fate, str]:
        """Do one change; the fence is shared by the calls that it takes."""
        match change:
            case SetOrganization() | CreateTeam() | RenameTeam() | DeleteTeam():
                return self._teams.perform(change, fence=fence)
            case CreateProject() | LinkTeam() | UnlinkTeam() | UpdateProject() | DeleteProject():
                return self._projects.perform(change, fence=fence)
            case SetOwnership() | CreateAlertRule() | DeleteAlertRule():
                return self._rules.perform(change, fence=fence)
            case InviteMember() | RenewInvitation() | SetRole() | DeleteDuplicate() | DeleteMember():
                return self._members.perform(change, fence=fence)
            case JoinTeam() | SetTeamRole() | LeaveTeam():
                return self._memberships.perform(change, fence=fence)

    def holds(self, change: Change) -> bool:
        """Whether the server is now as the change would make it, read anew."""
        match change:
            case SetOrganization() | CreateTeam() | RenameTeam() | DeleteTeam():
                return self._teams.holds(change)
            case CreateProject() | LinkTeam() | UnlinkTeam() | UpdateProject() | DeleteProject():
                return self._projects.holds(change)
            case SetOwnership() | CreateAlertRule() | DeleteAlertRule():
                return self._rules.holds(change)
            case InviteMember() | RenewInvitation() | SetRole() | DeleteDuplicate() | DeleteMember():
                return self._members.holds(change)
            case JoinTeam() | SetTeamRole() | LeaveTeam():
                return self._memberships.holds(change)

    def requests(self, *, pace: Callable[[], None]) -> Sequence[AccessRequest]:
        """Who waits for access."""
        return self._requests.all(self._errands(pace))

    def answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        """Approve or deny a request."""
        self._requests.answer(request, approve=approve, fence=fence)

    def keys(self, project: str, *, pace: Callable[[], None]) -> Sequence[ProjectKey]:
        """The keys of one project, or of all with ""."""
        keys = Keys(self._errands(pace), self._places, self._instance.dialect)
        return keys.of(project) if project else keys.all()

    def talkers(
        self, *, since: datetime, until: datetime, every: timedelta, pace: Callable[[], None]
    ) -> Sequence[Talkativeness]:
        """Events by project within the span, the loudest first."""
        talkers = Talkers(self._errands(pace), self._places, self._instance.dialect)
        return talkers.within(since=since, until=until, every=every)

    def _errands(self, pace: Callable[[], None]) -> Errands:
        return Errands(self._talker, pace)
