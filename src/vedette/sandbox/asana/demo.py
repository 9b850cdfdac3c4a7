"""The invented company of the demonstration: its people, its boards, and a field of every kind."""

from vedette.sandbox.asana.settings import Config, CustomField, Kind, Option, Person, Portfolio, Project, Section, Tag

PEOPLE = (
    Person(gid="900", name="Vedette", email="bot@acme.test"),
    Person(gid="901", name="Lena Leadbetter", email="lead@acme.test"),
    Person(gid="902", name="Onno Callas", email="oncall@acme.test"),
)

FIELDS = (
    CustomField(gid="5001", name="Sentry stamp", kind=Kind.TEXT),
    CustomField(gid="5002", name="Estimate", kind=Kind.NUMBER),
    CustomField(
        gid="5003",
        name="Priority",
        kind=Kind.ENUM,
        options=(
            Option(gid="6004", name="Critical"),
            Option(gid="6001", name="High"),
            Option(gid="6002", name="Medium"),
            Option(gid="6005", name="Low"),
            Option(gid="6003", name="Urgent", enabled=False),
        ),
    ),
    CustomField(
        gid="5004",
        name="Team",
        kind=Kind.ENUM,
        options=(Option(gid="6011", name="Detections"), Option(gid="6012", name="Ingestion")),
    ),
    CustomField(
        gid="5005",
        name="Areas",
        kind=Kind.MULTI_ENUM,
        options=(Option(gid="6021", name="API"), Option(gid="6022", name="Billing")),
    ),
    CustomField(gid="5006", name="Triage by", kind=Kind.DATE),
    CustomField(gid="5007", name="Reviewers", kind=Kind.PEOPLE),
    CustomField(gid="5008", name="Related", kind=Kind.REFERENCE),
    CustomField(gid="5009", name="Reporter", kind=Kind.TEXT),
    CustomField(gid="5010", name="Score", kind=Kind.NUMBER, formula=True),
)
_ALL = tuple(field.gid for field in FIELDS)


def _sections(first: int, *names: str) -> tuple[Section, ...]:
    return tuple(Section(gid=str(first + place), name=name) for place, name in enumerate(names))


_BOARD = ("Untitled section", "Needs triage", "In progress", "Won't do")
PROJECTS = (
    Project(gid="12001", name="Detections backlog", sections=_sections(3001, *_BOARD), fields=_ALL),
    Project(gid="12002", name="Ingestion backlog", sections=_sections(3101, *_BOARD), fields=_ALL),
    Project(gid="12003", name="Errors without an owner", sections=_sections(3201, "Untitled section", "Needs triage")),
    Project(gid="12011", name="Sprint 41", sections=_sections(3301, *_BOARD), fields=_ALL, created=1_761_000_000.0),
    Project(gid="12012", name="Sprint 42", sections=_sections(3401, *_BOARD), fields=_ALL, created=1_762_000_000.0),
    # Archived, and yet created last; and portfolios hold others too: neither is a sprint to work in.
    Project(gid="12013", name="Sprint 40", sections=_sections(3501, *_BOARD), created=1_763_000_000.0, archived=True),
    Project(gid="12021", name="Sandbox 7", sections=_sections(3601, *_BOARD), fields=_ALL, created=1_762_500_000.0),
    Project(gid="12022", name="Errors of developers", sections=_sections(3701, *_BOARD), fields=_ALL),
    Project(gid="12031", name="Release 3.1", sections=_sections(3801, *_BOARD), created=1_761_500_000.0),
    Project(gid="12032", name="Release 3.2", sections=_sections(3901, *_BOARD), created=1_762_600_000.0),
)
PORTFOLIOS = (
    Portfolio(gid="7001", name="Detections sprints", items=("12011", "7003", "12012", "12013")),
    Portfolio(gid="7002", name="Empty", items=()),
    Portfolio(gid="7003", name="Sprints of last year", items=("12013",)),
    Portfolio(gid="7004", name="Sandboxes", items=("12021",)),
    Portfolio(gid="7005", name="Release testing", items=("12032", "12031")),
)
TAGS = (Tag(gid="8001", name="sentry"), Tag(gid="8002", name="on-call"))


def demo() -> Config:
    """The ready-made configuration: no faults; two backlogs, sprints in a portfolio, a field of every kind."""
    return Config(projects=PROJECTS, people=PEOPLE, fields=FIELDS, portfolios=PORTFOLIOS, tags=TAGS)
