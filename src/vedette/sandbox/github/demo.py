"""The invented company of the demonstration: three repositories and their people."""

from vedette.sandbox.github.settings import Config, Repository

PEOPLE = ("lena-lead", "onno-oncall", "paolo-pay")
TYPES = ("Bug", "Task")
LABELS = ("bug", "sentry", "vedette")


def demo() -> Config:
    """The ready-made configuration: no faults, repositories of acme, the label of the bot's tickets in place."""
    return Config(
        repositories=(
            Repository(
                id=501, name="acme/workbench", labels=LABELS, milestones=("Autumn",), people=PEOPLE, types=TYPES
            ),
            Repository(id=502, name="acme/payments", labels=LABELS, people=PEOPLE),
            Repository(id=503, name="acme/triage", labels=LABELS, people=PEOPLE),
        )
    )
