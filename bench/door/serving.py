"""Serving: one `vedette serve` of a benchmark's own, on ports that the system gives, in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx2

SECRET = "bench-client-secret"
TOKEN = "bench-sentry-token"

_CONFIG = """\
mode: development
sentry:
  url: {sentry}
  organization: acme
  token: env/BENCH_TOKEN
  client_secret: env/BENCH_SECRET
  rate_per_s: 2000
  concurrency: 16
  link_back: false
trackers:
  jira:
    kind: jira
    url: {jira}
    email: bot@acme.test
    token: env/JIRA_TOKEN
    sandbox: true
    rate_per_s: 500
    concurrency: 12
routes:
  default: {{tracker: jira, project: WB, type: Bug}}
store: {{url: "sqlite:///{folder}/vedette.db"}}
web: {{hooks: "127.0.0.1:0", pages: "127.0.0.1:0"}}
"""


class Serving:
    """`with Serving(folder) as serving:` started and ready; ended by SIGTERM at the end."""

    def __init__(
        self,
        folder: Path,
        *,
        work: bool = False,
        sentry: str = "http://127.0.0.1:9",
        jira: str = "http://127.0.0.1:9",
    ) -> None:
        self._folder = folder
        self._arguments = ["serve", *(() if work else ("--no-work",)), "--config", str(folder / "vedette.yaml")]
        (folder / "vedette.yaml").write_text(_CONFIG.format(sentry=sentry, jira=jira, folder=folder), encoding="utf-8")
        self.database = folder / "vedette.db"
        self.process: subprocess.Popen[str]
        self.ready_s = 0.0
        self.hooks = self.pages = ""

    @property
    def port(self) -> int:
        """The port of the hooks' listener."""
        return int(self.hooks.rpartition(":")[2])

    def __enter__(self) -> Self:
        began = time.perf_counter()
        environ = os.environ | {"BENCH_TOKEN": TOKEN, "BENCH_SECRET": SECRET, "JIRA_TOKEN": "sandbox-token"}
        command = [str(Path(sys.executable).with_name("vedette")), *self._arguments]
        with (self._folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ)
        self.hooks, self.pages = self._announced(), self._announced()
        while httpx2.get(f"{self.pages}/readyz", trust_env=False).status_code != 200:
            time.sleep(0.01)
        self.ready_s = time.perf_counter() - began
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        if self.process.stdout:
            self.process.stdout.close()

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    def cpu_s(self) -> float:
        """Processor seconds that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Resident memory of the process and whatever it started, in MB of 1,048,576 bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def _announced(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "http://" not in line:
            log = (self._folder / "serve.log").read_text(encoding="utf-8")[-2000:]
            raise RuntimeError(f"vedette serve said {line!r} and logged: {log}")
        return "http://" + line.partition("http://")[2].strip().split("/")[0]
