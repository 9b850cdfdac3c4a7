"""A GitHub tracker before a stand-in, as the conformance suite and the tests of this folder want it."""

import functools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conformance.trackers import Held, Trouble
from vedette.integrations.github import Config, GitHubTracker
from vedette.model.secret import Secret
from vedette.model.tickets import Route, TicketRef
from vedette.sandbox.github import App, GitHubStandIn, Kind, demo
from vedette.sandbox.github import Config as StandInConfig
from vedette.sandbox.github.state import State
from vedette.sandbox.sentry.hooks import tls

KINDS = {
    Trouble.HANG_AFTER_COMMIT: Kind.COMMIT_HANG,
    Trouble.RESET_AFTER_COMMIT: Kind.COMMIT_RESET,
    Trouble.BAD_GATEWAY_AFTER_COMMIT: Kind.COMMIT_502,
    Trouble.TRUNCATED_AFTER_COMMIT: Kind.COMMIT_TRUNCATE,
    Trouble.LATE_COMMIT: Kind.COMMIT_LATE,
    Trouble.LIMITED_SECONDS: Kind.LIMIT_SECONDS,
    Trouble.LIMITED_DATE: Kind.LIMIT_DATE,
    Trouble.DOWN: Kind.MAINTENANCE,
    Trouble.BROKEN: Kind.ERROR_500,
    Trouble.STRANGER: Kind.UNAUTHORISED,
    Trouble.LOGIN_PAGE: Kind.LOGIN_PAGE,
    Trouble.CONFLICT: Kind.CONFLICT,
    Trouble.RESET: Kind.RESET,
}
ROUTE = Route(
    tracker="github",
    project="acme/workbench",
    labels=("sentry", "bug"),
    assignee="lena-lead",
    status="Open",
    type="Bug",
    fields={"milestone": "Autumn"},
)
NOWHERE = Route(tracker="github", project="acme/nope")
_ID = re.compile(r"<!-- vedette: \S+ ([0-9a-f]+) -->\s*\Z")


@functools.cache
def key_pair() -> rsa.RSAPrivateKey:
    """One key for the whole test process, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    """The private key as GitHub hands it out."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key_pair().private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def installed(**changes: Any) -> App:
    """An App of which the stand-in knows the public half of the key."""
    numbers = key_pair().public_key().public_numbers()
    shared: dict[str, Any] = {"id": "4242", "slug": "vedette", "installation": 77}
    return App(**{**shared, "modulus": f"{numbers.n:x}", "exponent": numbers.e, **changes})


def settings_for(github: GitHubStandIn) -> Config:
    """What an operator would write for this stand-in."""
    if github.config.app is None:
        return Config(url=github.url, token=Secret((github.config.token,), "env/GITHUB_TOKEN"))
    key = Secret((pem(),), "file/vedette.pem")
    return Config(url=github.url, app_id="4242", installation_id="77", private_key=key)


@dataclass
class GitHubCase:
    """A tracker and the stand-in behind it."""

    github: GitHubStandIn
    tracker: GitHubTracker
    route: Route = ROUTE
    refused: Route = NOWHERE
    done_status: str = "completed"
    open_status: str = "open"
    wont_do_status: str = "Won't do"
    secrets: tuple[str, ...] = ("ghp_sandbox", "ghs_sandbox", "kept-out", "PRIVATE KEY")

    def trouble(self, trouble: Trouble) -> None:
        self._fault(trouble, on="write", seconds=0.2 if trouble is Trouble.LATE_COMMIT else 2)

    def reading_trouble(self, trouble: Trouble) -> None:
        self._fault(trouble, on="read", seconds=2)

    def _fault(self, trouble: Trouble, *, on: str, seconds: float) -> None:
        # An App asks for another token and tries once more.
        again = trouble is Trouble.STRANGER and self.github.config.app is not None
        self.github.fault(KINDS[trouble], on=on, times=2 if again else 1, seconds=seconds)

    def held(self) -> Sequence[Held]:
        return [
            Held(
                id=_id_in(each),
                key=each["key"],
                title=each["summary"],
                done=each["category"] == "done",
                comments=len(each["comments"]),
                links=each["body"].count("[Sentry issue]("),
            )
            for each in self.github.tickets()
        ]

    def move(self, ref: TicketRef) -> None:
        self.behind("move", key=ref.key, project="acme/payments")

    def delete(self, ref: TicketRef) -> None:
        self.behind("delete", key=ref.key)

    def behind(self, string: str, **asked: Any) -> None:
        """Pull a string of the stand-in's."""
        httpx2.post(f"{self.github.url}/_standin/{string}", json=asked, verify=tls()).raise_for_status()

    @property
    def login(self) -> str:
        """The author of the tracker's issues."""
        return "vedette-bot" if self.github.config.app is None else "vedette[bot]"

    def stranger(self, title: str) -> str:
        """An issue that somebody else made in the workbench; its address."""

        def made(state: State) -> str:
            repository = state.named("acme/workbench")
            assert repository is not None
            return state.key(state.create(repository, title=title, author="lena-lead"))

        return self.github.on_loop(made)

    def skip(self, numbers: int) -> None:
        """Let discussions of the workbench take that many numbers."""
        self.github.on_loop(lambda state: state.skip(501, numbers))

    def bare(self, key: str) -> None:
        """Take labels, assignees and body from an issue."""

        def strip(state: State) -> None:
            found = next(each for each in state.issues.values() if state.key(each) == key)
            state.commit("edit", replace(found, labels=(), assignees=(), body=None, milestone="", type=""))

        self.github.on_loop(strip)

    def calls(self) -> list[str]:
        """Every call so far, as method and path."""
        return [f"{each.method} {each.path}" for each in self.github.exchanges()]


def _id_in(issue: dict[str, Any]) -> str:
    found = _ID.search(issue["body"])
    return found[1] if found else issue["key"]


def with_repository(config: StandInConfig, **changes: Any) -> StandInConfig:
    """The configuration with keys of the workbench changed."""
    first, *rest = config.repositories
    return msgspec.structs.replace(config, repositories=(msgspec.structs.replace(first, **changes), *rest))


@contextmanager
def standing(config: StandInConfig | None = None, *, timeout: float = 1.0) -> Iterator[GitHubCase]:
    """A stand-in and a tracker that gives up after `timeout` seconds."""
    with GitHubStandIn(config or demo(), recording=True) as github:
        tracker = GitHubTracker("github", settings_for(github), timeout=timedelta(seconds=timeout))
        try:
            yield GitHubCase(github, tracker)
        finally:
            tracker.close_connections()
