"""The invented company of the demonstration: two teams, their workflows and their people."""

from vedette.sandbox.linear.settings import Config, Label, Person, Project, Team, WorkflowState, known_id

_WORKFLOW = (
    ("Triage", "triage"),
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("In Review", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
    ("Duplicate", "duplicate"),
)


def _person(handle: str, name: str) -> Person:
    return Person(id=known_id(f"person {handle}"), name=name, display_name=handle, email=f"{handle}@acme.test")


PEOPLE = (
    _person("vedette", "Vedette"),
    _person("lead", "Lena Leadbetter"),
    _person("oncall", "Onno Callas"),
)


def _team(key: str, name: str) -> Team:
    states = tuple(
        WorkflowState(id=known_id(f"state {key} {status}"), name=status, type=kind, position=float(place))
        for place, (status, kind) in enumerate(_WORKFLOW)
    )
    return Team(
        id=known_id(f"team {key}"), key=key, name=name, states=states, members=tuple(each.id for each in PEOPLE)
    )


TEAMS = (_team("ENG", "Engineering"), _team("PAY", "Payments"))


def demo() -> Config:
    """The ready-made configuration: no faults, teams ENG and PAY, the label of the bot's tickets in place."""
    return Config(
        teams=TEAMS,
        people=PEOPLE,
        labels=(
            Label(id=known_id("label vedette"), name="vedette"),
            Label(id=known_id("label sentry"), name="sentry"),
            Label(id=known_id("label eng bug"), name="bug", team="ENG"),
        ),
        projects=(Project(id=known_id("project reliability"), name="Reliability", teams=("ENG",)),),
        bot=PEOPLE[0].id,
    )
