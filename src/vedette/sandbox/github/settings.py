"""What a stand-in GitHub is told before it starts: repositories, people, rights, and how badly it should behave."""

import msgspec

from vedette.sandbox.stage.settings import Manners, Setting


class Repository(Setting, frozen=True, kw_only=True):
    """A repository and what the bot may do there; one that is not `visible` is private and answers 404."""

    id: int
    name: str  # owner/repository
    labels: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    types: tuple[str, ...] = ()  # the organisation's issue types
    role: str = "write"  # read, triage, write or admin
    visible: bool = True
    has_issues: bool = True
    archived: bool = False


class Profile(Setting, frozen=True, kw_only=True):
    """An account that people can look at; `email` None is one that hides its address."""

    login: str
    email: str | None = None
    type: str = "User"  # or Organization


class App(Setting, frozen=True, kw_only=True):
    """A GitHub App with one installation; `modulus` and `exponent` are its public key, hexadecimal and decimal."""

    id: str
    slug: str
    installation: int
    modulus: str
    exponent: int = 65537
    permissions: dict[str, str] = msgspec.field(default_factory=lambda: {"issues": "write", "metadata": "read"})
    token_lasts: float = 3600.0


class Config(Manners, frozen=True, kw_only=True):
    """All of a stand-in. With an `app`, the token of an account opens nothing."""

    repositories: tuple[Repository, ...]
    bot: str = "vedette-bot"
    token: str = "ghp_sandbox"  # noqa: S105 - the stand-in's door is on loopback and its key is public
    app: App | None = None
    profiles: tuple[Profile, ...] = ()
    index_lag: float = 30.0
    searches_per_minute: int = 30
    calls_per_hour: int = 5000
    calls_per_hour_without_token: int = 60
