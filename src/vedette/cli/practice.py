"""Practice ground: the stand-in Sentry and Jira together, and the settings that fit them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vedette.errors import VedetteError
from vedette.sandbox.jira import Face, JiraStandIn, Project
from vedette.sandbox.jira import demo as company
from vedette.sandbox.sample_app import codeowners
from vedette.sandbox.sentry import AlertRule, RuleKind, SentryStandIn, StandInConfig

ORGANIZATION = "acme"
CLIENT_SECRET = "stand-in-client-secret"  # noqa: S105 - the stand-in's door is on loopback and its key is public
#: A rule for the first time and one for each time after, so that repeated errors are heard of too.
RULES = (
    AlertRule(1, "A new issue is created"),
    AlertRule(2, "An issue is seen more than once", RuleKind.SEEN_MORE, count=1, every=0),
)
_SEARCH = Project(
    id="10400", key="FIND", name="Search", lead="lead", components=("Index",), assignable=("lead", "oncall", "bot")
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Both stand-ins, listening."""

    sentry: SentryStandIn
    jira: JiraStandIn

    @property
    def secrets(self) -> Mapping[str, str]:
        """What the settings refer to, by the names of environment variables."""
        return {
            "SENTRY_TOKEN": self.sentry.token,
            "SENTRY_CLIENT_SECRET": CLIENT_SECRET,
            "JIRA_TOKEN": self.jira.config.token,
        }

    @property
    def dsns(self) -> Mapping[str, str]:
        """The DSN of each Sentry project."""
        return {slug: self.sentry.dsn(slug) for slug in self.sentry.memory.projects}


@contextmanager
def practice_ground(*, sentry_port: int = 0, jira_port: int = 0, face: Face = Face.CLOUD) -> Iterator[Ground]:
    """Both stand-ins on loopback (port 0: any free one); raises VedetteError where a port is taken."""
    people = company(face)
    config = msgspec.structs.replace(people, projects=(*people.projects, _SEARCH))
    wanted = StandInConfig(organization=ORGANIZATION, port=sentry_port, rules=RULES)
    with ExitStack() as standing:
        try:
            sentry = standing.enter_context(SentryStandIn(wanted))
            jira = standing.enter_context(JiraStandIn(config, port=jira_port))
        except OSError as problem:
            raise VedetteError(
                f"a stand-in cannot listen on its port ({problem.strerror}); choose others with --sentry-port and "
                "--jira-port, 0 takes any free one"
            ) from None
        yield Ground(sentry, jira)


def settings_text(ground: Ground, *, home: Path | None, hooks: str, pages: str) -> str:
    """A vedette.yaml for the stand-ins and the sample shop; `hooks` and `pages`: host:port of the listeners.

    With a `home` it is whole in that folder: secrets and CODEOWNERS are files there, and so is the store. Without, the
    secrets are environment variables and the CODEOWNERS stands in it.
    """
    config = ground.jira.config
    return _TEMPLATE.format(
        sentry=ground.sentry.url,
        jira=ground.jira.url,
        email=f"\n    email: {config.email}" if config.face is Face.CLOUD else "",
        organization=ORGANIZATION,
        secrets="file" if home else "env",
        owners="file: CODEOWNERS" if home else _as_text(codeowners()),
        store=f"sqlite:///{home}/vedette.db" if home else "sqlite:///vedette.db",
        hooks=hooks,
        pages=pages,
    )


def _as_text(owners: str) -> str:
    return "text: |\n" + "\n".join(f"        {line}" for line in owners.splitlines())


_TEMPLATE = """\
# Settings for the stand-ins of `vedette sandbox` and `vedette demo`: nothing here reaches a real vendor.
mode: development

sentry:
  url: {sentry}
  organization: {organization}
  token: {secrets}/SENTRY_TOKEN
  client_secret: {secrets}/SENTRY_CLIENT_SECRET
  rate_per_s: 100
  concurrency: 8

trackers:
  jira:
    kind: jira
    url: {jira}{email}
    token: {secrets}/JIRA_TOKEN
    rate_per_s: 100
    concurrency: 8

ownership:
  codeowners:
    - name: CODEOWNERS
      {owners}

teams:
  "@acme/checkout":
    route: {{project: PAY, type: Bug, components: [Checkout], labels: [sentry], status: Need Triage}}
  "@acme/merchant-external":
    route: {{project: WB, type: Bug, components: [External API], labels: [sentry], status: Need Triage}}
  "@acme/search":
    route: {{project: FIND, type: Bug, components: [Index], labels: [sentry], status: Need Triage}}

routes:
  default: {{project: TRIAGE, type: Bug, labels: [sentry]}}

tickets:
  refresh: 0s                         # read a ticket anew for every decision: the stand-in has the time
  policies:
    - name: every alert
      on: [alert, poll]
      when: {{last_seen_within: 24h, events_over: 50}}

store:
  url: {store}

web:
  hooks: {hooks}
  pages: {pages}
  base_url: http://{pages}
"""
