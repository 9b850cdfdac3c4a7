"""The plain loop: search the tracker for the link, create when nothing is found; what most bridges do."""

import queue
import threading
import time

import httpx2


class PlainLoop:
    """Workers that take issue ids off a queue, search by label, create, and try again when the call failed.

    None of its workers is killed: the tracker's faults and the lag of its search are enough.
    """

    def __init__(self, jira: str, *, workers: int, timeout: float) -> None:
        self._jira, self._timeout = jira, timeout
        self._jobs: queue.Queue[int | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._work) for _ in range(workers)]

    def run(self, issues: list[int], *, seconds: float) -> None:
        """Feed the deliveries over `seconds` and wait until all are through."""
        for thread in self._threads:
            thread.start()
        began = time.monotonic()
        for place, issue in enumerate(issues):
            due = began + seconds * place / max(len(issues), 1)
            time.sleep(max(0.0, due - time.monotonic()))
            self._jobs.put(issue)
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with httpx2.Client(
            base_url=self._jira, auth=("bot@acme.test", "sandbox-token"), timeout=self._timeout
        ) as client:
            while (issue := self._jobs.get()) is not None:
                for _ in range(10):
                    if self._once(client, issue):
                        break

    def _once(self, client: httpx2.Client, issue: int) -> bool:
        label = f"sentry-{issue}"
        try:
            found = client.post(
                "/rest/api/3/search/jql",
                json={"jql": f'labels = "{label}" AND statusCategory != Done', "fields": ["key"]},
            )
            if found.status_code != 200:
                return False
            if found.json()["issues"]:
                return True
            link = f"https://sentry.example.test/organizations/acme/issues/{issue}/"
            fields = {
                "project": {"key": "WB"},
                "issuetype": {"name": "Bug"},
                "labels": [label],
                "summary": f"Error {link}",
            }
            return client.post("/rest/api/3/issue", json={"fields": fields}).status_code == 201
        except (httpx2.HTTPError, ValueError, KeyError):
            return False
