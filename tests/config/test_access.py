"""What the YAML says of access is what plans are made of."""

from datetime import date, timedelta
from pathlib import Path
from time import process_time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.config.reading import ENVIRON, SENTRY, TOYS, read, settings_of
from tests.config.test_broken import problems_of
from tests.config.test_describe import is_valid
from tests.config.test_fuzz import TREES, is_told, outcome, ways
from vedette.config.load import examine
from vedette.config.schema.slugs import slug_of
from vedette.errors import ConfigError
from vedette.model.access import (
    AccessSettings,
    AlertRules,
    DeclaredProject,
    DeclaredRole,
    DeclaredTeam,
    DirectoryFile,
    Guards,
    Managed,
    OrganizationWish,
    Person,
    Protected,
)
from vedette.model.org import OrgRole, OwnershipRules, TeamRole
from vedette.model.settings import Settings

TODAY = date(2026, 11, 21)
FULL = """\
access:
  instances: [default]
  manage: [teams, projects, members, organization]
  organization: {open_membership: false, join_requests: false, sso_required: true}
  teams:
    checkout:
    platform: {name: Platform, instances: [default]}
  projects:
    shop:
      teams: [checkout, platform, checkout]
      platform: python
      name: Shop
      description: Where people buy.
      subject_prefix: "[shop]"
      sensitive_fields: [card]
      safe_fields: []
      resolve_age: 30d
      allowed_domains: [shop.example]
      throttle: 50
      ownership: "path:src/** #checkout"
      alert_rules: [{name: hook, frequency: 5, actions: [{id: notify, service: webhooks}]}]
      instances: [default]
    worker:
      teams: [checkout]
      resolve_age: never
      ownership: {rules: "path:* #checkout", fallthrough: false, auto_assignment: Turn off Auto-Assignment}
      alert_rules: none
    left: {teams: [platform]}
  roles:
    developer: {role: member, teams: [checkout], expires: 2027-03-31, instances: [default]}
    chief: {role: manager, teams: {checkout: admin, platform: null}}
    viewer:
  people:
    ada: {email: ada@example.test, roles: [developer, chief, developer]}
    bo: {email: bo@example.test, roles: [viewer], expires: 2027-01-31}
    deploy-bot: {directory: 4711, bot: true, roles: [viewer], instances: [default]}
  protected: {people: [owner@example.test], teams: [platform], projects: [left]}
  guards: {share: 12.5%, floor: 3, deletions: 4, shrink: 100%}
  grace: 3d
  send_invites: false
  directory: {file: people.csv, id: login, email: address}
  every: 10m
  apply: true
  rate_per_s: 5.5
"""


def warnings_of(folder: Path, text: str) -> list[str]:
    path = folder / "vedette.yaml"
    path.write_text(text, encoding="utf-8")
    told = examine(path, environ=ENVIRON, registry=TOYS, today=TODAY).warnings
    return [str(each).replace(f"{path}:", "") for each in told if "no ticket will be cut" not in str(each)]


def test_a_file_that_says_nothing_of_access_declares_nothing(tmp_path: Path) -> None:
    access = settings_of(tmp_path, SENTRY).access
    assert (access, access.declared) == (AccessSettings(), False)


def test_teams_and_projects_are_read(tmp_path: Path) -> None:
    access = settings_of(tmp_path, SENTRY + FULL).access
    assert access.teams == {
        "checkout": DeclaredTeam("checkout"),
        "platform": DeclaredTeam("platform", "Platform", ("default",)),
    }
    assert access.projects == {
        "shop": DeclaredProject(
            "shop",
            teams=("checkout", "platform"),
            name="Shop",
            platform="python",
            description="Where people buy.",
            subject_prefix="[shop]",
            sensitive_fields=("card",),
            safe_fields=(),
            resolve_age=720,
            allowed_domains=("shop.example",),
            throttle=50,
            ownership=OwnershipRules("path:src/** #checkout"),
            alerts=AlertRules.DECLARED,
            alert_rules=({"name": "hook", "frequency": 5, "actions": [{"id": "notify", "service": "webhooks"}]},),
            instances=("default",),
        ),
        "worker": DeclaredProject(
            "worker",
            teams=("checkout",),
            resolve_age=0,
            ownership=OwnershipRules("path:* #checkout", fallthrough=False, auto_assignment="Turn off Auto-Assignment"),
            alerts=AlertRules.NONE,
        ),
        "left": DeclaredProject("left", teams=("platform",)),
    }


