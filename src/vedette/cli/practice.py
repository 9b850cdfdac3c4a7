"""Practice ground: a stand-in Sentry and a tracker for each team, and the settings that fit them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vedette.errors import VedetteError
from vedette.sandbox import asana, github
from vedette.sandbox.asana import AsanaStandIn
from vedette.sandbox.github import GitHubStandIn
from vedette.sandbox.jira import Face, JiraStandIn, Verdict, judge
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


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the stand-ins listen; 0 is any free port."""

    sentry: int = 0
    jira: int = 0
    asana: int = 0
    github: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A ticket that a stand-in has: the tracker by its name in the settings, and project, board or repository."""

    tracker: str
    place: str
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The stand-ins, listening: Sentry, and a tracker for each team."""

    sentry: SentryStandIn
    jira: JiraStandIn
    asana: AsanaStandIn
    github: GitHubStandIn

    @property
    def secrets(self) -> Mapping[str, str]:
        """What the settings refer to, by the names of environment variables."""
        return {
            "SENTRY_TOKEN": self.sentry.token,
            "SENTRY_CLIENT_SECRET": CLIENT_SECRET,
            "JIRA_TOKEN": self.jira.config.token,
            "ASANA_TOKEN": self.asana.config.token,
            "GITHUB_TOKEN": self.github.config.token,
        }

    @property
    def dsns(self) -> Mapping[str, str]:
        """The DSN of each Sentry project."""
        return {slug: self.sentry.dsn(slug) for slug in self.sentry.memory.projects}

    @property
    def boards(self) -> Mapping[str, str]:
        """The page of tickets of each tracker, by the vendor's name."""
        return {"Jira": f"{self.jira.url}/", "Asana": f"{self.asana.url}/", "GitHub": f"{self.github.url}/"}

    def tickets(self) -> list[Kept]:
        """Every ticket, tracker by tracker, oldest first."""
        names = {each.gid: each.name for each in self.asana.config.projects}
        return [
            *(Kept("jira", each["project"], each["key"], each["summary"]) for each in self.jira.tickets()),
            *(
                Kept("asana", ", ".join(names.get(gid, gid) for gid in each["projects"]), each["key"], each["summary"])
                for each in self.asana.tickets()
            ),
            *(Kept("github", each["project"], each["key"], each["summary"]) for each in self.github.tickets()),
        ]

    def verdicts(self) -> list[Verdict]:
        """What the judge says of each tracker's log."""
        return [judge(stand_in.log()) for stand_in in (self.jira, self.asana, self.github)]


_ANYWHERE = Ports()


@contextmanager
def practice_ground(ports: Ports = _ANYWHERE, *, face: Face = Face.CLOUD) -> Iterator[Ground]:
    """The stand-ins on loopback; raises VedetteError where a port is taken."""
    wanted = StandInConfig(organization=ORGANIZATION, port=ports.sentry, rules=RULES)
    with ExitStack() as standing:
        try:
            yield Ground(
                standing.enter_context(SentryStandIn(wanted)),
                standing.enter_context(JiraStandIn(company(face), port=ports.jira)),
                standing.enter_context(AsanaStandIn(_boards(), port=ports.asana)),
                standing.enter_context(GitHubStandIn(_repositories(), port=ports.github)),
            )
        except OSError as problem:
            raise VedetteError(
                f"a stand-in cannot listen on its port ({problem.strerror}); choose others with --sentry-port, "
                "--jira-port, --asana-port and --github-port, 0 takes any free one"
            ) from None


def _boards() -> asana.Config:
    """The invented company's boards, and one for the team of the sample shop."""
    config = asana.demo()
    first = config.projects[0]
    sections = tuple(
        msgspec.structs.replace(each, gid=str(3901 + number)) for number, each in enumerate(first.sections)
    )
    board = msgspec.structs.replace(first, gid="12021", name="Merchant", sections=sections)
    return msgspec.structs.replace(config, projects=(*config.projects, board))


def _repositories() -> github.Config:
    """The invented company's repositories, and one for the team of the sample shop."""
    config = github.demo()
    repository = msgspec.structs.replace(config.repositories[0], id=504, name="acme/search")
    return msgspec.structs.replace(config, repositories=(*config.repositories, repository))


def settings_text(ground: Ground, *, home: Path | None, hooks: str, pages: str) -> str:
    """A vedette.yaml for the stand-ins and the sample shop; `hooks` and `pages`: host:port of the listeners.

    With a `home` it is whole in that folder: secrets and CODEOWNERS are files there, and so is the store. Without, the
    secrets are environment variables and the CODEOWNERS stands in it.
    """
    config = ground.jira.config
    return _TEMPLATE.format(
        sentry=ground.sentry.url,
        jira=ground.jira.url,
        asana=ground.asana.url,
        github=ground.github.url,
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
  asana:
    kind: asana
    url: {asana}/api/1.0
    workspace: "1200"
    token: {secrets}/ASANA_TOKEN
    stamp_field: Sentry stamp
    rate_per_s: 100
    concurrency: 8
  github:
    kind: github
    url: {github}
    token: {secrets}/GITHUB_TOKEN
    rate_per_s: 100
    concurrency: 8

ownership:
  codeowners:
    - name: CODEOWNERS
      {owners}

teams:
  "@acme/checkout":
    route: {{tracker: jira, project: PAY, type: Bug, components: [Checkout], labels: [sentry], status: Need Triage}}
  "@acme/merchant-external":
    route: {{tracker: asana, project: Merchant, section: Needs triage, labels: [sentry]}}
  "@acme/search":
    route: {{tracker: github, project: acme/search, type: Bug, labels: [sentry]}}

routes:
  default: {{tracker: jira, project: TRIAGE, type: Bug, labels: [sentry]}}

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

sinks:
  counts: {{kind: jsonl, path: counts.jsonl, sandbox: true}}

monitor:
  every: 1m                           # usually 5m: on a practice ground nobody waits that long
  delay: 5s
  filters:
    everything:
    checkout: {{projects: [checkout], group_by: [environment]}}
"""
