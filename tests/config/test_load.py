"""What the YAML says is what flows and rules read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.config.reading import ENVIRON, JIRA, SENTRY, TOYS, VALUES, read, settings_of
from vedette.config.load import load, reload
from vedette.errors import ConfigError
from vedette.model.events import Trigger
from vedette.model.flood import NO_CAP, UNCAPPED, Caps
from vedette.model.growth import Growth
from vedette.model.issues import CountSpan
from vedette.model.owners import CodeownersSource, EntityKind, PathMap, Resolver
from vedette.model.policies import ClosedTicket, Mute, Policy, PolicyChange, Rest, TicketSettings, When
from vedette.model.recall import Hook, RecallSettings
from vedette.model.settings import (
    Dialect,
    Listen,
    Mode,
    QueueSettings,
    SentryInstance,
    Settings,
    StoreSettings,
    WebSettings,
)
from vedette.model.tickets import Route

AGREED = """\
mode: production                  # or staging, development: sandboxed destinations only
sentry:                           # a bare block is the instance "default"; several: a map of names
  url: https://sentry.io
  organization: acme
  token: env/SENTRY_TOKEN
  client_secret: env/SENTRY_CLIENT_SECRET
trackers:
  jira:  {kind: jira, url: https://acme.atlassian.net, email: bot@acme.io, token: env/JIRA_TOKEN}
  asana: {kind: asana, workspace: "1200", token: env/ASANA_PAT}
ownership:
  codeowners:
    - {repository: acme/clroot, file: ./CODEOWNERS, projects: [merchant-external-api], map: [{from: /app/, to: ""}, {from: /source/, to: sweeper/}]}
teams:
  "@acme/merchant-external":
    route: {tracker: jira, project: WB, type: Bug, components: [External API], labels: [sentry], status: Need Triage, assignee: lead@acme.io}
routes:
  default: {tracker: jira, project: TRIAGE}
tickets:
  policies:
    - projects: [merchant-external-api, merchant-backend]
      on: [alert, poll]
      every: 15m
      when: {last_seen_within: 24h, events_over: 50}
      closed_ticket: new            # or reopen | comment | quiet 14d
      wont_do: quiet 90d            # or new
"""  # noqa: E501 - the agreed page writes it so


@pytest.fixture
def agreed(tmp_path: Path) -> Settings:
    return settings_of(tmp_path, AGREED)


def test_a_bare_sentry_block_is_the_instance_default(agreed: Settings) -> None:
    instance = agreed.instances["default"]
    assert list(agreed.instances) == ["default"]
    assert (instance.url, instance.organization, instance.dialect) == ("https://sentry.io", "acme", Dialect.SENTRY)
    assert instance.token.reveal() == ENVIRON["SENTRY_TOKEN"]


def test_a_tracker_has_its_own_typed_settings(agreed: Settings) -> None:
    jira = agreed.trackers["jira"]
    assert (jira.kind, jira.config.email, jira.config.flavour) == ("jira", "bot@acme.io", "cloud")
    assert jira.config.token.reveal() == ENVIRON["JIRA_TOKEN"]
    assert agreed.trackers["asana"].config.workspace == "1200"


def test_a_repository_with_a_file_is_read_from_the_file(agreed: Settings, tmp_path: Path) -> None:
    assert agreed.codeowners == (
        CodeownersSource(
            name="acme/clroot",
            projects=("merchant-external-api",),
            file=tmp_path / "CODEOWNERS",
            maps=(PathMap("/app/", ""), PathMap("/source/", "sweeper/")),
        ),
    )


def test_a_team_has_its_route_and_the_rest_the_default(agreed: Settings) -> None:
    assert agreed.teams["@acme/merchant-external"].route == Route(
        tracker="jira",
        project="WB",
        type="Bug",
        components=("External API",),
        labels=("sentry",),
        status="Need Triage",
        assignee="lead@acme.io",
    )
    assert agreed.default_route == Route(tracker="jira", project="TRIAGE")


def test_a_policy_says_when_and_what_then(agreed: Settings) -> None:
    assert agreed.policies == (
        Policy(
            name="merchant-external-api+merchant-backend",
            projects=("merchant-external-api", "merchant-backend"),
            on=frozenset({Trigger.ALERT, Trigger.POLL}),
            every=timedelta(minutes=15),
            when=When(last_seen_within=timedelta(hours=24), events_over=50),
            closed_ticket=Rest(ClosedTicket.NEW),
            wont_do=Rest(ClosedTicket.QUIET, 90),
        ),
    )


def test_every_setting_knows_where_it_stands(agreed: Settings, tmp_path: Path) -> None:
    at = f"{tmp_path}/vedette.yaml"
    asked = ["teams.@acme/merchant-external.route.project", "sentry.default.token", "tickets.policies.0.every"]
    assert [agreed.where[name] for name in asked] == [f"{at}:15:28", f"{at}:5:3", f"{at}:22:7"]
    assert agreed.where["tickets.policies.merchant-external-api+merchant-backend"] == f"{at}:20:7"
    assert agreed.where["ownership.codeowners.acme/clroot"] == f"{at}:12:7"


def test_what_is_not_written_has_its_usual_value(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SENTRY)
    usual = Settings(mode=Mode.PRODUCTION, instances=settings.instances, trackers={}, where=settings.where)
    assert settings == usual
    default = settings.instances["default"]
    assert default == SentryInstance(
        name="default",
        url=default.url,
        organization="acme",
        token=default.token,
        client_secret=default.client_secret,
    )


def test_a_key_with_nothing_behind_it_is_not_set(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, f"{SENTRY}teams:\ntickets:\nqueue:\n  lease:\nstore: {{retention: }}\n")
    assert (settings.queue, settings.tickets, settings.store) == (QueueSettings(), TicketSettings(), StoreSettings())


def test_several_sentry_servers_are_a_map_of_names(tmp_path: Path) -> None:
    text = """\
sentry:
  eu: {url: https://eu.example.test/, organization: acme, token: env/SENTRY_TOKEN, path_tokens: env/HOOK_TOKEN}
  tip: {url: "http://127.0.0.1:8000", organization: acme, token: env/SENTRY_TOKEN, path_tokens: env/HOOK_TOKEN,
        dialect: glitchtip, rate_per_s: 1, concurrency: 1, timeout: 3s, link_back: false}
"""
    settings = settings_of(tmp_path, text)
    assert settings.instances["eu"].url == "https://eu.example.test"
    tip = settings.instances["tip"]
    assert (tip.dialect, tip.rate_per_s, tip.timeout, tip.link_back) == (
        Dialect.GLITCHTIP,
        1.0,
        timedelta(seconds=3),
        False,
    )


def test_only_true_and_false_are_booleans_and_on_is_a_key(tmp_path: Path) -> None:
    text = f"{SENTRY}{JIRA}routes:\n  default: {{project: NO, labels: [no, off, 1:30, 0x10, 2027-01-31], type: yes}}\n"
    route = settings_of(tmp_path, text).default_route
    assert route is not None
    assert (route.type, route.labels) == ("yes", ("no", "off", "1:30", "0x10", "2027-01-31"))


def test_a_route_may_be_named_and_may_leave_out_the_only_tracker(tmp_path: Path) -> None:
    text = f"""{SENTRY}{JIRA}
routes:
  default: {{project: 1200}}
  payments: {{tracker: jira, project: PAY, fields: {{Severity: High, customfield_10010: [1, 2]}}}}
teams:
  "@acme/payments": {{route: payments}}
  lead@acme.example: {{route: {{project: LEAD}}}}
  "@acme/platform":
"""
    settings = settings_of(tmp_path, text)
    routes = {name: team.route for name, team in settings.teams.items()}
    fields = {"Severity": "High", "customfield_10010": [1, 2]}
    assert routes == {
        "@acme/payments": Route(tracker="jira", project="PAY", fields=fields),
        "lead@acme.example": Route(tracker="jira", project="LEAD"),
        "@acme/platform": None,
    }
    assert settings.default_route == Route(tracker="jira", project="1200")


def test_a_route_and_a_team_may_change_the_policies(tmp_path: Path) -> None:
    text = f"""\
{SENTRY}{JIRA}
routes:
  default: {{project: TRIAGE, policy: {{wont_do: new}}}}
  shared: {{project: PAY, policy: {{closed_ticket: reopen, on_resolve: nothing}}}}
teams:
  "@acme/named": {{route: shared, policy: {{closed_ticket: quiet 14d}}}}
  "@acme/own": {{route: {{project: API, policy: {{closed_ticket: comment}}}}}}
  "@acme/none": {{policy: {{on_resolve: nothing, growth: {{at: [5], priorities: [High]}}}}}}
"""
    settings = settings_of(tmp_path, text)
    assert settings.default_changes == (PolicyChange("routes.default.policy", wont_do=Rest(ClosedTicket.NEW)),)
    assert {name: team.changes for name, team in settings.teams.items()} == {
        "@acme/named": (
            PolicyChange("routes.shared.policy", closed_ticket=Rest(ClosedTicket.REOPEN), on_resolve="nothing"),
            PolicyChange("teams.@acme/named.policy", closed_ticket=Rest(ClosedTicket.QUIET, 14)),
        ),
        "@acme/own": (PolicyChange("teams.@acme/own.route.policy", closed_ticket=Rest(ClosedTicket.COMMENT)),),
        "@acme/none": (
            PolicyChange("teams.@acme/none.policy", on_resolve="nothing", growth=Growth(at=(5,), priorities=("High",))),
        ),
    }
    assert settings.teams["@acme/own"].route == Route("jira", "API")
    assert settings.where["teams.@acme/own.route.policy.closed_ticket"].startswith(f"{tmp_path}/vedette.yaml:")


def test_policies_and_mutes_in_every_form(tmp_path: Path) -> None:
    text = f"""{SENTRY}
tickets:
  policies:
    - name: first
      projects: [shop]
      instances: [default]
      on: [regressed]
      when: {{last_seen_within: any, users_over: 3, span: lifetime, levels: [fatal], environments: [prod]}}
      closed_ticket: quiet 14d
      wont_do: new
      track: second_line
      on_resolve: nothing
    - {{closed_ticket: reopen}}
  mutes:
    - {{issue: 4711, reason: known}}
    - {{issue: default/4712, reason: known, until: 2027-01-31}}
    - {{title: "Connection*", reason: proxy, until: "2027-01-31T12:00:00+02:00"}}
    - {{title: "A*", fingerprint: f, level: error, environment: "pre*", project: shop, reason: all, drop: true}}
  settle: 10s
  looks: [1s, 2s]
  runbook: https://wiki.example.test/errors
web: {{base_url: "https://vedette.example.test/"}}
"""
    settings = settings_of(tmp_path, text)
    assert settings.policies == (
        Policy(
            name="first",
            projects=("shop",),
            instances=("default",),
            on=frozenset({Trigger.REGRESSED}),
            when=When(
                last_seen_within=None,
                users_over=3,
                span=CountSpan.LIFETIME,
                levels=frozenset({"fatal"}),
                environments=frozenset({"prod"}),
            ),
            closed_ticket=Rest(ClosedTicket.QUIET, 14),
            wont_do=Rest(ClosedTicket.NEW),
            track="second_line",
            on_resolve="nothing",
        ),
        Policy(name="default", closed_ticket=Rest(ClosedTicket.REOPEN)),
    )
    assert settings.mutes == (
        Mute(reason="known", issue="4711"),
        Mute(reason="known", issue="default/4712", until=datetime(2027, 1, 31, tzinfo=UTC)),
        Mute(reason="proxy", title="Connection*", until=datetime(2027, 1, 31, 10, tzinfo=UTC)),
        Mute("all", "", "A*", None, fingerprint="f", level="error", environment="pre*", project="shop", drop=True),
    )
    assert settings.tickets == TicketSettings(
        settle=timedelta(seconds=10),
        looks=(timedelta(seconds=1), timedelta(seconds=2)),
        runbook="https://wiki.example.test/errors",
        base_url="https://vedette.example.test",
    )


def test_queue_store_and_web_in_every_form(tmp_path: Path) -> None:
    text = f"""{SENTRY}
queue: {{workers: 8, lease: 2m, idle: 100ms, first_retry: 1s, longest_retry: 2h,
        attempts: 3, breaker_after: 2, breaker_rest: 5s}}
store: {{url: env/DATABASE_URL, retention: {{deliveries: 7d, journal: forever}}}}
web: {{hooks: "[::1]:9000", pages: 9001, login_secret: env/LOGIN_SECRET, max_body: 1MiB, refusals_alarm: 5}}
"""
    settings = settings_of(tmp_path, text)
    assert settings.queue == QueueSettings(
        workers=8,
        lease=timedelta(minutes=2),
        idle=timedelta(milliseconds=100),
        first_retry=timedelta(seconds=1),
        longest_retry=timedelta(hours=2),
        attempts=3,
        breaker_after=2,
        breaker_rest=timedelta(seconds=5),
    )
    assert settings.store.url == ENVIRON["DATABASE_URL"]
    kept = {
        "deliveries": timedelta(days=7),
        "journal": None,
        "jobs": timedelta(days=14),
        "windows": timedelta(days=400),
        "access": timedelta(days=365),
    }
    assert settings.store.retention == kept
    assert settings.web == WebSettings(
        hooks=Listen("::1", 9000),
        pages=Listen("127.0.0.1", 9001),
        login_secret=settings.web.login_secret,
        max_body=1024**2,
        refusals_alarm=5,
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"text": "* @acme/shop"}, {"name": "text", "text": "* @acme/shop"}),
        ({"file": "-", "name": "piped"}, {"name": "piped", "file": Path("-")}),
        ({"url": "https://git.example.test/CODEOWNERS"}, {"url": "https://git.example.test/CODEOWNERS"}),
        ({"repository": "acme/shop", "ref": "main", "path": "docs/CODEOWNERS"}, {"github": "acme/shop", "ref": "main"}),
        ({"repository": "acme/shop", "text": "* @acme/shop"}, {"name": "acme/shop", "github": ""}),
    ],
)
def test_codeowners_comes_from_a_text_a_file_an_address_or_github(
    tmp_path: Path, source: dict[str, str], expected: dict[str, Any]
) -> None:
    settings = settings_of(tmp_path, f"{SENTRY}ownership: {{codeowners: [{source}]}}\n")
    (found,) = settings.codeowners
    assert {key: getattr(found, key) for key in expected} == expected


def test_outside_production_a_sandboxed_tracker_or_one_on_this_machine_is_used(tmp_path: Path) -> None:
    text = f"""mode: staging
{SENTRY}
trackers:
  near: {{kind: jira, url: "http://127.0.0.1:8085", token: env/JIRA_TOKEN}}
  far: {{kind: jira, url: "https://sandbox.example.test", token: env/JIRA_TOKEN, sandbox: true}}
"""
    assert list(settings_of(tmp_path, text).trackers) == ["near", "far"]


def test_a_vendors_durations_and_paths_are_read_as_ours(tmp_path: Path) -> None:
    text = f"""{SENTRY}
trackers:
  jira: {{kind: jira, url: "https://x.example.test", token: env/JIRA_TOKEN,
         patience: 1h, certificate: ca.pem, timeout: 5s}}
"""
    tracker = settings_of(tmp_path, text).trackers["jira"]
    assert (tracker.config.patience, tracker.config.certificate) == (timedelta(hours=1), tmp_path / "ca.pem")
    assert tracker.timeout == timedelta(seconds=5)


def test_two_policies_may_share_projects_on_tracks_of_their_own(tmp_path: Path) -> None:
    text = f"""{SENTRY}tickets:
  policies:
    - {{name: a, projects: [shop], on: [alert]}}
    - {{name: c, projects: [shop], track: security}}
    - {{name: d}}
"""
    assert [policy.name for policy in settings_of(tmp_path, text).policies] == ["a", "c", "d"]


def test_two_policies_on_one_track_are_refused_even_where_their_triggers_differ(tmp_path: Path) -> None:
    """Only the first would ever be asked."""
    text = f"""{SENTRY}tickets:
  policies:
    - {{name: a, projects: [shop], on: [alert]}}
    - {{name: b, projects: [shop], on: [poll], when: {{events_over: 5}}}}
"""
    with pytest.raises(ConfigError, match="speaks for the same projects"):
        settings_of(tmp_path, text)


def test_a_poll_without_a_threshold_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "vedette.yaml"
    policies = "tickets:\n  policies:\n    - {name: a, projects: [a]}\n    - {name: b, projects: [b], on: [alert]}\n"
    path.write_text(f"{SENTRY}{JIRA}{policies}    - {{name: c, projects: [c], when: {{users_over: 3}}}}\n")
    told = [each for each in read(path).warnings if "without a threshold" in each.message]
    assert [each.line for each in told] == [path.read_text().split("\n").index("    - {name: a, projects: [a]}") + 1]


def test_anchors_and_merges_are_plain_yaml(tmp_path: Path) -> None:
    text = f"{SENTRY}{JIRA}routes:\n  default: &usual {{project: A, type: Bug}}\n  other: {{<<: *usual, project: B}}\n"
    text += 'teams: {"@acme/b": {route: other}}\n'
    route = settings_of(tmp_path, text).teams["@acme/b"].route
    assert route == Route(tracker="jira", project="B", type="Bug")


def test_no_representation_of_the_settings_shows_a_secret(tmp_path: Path) -> None:
    text = (
        f"{AGREED}store: {{url: env/DATABASE_URL}}\nweb: {{login_secret: [env/LOGIN_SECRET, env/OLD_CLIENT_SECRET]}}\n"
    )
    told = repr(settings_of(tmp_path, text))
    assert "env/JIRA_TOKEN" in told
    assert [value for value in VALUES if value in told or value.removeprefix("postgresql://") in told] == []


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no file .*write one with `vedette init`"):
        read(tmp_path / "vedette.yaml")


def test_a_folder_and_a_file_of_another_encoding_are_problems(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: is a directory"):
        read(tmp_path)
    path = tmp_path / "vedette.yaml"
    path.write_bytes(b"mode: production\n\xff\n")
    with pytest.raises(ConfigError, match=r"vedette\.yaml:2:1: the file is not UTF-8 text"):
        read(path)


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "vedette.yaml"
    path.write_text("sentry: {url: http://sentry.example.test, organization: acme, token: env/SENTRY_TOKEN}\n")
    assert [str(each).replace(f"{tmp_path}/", "") for each in read(path).warnings] == [
        "vedette.yaml:1:1: there is no tracker, so no ticket will be cut; add one under trackers:",
        (
            "vedette.yaml:1:9: neither client_secret nor path_tokens is set, so every hook is refused; "
            "set one, or let only the poll look (on: [poll])"
        ),
        "vedette.yaml:1:15: the token travels in clear text; use https",
    ]


@pytest.mark.parametrize(
    ("dialect", "wish", "told"),
    [
        ("glitchtip", "resolve_in_next_release", 1),
        ("glitchtip", "resolve", 0),
        ("sentry", "resolve_in_next_release", 0),
    ],
)
def test_a_next_release_that_the_server_does_not_know_is_a_warning(
    tmp_path: Path, dialect: str, wish: str, told: int
) -> None:
    path = tmp_path / "vedette.yaml"
    path.write_text(
        f"sentry: {{url: https://x.example.test, organization: acme, token: env/SENTRY_TOKEN, dialect: {dialect}}}\n"
        f"tickets: {{policies: [{{on: [alert], on_done: {wish}}}]}}\n"
    )
    warnings = [each.message for each in read(path).warnings]
    assert len([each for each in warnings if "is a GlitchTip" in each]) == told


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("transition Done", "transition Done"),
        ("'transition   Ready for  QA'", "transition Ready for QA"),
        ("comment", "comment"),
        ("nothing", "nothing"),
    ],
)
def test_what_a_resolving_does_is_read_with_the_name_of_the_status(tmp_path: Path, written: str, meant: str) -> None:
    path = tmp_path / "vedette.yaml"
    sentry = "sentry: {url: https://x.example.test, organization: acme, token: env/SENTRY_TOKEN}"
    path.write_text(f"{sentry}\ntickets: {{policies: [{{on: [alert], on_resolve: {written}}}]}}\n")
    assert read(path).settings.policies[0].on_resolve == meant


@pytest.mark.parametrize("written", ["transition", "'transition '", "Done", "[comment]", "1"])
def test_what_a_resolving_cannot_do_says_what_it_can(tmp_path: Path, written: str) -> None:
    path = tmp_path / "vedette.yaml"
    sentry = "sentry: {url: https://x.example.test, organization: acme, token: env/SENTRY_TOKEN}"
    path.write_text(f"{sentry}\ntickets: {{policies: [{{on: [alert], on_resolve: {written}}}]}}\n")
    with pytest.raises(ConfigError, match="such as transition Done"):
        read(path)


class TestReload:
    """A reload takes the new settings whole, or keeps the old ones whole."""

    def test_new_settings_replace_the_current_ones(self, tmp_path: Path) -> None:
        current = settings_of(tmp_path, SENTRY)
        path = tmp_path / "vedette.yaml"
        path.write_text(f"{SENTRY}queue: {{workers: 9}}\n")
        new, problems = reload(path, current=current, environ=ENVIRON, registry=TOYS)
        assert (new.queue.workers, problems) == (9, ())

    def test_broken_settings_leave_the_current_ones(self, tmp_path: Path) -> None:
        current = settings_of(tmp_path, SENTRY)
        path = tmp_path / "vedette.yaml"
        path.write_text(f"{SENTRY}queue: {{workers: many}}\n")
        new, problems = reload(path, current=current, environ=ENVIRON, registry=TOYS)
        assert new is current
        assert [problem.message for problem in problems] == ["workers should be a whole number"]

    @pytest.mark.parametrize(
        ("more", "setting"), [("store: {url: env/DATABASE_URL}", "store.url"), ("web: {pages: 9999}", "web.pages")]
    )
    def test_what_needs_a_restart_leaves_the_current_ones(self, tmp_path: Path, more: str, setting: str) -> None:
        current = settings_of(tmp_path, SENTRY)
        path = tmp_path / "vedette.yaml"
        path.write_text(f"{SENTRY}{more}\n")
        new, problems = reload(path, current=current, environ=ENVIRON, registry=TOYS)
        assert new is current
        assert [problem.message for problem in problems] == [f"{setting} cannot change while Vedette runs"]


def test_the_registry_of_the_product_is_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "vedette.yaml"
    path.write_text(f"{SENTRY}trackers:\n  odd: {{kind: no_such_vendor}}\n")
    with pytest.raises(ConfigError, match=r"unknown kind no_such_vendor; known: .*sentry"):
        load(path, environ=ENVIRON)


def test_entries_of_tags_and_url_keep_their_order_place_and_matchers(tmp_path: Path) -> None:
    text = SENTRY + JIRA + 'teams: {"@acme/a": {route: {project: A}}}\n'
    text += "ownership:\n  resolvers: [entities, codeowners]\n  entities:\n"
    text += (
        '    - {team: "@acme/a", match: ["arn:aws:lambda:pay", "url:/^\\\\/pay/", "region", "region"], kind: service}\n'
    )
    text += '    - {team: "@acme/a", match: ["url:/pay"]}\n'
    settings = settings_of(tmp_path, text)
    first, second = settings.entities
    assert settings.resolvers == (Resolver.ENTITIES, Resolver.CODEOWNERS)
    assert [(each.tag, each.value, each.pattern and each.pattern.pattern) for each in first.match] == [
        ("arn", "aws:lambda:pay", None),
        ("", None, "^\\/pay"),
        ("region", None, None),
    ]
    assert (first.kind, second.kind) == (EntityKind.SERVICE, EntityKind.OTHER)
    line = text[: text.index("    - {team")].count("\n") + 1
    assert [each.called for each in settings.entities] == [
        f"entry {number} of {tmp_path}/vedette.yaml:{line + number - 1}:7" for number in (1, 2)
    ]


def test_recall_reads_shares_kinds_and_whole_hours(tmp_path: Path) -> None:
    given = "recall: {hooks: [error, alert], alarm_below: 97.5%, over: 6h, at_least: 5, grace: 1m}\n"
    read_ = settings_of(tmp_path, SENTRY + given).recall
    assert read_.counted == {Hook.ERROR, Hook.ALERT}
    assert (read_.alarm_below, read_.over, read_.at_least) == (0.975, timedelta(hours=6), 5)
    never = settings_of(tmp_path, SENTRY + "recall: {alarm_below: never}\n").recall
    assert never.alarm_below is None
    assert never.counted == {Hook.ERROR, Hook.CREATED}
    assert settings_of(tmp_path, SENTRY).recall == RecallSettings()


@pytest.mark.parametrize(
    ("written", "caps"),
    [
        ("", Caps()),
        ("caps: off", UNCAPPED),
        ("caps: {per_run: 3}", Caps(per_run=3)),
        ("caps: {per_run: off, per_hour: 0, digest_every: 5m}", Caps(None, 10, 0, digest_every=timedelta(minutes=5))),
    ],
)
def test_caps_in_every_form(tmp_path: Path, written: str, caps: Caps) -> None:
    assert settings_of(tmp_path, f"{SENTRY}\ntickets:\n  settle: 10s\n  {written}\n").caps == caps


@pytest.mark.parametrize(("written", "cap"), [("", None), (", cap: 0", 0), (", cap: off", NO_CAP), (", cap: 7", 7)])
def test_a_routes_own_cap(tmp_path: Path, written: str, cap: int | None) -> None:
    tracker = (
        "trackers: {jira: {kind: jira, url: 'https://jira.example.test', email: a@b.test, token: env/SENTRY_TOKEN}}"
    )
    text = f"{SENTRY}\n{tracker}\nroutes: {{default: {{project: PAY{written}}}}}\n"
    route = settings_of(tmp_path, text).default_route
    assert route is not None
    assert route.cap == cap