def test_roles_and_people_are_read(tmp_path: Path) -> None:
    access = settings_of(tmp_path, SENTRY + FULL).access
    assert access.roles == {
        "developer": DeclaredRole("developer", OrgRole.MEMBER, {"checkout": None}, date(2027, 3, 31), ("default",)),
        "chief": DeclaredRole("chief", OrgRole.MANAGER, {"checkout": TeamRole.ADMIN, "platform": None}),
        "viewer": DeclaredRole("viewer"),
    }
    assert access.people == {
        "ada": Person("ada", email="ada@example.test", roles=("developer", "chief")),
        "bo": Person("bo", email="bo@example.test", roles=("viewer",), expires=date(2027, 1, 31)),
        "deploy-bot": Person("deploy-bot", directory="4711", roles=("viewer",), bot=True, instances=("default",)),
    }


def test_everything_else_of_access_is_read(tmp_path: Path) -> None:
    access = settings_of(tmp_path, SENTRY + FULL).access
    assert access.organization == OrganizationWish(open_membership=False, join_requests=False, sso_required=True)
    assert access.protected == Protected(("owner@example.test",), ("platform",), ("left",))
    assert access.guards == Guards(share=0.125, floor=3, deletions=4, shrink=1.0)
    assert access.directory == DirectoryFile(str(tmp_path / "people.csv"), "login", "address")
    assert (access.grace, access.every) == (timedelta(days=3), timedelta(minutes=10))
    assert (access.send_invites, access.apply, access.rate_per_s) == (False, True, 5.5)
    assert (access.instances, access.manage) == (("default",), frozenset(Managed))


def test_editors_are_told_that_the_full_block_is_sound() -> None:
    assert is_valid(SENTRY + FULL)


def test_no_instances_means_every_one_there_is(tmp_path: Path) -> None:
    one = '{url: "https://sentry.example.test", organization: acme, token: env/SENTRY_TOKEN}'
    access = settings_of(tmp_path, f"sentry: {{stage: {one}, production: {one}}}\naccess: {{teams: {{a: }}}}\n").access
    assert access.instances == ("stage", "production")


