"""The invented company of the demonstration: three teams, their projects and their people."""

from vedette.sandbox.jira.settings import Config, Face, Person, Project


def _person(handle: str, name: str) -> Person:
    account = f"5b10a2844c20165700ed{handle}"
    return Person(account_id=account, username=handle, name=name, email=f"{handle}@acme.test")


PEOPLE = (
    _person("bot", "Vedette"),
    _person("lead", "Lena Leadbetter"),
    _person("pay-lead", "Paolo Payne"),
    _person("oncall", "Onno Callas"),
)

PROJECTS = (
    Project(
        id="10100",
        key="WB",
        name="Merchant workbench",
        lead="lead",
        components=("External API", "Webhooks", "Backend"),
        assignable=("lead", "oncall", "bot"),
    ),
    Project(
        id="10200",
        key="PAY",
        name="Payments",
        lead="pay-lead",
        components=("Checkout", "Invoices"),
        assignable=("pay-lead", "oncall", "bot"),
    ),
    Project(
        id="10300",
        key="TRIAGE",
        name="Errors without an owner",
        lead="oncall",
        components=("Unowned",),
        assignable=("oncall", "lead", "pay-lead", "bot"),
    ),
)


def demo(face: Face = Face.CLOUD) -> Config:
    """The ready-made configuration: no faults, no lag, projects WB, PAY and TRIAGE."""
    return Config(projects=PROJECTS, people=PEOPLE, face=face)
