"""How the tests of the settings read: an environment of their own, and toy integrations."""

from pathlib import Path

from vedette.config.load import Loaded, examine
from vedette.config.registry import Registry
from vedette.model.settings import Settings

TOYS = Registry("tests.config.toys")
ENVIRON = {
    "SENTRY_TOKEN": "value-of-sentry-token",
    "SENTRY_CLIENT_SECRET": "value-of-client-secret",
    "OLD_CLIENT_SECRET": "value-of-old-client-secret",
    "HOOK_TOKEN": "value-of-hook-token",
    "JIRA_TOKEN": "value-of-jira-token",
    "ASANA_PAT": "value-of-asana-pat",
    "LOGIN_SECRET": "value-of-login-secret",
    "DATABASE_URL": "postgresql://vedette:value-of-password@db.example.test/vedette",
    "SHORT": "short-value",
    "EMPTY": "",
}
VALUES = [value for value in ENVIRON.values() if value]

SENTRY = """\
sentry:
  url: https://sentry.example.test
  organization: acme
  token: env/SENTRY_TOKEN
  client_secret: env/SENTRY_CLIENT_SECRET
"""
JIRA = """\
trackers:
  jira: {kind: jira, url: https://acme.example.test, token: env/JIRA_TOKEN}
"""


def read(path: Path, **environ: str) -> Loaded:
    """What the file says, in the tests' environment and `environ`."""
    return examine(path, environ=ENVIRON | environ, registry=TOYS)


def settings_of(folder: Path, text: str, **environ: str) -> Settings:
    """The settings that the text says, as a file in the folder."""
    path = folder / "vedette.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path, **environ).settings