def test_several_files_add_theirs(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "a.yaml").write_text("access: {teams: {checkout: }, protected: {teams: [checkout]}}\n", encoding="utf-8")
    (folder / "b.yaml").write_text("access: {teams: {platform: }, protected: {teams: [platform]}}\n", encoding="utf-8")
    access = settings_of(tmp_path, f"{SENTRY}include: [access/*.yaml]\n").access
    assert list(access.teams) == ["checkout", "platform"]
    assert access.protected.teams == ("checkout", "platform")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("teams: {checkout: }", "teams: {checkout: }"),
        ("teams: {a: }, projects: {shop: {teams: [a]}}", "projects: {shop: {platform: python}}"),
        ("roles: {chief: {role: admin}}", "roles: {chief: {teams: [a]}}"),
        ("roles: {r: }, people: {ada.l: {email: a@x.test, roles: [r]}}", "people: {ada.l: {bot: true}}"),
    ],
)
def test_one_thing_from_two_files_is_a_problem_that_names_both_places(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "a.yaml").write_text(f"access: {{{one}}}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"access: {{{other}}}\n", encoding="utf-8")
    path = tmp_path / "vedette.yaml"
    path.write_text(f"{SENTRY}include: [a.yaml, b.yaml]\n", encoding="utf-8")
    told = [each for each in problems_of(path) if "is set here and at a.yaml:1:" in each]
    assert len(told) == 1
    assert told[0].startswith("b.yaml:1:")


def test_half_a_project_has_nothing_to_say_beside_its_other_half(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("access: {projects: {shop: {platform: python}}}\n", encoding="utf-8")
    path = tmp_path / "vedette.yaml"
    path.write_text(
        f"{SENTRY}include: b.yaml\naccess: {{teams: {{a: }}, projects: {{shop: {{teams: [a]}}}}}}\n", encoding="utf-8"
    )
    assert problems_of(path) == [
        "b.yaml:1:21: access.projects.shop is set here and at vedette.yaml:7:35; keep one",
    ]


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    text = f"""{SENTRY}access:
  manage: [teams]
  organization: {{sso_required: true}}
  apply: true
  teams: {{a: }}
  projects:
    shop: {{teams: [a], throttle: 5}}
  roles:
    over: {{expires: 2026-11-21}}
    today: {{expires: 2026-11-22}}
    unused:
  people:
    ada: {{email: ada@x.test, roles: [over, today], expires: 2026-01-01}}
    bo: {{email: bo@x.test}}
"""
    assert warnings_of(tmp_path, text) == [
        "8:17: organization: is left alone, since access.manage does not name it; add organization to manage",
        "9:10: nothing is applied by itself without every:; add every: 10m, or drop it",
        "12:5: projects: is left alone, since access.manage does not name it; add projects to manage",
        "12:34: only GlitchTip can refuse a part of the events; drop it",
        "14:21: is over: the role gives nothing; drop it, or write a later day",
        "16:5: nobody has role unused; give it to somebody, or drop it",
        "18:5: people: is left alone, since access.manage does not name it; add members to manage",
        "18:61: is over: they have no role any more; drop it, or write a later day",
        "19:9: bo has no role, and with it no access; add roles: [NAME], or drop them",
    ]


def test_an_owner_that_sentry_would_refuse_is_a_warning(tmp_path: Path) -> None:
    text = f"""{SENTRY}access:
  teams: {{checkout: , platform: }}
  projects:
    shop:
      teams: [checkout]
      ownership: |
        # #nobody reads comments
        path:src/** #checkout ada@example.test

        "path:a file" #checkuot #platform
        no-owner-at-all
        path:x someone
    pay: {{teams: [checkout], ownership: {{rules: "path:#part #gone"}}}}
"""
    assert [each.split(":", 2)[2].split(";")[0] for each in warnings_of(tmp_path, text)] == [
        " line 4 of the rules names #checkuot, which is no team of the project: Sentry refuses such rules",
        " line 4 of the rules names #platform, which is no team of the project: Sentry refuses such rules",
        " line 6 of the rules has someone as an owner, which Sentry probably refuses",
        " line 1 of the rules names #gone, which is no team of the project: Sentry refuses such rules",
    ]


#: Mistakes of form under `access:`, which an editor shows while one writes.
FORMS = [
    "manage: [acounts]",
    "manage: []",
    "teams: {Checkout Team: }",
    'teams: {"4711": }',
    f"teams: {{{'a' * 51}: }}",
    "teams: {a: {nme: x}}",
    "projects: {a: {}}",
    "projects: {a: {teams: []}}",
    "projects: {a: {teams: [a], resolve_age: soon}}",
    "projects: {a: {teams: [a], throttle: 101}}",
    "projects: {a: {teams: [a], ownership: [x]}}",
    "projects: {a: {teams: [a], ownership: {rules: x, auto_assignment: nobody}}}",
    "projects: {a: {teams: [a], alert_rules: lave}}",
    "projects: {a: {teams: [a], alert_rules: []}}",
    "projects: {a: {teams: [a], alert_rules: [{frequency: 5}]}}",
    "roles: {two words: }",
    "roles: {r: {role: onwer}}",
    "roles: {r: {teams: all}}",
    "roles: {r: {teams: {a: boss}}}",
    "roles: {r: {expires: 31.03.2027}}",
    "people: {ada: }",
    "people: {ada: {email: ada}}",
    'people: {ada: {github: "@ada"}}',
    "people: {ada: {email: a@x.test, bot: maybe}}",
    "protected: {people: [owner]}",
    "guards: {share: 130%}",
    "guards: {shrink: 0.3}",
    "guards: {deletions: -1}",
    "grace: 7",
    "directory: {id: uid}",
    "rate_per_s: 0",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_mistake_of_form_is_shown_by_editors_and_by_the_loader(tmp_path: Path, form: str) -> None:
    text = f"{SENTRY}access:\n  {form}\n"
    assert not is_valid(text)
    path = tmp_path / "vedette.yaml"
    path.write_text(text, encoding="utf-8")
    assert [each for each in problems_of(path) if "vedette.yaml:7:" in each]


def test_what_glitchtip_has_no_place_for_is_a_warning(tmp_path: Path) -> None:
    text = f"""{SENTRY}  dialect: glitchtip
access:
  teams: {{a: }}
  projects: {{shop: {{teams: [a], throttle: 5, subject_prefix: x, ownership: "path:* #a"}}}}
"""
    assert warnings_of(tmp_path, text) == [
        "9:62: GlitchTip has no place for it; drop it",
        "9:76: GlitchTip has no place for it; drop it",
    ]


BO = "access:\n  roles: {r: }\n  people: {bo: {github: bo-example, roles: [r]}}\n"


def github(name: str) -> str:
    return f"  {name}: {{kind: github, url: https://{name}.example.test/api/v3, token: env/JIRA_TOKEN}}\n"


def read_with_vendors(folder: Path, text: str) -> AccessSettings:
    path = folder / "vedette.yaml"
    path.write_text(SENTRY + text, encoding="utf-8")
    return examine(path, environ=ENVIRON, today=TODAY).settings.access


def test_the_only_tracker_of_kind_github_looks_logins_up(tmp_path: Path) -> None:
    access = read_with_vendors(tmp_path, f"trackers:\n{github('gh')}{BO}")
    assert (access.github, access.people["bo"]) == ("gh", Person("bo", github="bo-example", roles=("r",)))


def test_a_tracker_that_is_named_looks_logins_up(tmp_path: Path) -> None:
    text = f"trackers:\n{github('one')}{github('two')}{BO}  github: two\n"
    assert read_with_vendors(tmp_path, text).github == "two"


@pytest.mark.parametrize(
    ("trackers", "cure"),
    [
        ("", "add a tracker of kind github"),
        (f"trackers:\n{github('one')}{github('two')}", "write github: one or two under access:"),
    ],
)
def test_a_login_that_nobody_could_look_up_is_a_problem(tmp_path: Path, trackers: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_with_vendors(tmp_path, trackers + BO)
    (told,) = caught.value.problems
    assert "GitHub shows addresses only to callers with a token" in told.message
    assert told.cure == cure


def test_the_fleet_of_an_organisation_is_read_within_seconds(tmp_path: Path) -> None:
    teams = "".join(f"    team-{at}:\n" for at in range(50))
    projects = "".join(
        f"    project-{at}: {{teams: [team-{at % 50}], resolve_age: 720h, sensitive_fields: [card, iban]}}\n"
        for at in range(500)
    )
    roles = "".join(f"    role-{at}: {{teams: [team-{at}]}}\n" for at in range(50))
    people = "".join(
        f"    person-{at}: {{email: p{at}@example.test, roles: [role-{at % 50}, role-{at * 7 % 50}]}}\n"
        for at in range(2000)
    )
    text = f"{SENTRY}access:\n  teams:\n{teams}  projects:\n{projects}  roles:\n{roles}  people:\n{people}"
    began = process_time()
    access = settings_of(tmp_path, text).access
    assert (len(access.people), len(access.projects), len(access.teams)) == (2000, 500, 50)
    assert process_time() - began < 5.0


def test_two_thousand_mistakes_are_told_within_seconds(tmp_path: Path) -> None:
    roles = "".join(f"    role-{at}:\n" for at in range(50))
    people = "".join(f"    person-{at}: {{email: p{at}@example.test, roles: [rle-{at}]}}\n" for at in range(2000))
    path = tmp_path / "vedette.yaml"
    path.write_text(f"{SENTRY}access:\n  roles:\n{roles}  people:\n{people}", encoding="utf-8")
    began = process_time()
    assert len(problems_of(path)) == 2000
    assert process_time() - began < 15.0


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Checkout Team", "checkout-team"), ("Größe", "grosse"), ("a  /  b", "a-b"), ("ok_1", "ok_1"), ("4711", "")],
)
def test_a_name_becomes_the_slug_that_is_meant(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(max_size=40))
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    assert slug_of(slug_of(text)) == slug_of(text)


SOUND = yaml.safe_load(SENTRY + FULL)


@given(st.sampled_from([way for way in ways(SOUND) if way[:1] == ("access",)]), TREES)
def test_access_with_any_one_value_exchanged_gives_settings_or_problems(way: tuple[str, ...], value: object) -> None:
    tree = yaml.safe_load(yaml.safe_dump(SOUND))
    place = tree
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    text = yaml.safe_dump(tree, allow_unicode=True)
    found = outcome(text)
    assert isinstance(found, Settings) or found.problems
    assert is_told(text, found) == []


def test_a_day_that_is_over_is_held_against_the_clock_unless_a_day_is_given(tmp_path: Path) -> None:
    text = (
        f"{SENTRY}access:\n  roles: {{r: {{expires: 2020-01-01}}}}\n  people: {{a: {{email: a@x.test, roles: [r]}}}}\n"
    )
    path = tmp_path / "vedette.yaml"
    path.write_text(text, encoding="utf-8")
    assert any("is over" in str(each) for each in read(path).warnings)
