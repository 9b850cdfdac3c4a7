"""The pages of the stand-in Linear, and the stand-in as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.sandbox.linear.asking import Asking


def test_the_board_lists_issues_and_each_has_a_page_under_every_identifier(asking: Asking) -> None:
    made = asking.create(7, description="the <script>alert(1)</script> text")
    asking.pull("move", key=made["identifier"], project="PAY")
    board = asking.client.get(asking.linear.url)
    assert "PAY-1" in board.text
    assert "No issue yet" in asking.client.get(asking.linear.url, params={"team": "ENG"}).text
    page = asking.client.get(f"{asking.linear.url}/issue/ENG-1")
    assert "formerly ENG-1" in page.text
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert asking.client.get(f"{asking.linear.url}/issue/ENG-9").status_code == 404
    assert asking.client.get(f"{asking.linear.url}/style.css").headers["content-type"].startswith("text/css")


def test_as_a_process_it_announces_itself_and_logs_to_a_file(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "vedette.sandbox.linear", "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            headers = {"authorization": "lin_api_sandbox"}
            url = f"{told['url']}/graphql"
            teams = httpx2.post(url, json={"query": "{ teams { nodes { id } } }"}, headers=headers).json()
            team = teams["data"]["teams"]["nodes"][-1]["id"]
            query = f'mutation {{ issueCreate(input: {{teamId: "{team}", title: "x"}}) {{ success }} }}'
            assert httpx2.post(url, json={"query": query}, headers=headers).json()["data"]["issueCreate"]["success"]
        finally:
            process.terminate()
    assert [json.loads(line)["op"] for line in log.read_text().splitlines()] == ["create"]
