"""A real Chromium for tests: found, or as root installed from the system's packages; never skipped.

Looked for in this order: VEDETTE_CHROMIUM, the PATH, Playwright's own build, the system's packages.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# No sandbox: a container's root has no user namespaces, and the pages opened are our own. The rest keeps Chromium from
# calling home, so that a test needs no network and sends nothing anywhere.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

CURE = (
    "The page tests need a Chromium, and none was found ({why}). Do one of these: set VEDETTE_CHROMIUM to its path; "
    "put chromium or google-chrome on the PATH (Debian, Ubuntu: sudo apt-get install -y chromium); or run "
    "`.venv/bin/playwright install chromium`."
)


# Without a font of its own a bare container draws no letters.
PACKAGES = ("chromium", "fonts-dejavu-core")


class ChromiumMissing(Exception):
    """No Chromium could be found or installed; the message says what to do."""


def find_chromium() -> Path | None:
    """The Chromium at hand, or None; raises ChromiumMissing where VEDETTE_CHROMIUM names no program."""
    named = os.environ.get("VEDETTE_CHROMIUM")
    if named:
        return _named(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _playwrights_own()


def ensure_chromium() -> Path:
    """The Chromium at hand, installed from the system's packages where allowed; else ChromiumMissing."""
    found = find_chromium()
    if found is not None:
        return found
    refusal = _why_not_system_packages()
    if refusal:
        raise ChromiumMissing(CURE.format(why=refusal))
    with _one_at_a_time():
        return find_chromium() or _install_system_package()


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium, closed at the end."""
    program = ensure_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _named(path: str) -> Path:
    found = shutil.which(path)
    if found is None:
        raise ChromiumMissing(CURE.format(why=f"VEDETTE_CHROMIUM={path} is not a program that can be run"))
    return Path(found)


def _playwrights_own() -> Path | None:
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def _why_not_system_packages() -> str | None:
    if os.environ.get("VEDETTE_SYSTEM_PACKAGES") == "0":
        return "VEDETTE_SYSTEM_PACKAGES=0 forbids installing the system's"
    if os.geteuid() != 0:
        return "only root may install the system's"
    if shutil.which("apt-get") is None:
        return "there is no apt-get to install the system's"
    return None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # Test processes side by side would fight for the package manager's lock, and the loser would fail.
    with (Path(tempfile.gettempdir()) / "vedette-chromium.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _install_system_package() -> Path:
    print(f"vedette: no Chromium found; installing the system's packages {' '.join(PACKAGES)}.", file=sys.stderr)
    _apt_get("update")
    _apt_get("install", "-y", "--no-install-recommends", *PACKAGES)
    found = find_chromium()
    if found is None:
        raise ChromiumMissing(CURE.format(why="the system's package chromium holds no program of that name"))
    return found


def _apt_get(*arguments: str) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=quiet
    )
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ChromiumMissing(CURE.format(why=f"`apt-get {' '.join(arguments)}` failed and said: {said}"))


if __name__ == "__main__":  # `python -m tests.browser`: find or install it before the tests, and say where it lies
    try:
        print(ensure_chromium())
    except ChromiumMissing as missing:
        sys.exit(f"vedette: {missing}")
