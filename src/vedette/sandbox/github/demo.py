"""The invented company of the demonstration: three repositories, their people and the profiles of these."""

from vedette.sandbox.github.settings import Config, Profile, Repository

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
        ),
        profiles=(
            Profile(login="lena-lead", email="lena@acme.example"),
            Profile(login="onno-oncall"),
            Profile(login="paolo-pay", email="paolo@acme.example"),
            Profile(login="acme", email="office@acme.example", type="Organization"),
        ),
    )
