"""`vedette routes`: entries that cannot do what they say, and whose an error would be."""

from pathlib import Path

import pytest

from vedette.cli.main import main

SETTINGS = """\
sentry: {url: "http://127.0.0.1:9", organization: acme, token: env/NO_SUCH_TOKEN, client_secret: env/NO_SUCH_SECRET}
trackers: {jira: {kind: jira, url: "http://127.0.0.1:9", token: env/NO_SUCH_JIRA}}
ownership:
  codeowners: [{name: shop, text: "/shop/ @acme/checkout\\n/api/ @acme/nobody\\n"}]
  entities:
    - {team: "@acme/checkout", match: ["service:checkout-api"], kind: service}
    - {team: "@acme/search", match: ["url:/search", "region:eu"]}
teams:
  "@acme/checkout": {route: {project: PAY}}
  "@acme/search": {route: {project: SEA}}
  "@acme/nobody":
routes: {default: {project: TRIAGE}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("VEDETTE_CONFIG", "VEDETTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vedette.yaml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def add(home: Path, *entries: str) -> None:
    lines = "".join(f"    - {entry}\n" for entry in entries)
    (home / "vedette.yaml").write_text(SETTINGS.replace("teams:\n", f"{lines}teams:\n"), encoding="utf-8")


@pytest.mark.usefixtures("home")
def test_check_is_content_with_entries_that_can_all_win(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "check"]) == 0
    assert capsys.readouterr().out == "2 entries: 0 to mend\n"


def test_check_names_entries_without_a_route_repeated_and_hidden(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(
        home,
        '{team: "@acme/nobody", match: [queue]}',
        '{team: "@acme/search", match: ["service:checkout-api"], kind: service}',
        '{team: "@acme/search", match: ["service:checkout-api", "region:eu"]}',
    )
    assert main(["routes", "check"]) == 1
    first = "entry 1 of vedette.yaml:6:7 (@acme/checkout)"
    silent = "entry 3 of vedette.yaml:8:7: @acme/nobody has no route, so its errors take the default one"
    cure = "remove it, add a matcher, or give it a stronger kind"
    assert capsys.readouterr().out.splitlines() == [
        f'{silent}; add route: to "@acme/nobody" under teams:',
        f"entry 4 of vedette.yaml:9:7: asks for the same as {first}; {cure}",
        f"entry 5 of vedette.yaml:10:7: never wins: wherever it holds, {first} does too; {cure}",
        "5 entries: 3 to mend",
    ]


def test_check_says_that_there_is_nothing_to_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SETTINGS[: SETTINGS.index("  entities:")] + SETTINGS[SETTINGS.index("teams:") :]
    (home / "vedette.yaml").write_text(text, encoding="utf-8")
    assert main(["routes", "check"]) == 0
    assert capsys.readouterr().out == "there are no entries under ownership.entities\n"


@pytest.mark.usefixtures("home")
def test_a_trial_prints_each_step_and_the_route(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--path", "api/x.py", "--tag", "region=eu", "--url", "https://shop.test/search/x?card=4111"]
    assert main(["routes", "test", *words, "--expect", "@acme/search"]) == 0
    told = "URL path /search/x and tag region=eu are @acme/search's: entry 2 of vedette.yaml:7:7"
    assert capsys.readouterr().out.splitlines() == [
        "✔ api/x.py  CODEOWNERS:2 /api/ ─▶ @acme/nobody",
        f"✔ {told}  owned",
        told,
        "route jira SEA  vedette.yaml:10:20",
    ]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "expected", "code"),
    [
        (["--tag", "service=checkout-api"], "@acme/checkout", 0),
        (["--tag", "service=checkout-api"], "@acme/search", 1),
        (["--tag", "service=a=b"], "unmatched", 0),
        (["--tag", "service=x", "--tag", "region=eu", "--url", "/search"], "@acme/search", 0),
        (["--path", "shop/cart.py", "--tag", "region=eu", "--url", "/search"], "@acme/checkout", 0),
        (["--path", "api/x.py"], "owner_without_route", 0),
        (["--path", "api/x.py"], "@acme/nobody", 1),
    ],
)
def test_a_trial_fails_where_another_route_would_be_taken(
    capsys: pytest.CaptureFixture[str], words: list[str], expected: str, code: int
) -> None:
    assert main(["routes", "test", *words, "--expect", expected]) == code
    assert (f"expected {expected}, and it is" in capsys.readouterr().out) is bool(code)


def test_a_trial_that_cannot_be_made_says_what_to_change(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "test", "--tag", "service"]) == 1
    assert "--tag service should be name=value" in capsys.readouterr().err
    two = SETTINGS.replace("codeowners: [", 'codeowners: [{name: plant, text: "/x/", projects: [plant]}, ')
    (home / "vedette.yaml").write_text(two, encoding="utf-8")
    assert main(["routes", "test", "--path", "shop/cart.py"]) == 1
    assert "--project" in capsys.readouterr().err
    assert main(["routes", "test", "--path", "x/y", "--project", "plant", "--expect", "explicitly_unowned"]) == 0
    capsys.readouterr()
    alone = SETTINGS.replace("ownership:\n", "ownership:\n  resolvers: [codeowners]\n")
    (home / "vedette.yaml").write_text(alone, encoding="utf-8")
    assert main(["routes", "test", "--tag", "service=checkout-api"]) == 1
    assert "say with --path" in capsys.readouterr().err
