"""References to secrets: looked up, rotated, warned about, and never shown."""

from pathlib import Path

import pytest

from tests.config.reading import SENTRY, read
from vedette.errors import ConfigError
from vedette.model.secret import Secret


def token_of(folder: Path, reference: str, **environ: str) -> Secret:
    path = folder / "vedette.yaml"
    path.write_text(SENTRY.replace("env/SENTRY_TOKEN", reference), encoding="utf-8")
    return read(path, **environ).settings.instances["default"].token


def test_a_list_is_for_rotation_and_the_first_signs(tmp_path: Path) -> None:
    secret = token_of(tmp_path, "[env/NEW, env/OLD]", NEW="new-value", OLD="old-value")
    assert (secret.values, secret.reveal()) == (("new-value", "old-value"), "new-value")
    assert str(secret) == "Secret(env/NEW, env/OLD)"


@pytest.mark.parametrize(
    ("content", "value"), [("x y", "x y"), ("xy\n", "xy"), ("xy\r\n", "xy"), ("xy\n\n", "xy\n"), (" xy ", " xy ")]
)
def test_a_file_loses_one_newline_at_its_end(tmp_path: Path, content: str, value: str) -> None:
    (tmp_path / "token").write_bytes(content.encode())
    assert token_of(tmp_path, "file/token").reveal() == value


def test_a_whole_path_has_two_slashes(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("value")
    assert token_of(tmp_path, f"file/{tmp_path}/token").reveal() == "value"


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_file_that_everybody_can_read_is_a_warning(tmp_path: Path, mode: int, warned: bool) -> None:
    (tmp_path / "token").write_text("value")
    (tmp_path / "token").chmod(mode)
    token_of(tmp_path, "file/token")
    warnings = [each.message for each in read(tmp_path / "vedette.yaml").warnings]
    assert ("file/token can be read by everybody" in warnings) is warned


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "file/token is empty"), (b"\n", "is empty"), (b"\xff", "cannot be read: not utf-8 text")],
)
def test_a_file_without_a_text_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        token_of(tmp_path, "file/token")


@pytest.mark.parametrize(
    "written", ["sntrys_abc", "env/", "env/1X", "env/A B", "file/", "vault/", "ENV/X", "https://x/y", "{a: b}"]
)
def test_whatever_is_no_reference_is_refused_without_being_shown(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match="write env/NAME or file/PATH") as caught:
        token_of(tmp_path, written)
    (problem,) = caught.value.problems
    assert problem.message in ("a secret stands in the file itself", "a secret should be a reference")
