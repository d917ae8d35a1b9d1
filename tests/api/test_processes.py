# SPDX-License-Identifier: EUPL-1.2
"""OGC API - Processes: runs described, started by those who may, followed, stopped, read."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app
from jumeau.interop.processes.jobs import MOST_WAITING

RUN = "/processes/lighting/execution"
HOST = "http://127.0.0.1:8321"
SLOW = 'import time; print(\'{"stage": "x", "share": 0.5}\', flush=True); time.sleep(60)'
QUICK = 'print(\'{"runs": ["r1"], "version": 1}\')'


def _says(client: TestClient, program: str) -> None:
    """Put a short program in place of the run."""
    client.app.state.queue._start = lambda folder, asked: subprocess.Popen(  # type: ignore[attr-defined]
        [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
    )


@pytest.fixture
def runner(town_path: Path, _worksites: None) -> Iterator[TestClient]:
    app = create_app(town_path, runs=True)
    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as opened:
        _says(opened, QUICK)
        yield opened


def _wait(client: TestClient, address: str, status: str = "", seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = client.get(address).json()
        if found["status"] == status or (
            not status and found["status"] not in ("accepted", "running")
        ):
            return found
        time.sleep(0.05)
    raise AssertionError(found)


# -- described -------------------------------------------------------------------------------
def test_processes_are_listed_and_described(client: TestClient) -> None:
    landing = client.get("/?f=json").json()
    rels = {item["rel"].rpartition("/")[2]: item["href"] for item in landing["links"]}
    assert rels["processes"].endswith("/processes") and rels["job-list"].endswith("/jobs")
    listed = client.get("/processes?lang=en").json()
    assert [item["id"] for item in listed["processes"]] == ["lighting"]
    item = client.get("/processes/lighting?lang=en").json()
    assert item["title"] == "Public lighting"
    assert item["jobControlOptions"] == ["async-execute", "dismiss"]
    assert {"run", "indicator", "finding", "option", "illuminance"} == set(item["outputs"])
    assert item["inputs"] == {}
    assert "calcul" in client.get("/processes/lighting").json()["outputs"]["run"]["title"]
    assert client.get("/processes?limit=1&lang=en").status_code == 200
    assert client.get("/processes?limit=0&lang=en").status_code == 400


def test_what_is_not_there_has_the_types_of_the_standard(client: TestClient) -> None:
    for path, name in (("/processes/lightning", "process"), ("/jobs/x", "job"),
                       ("/jobs/x/results", "job")):  # fmt: skip
        answer = client.get(f"{path}?lang=en")
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(f"ogcapi-processes-1/1.0/no-such-{name}")
    assert "lighting" in client.get("/processes/lightning?lang=en").json()["error"]["what"]


def test_conformance_lists_the_classes(client: TestClient) -> None:
    found = client.get("/conformance").json()["conformsTo"]
    names = {uri.rpartition("/")[2] for uri in found if "ogcapi-processes-1" in uri}
    assert names == {"core", "json", "oas30", "ogc-process-description", "job-list", "dismiss"}


# -- who may ---------------------------------------------------------------------------------
def test_a_server_that_only_reads_runs_nothing(client: TestClient) -> None:
    for method, path in (("POST", RUN), ("DELETE", "/jobs/x")):
        answer = client.request(method, f"{path}?lang=en", json={})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "JUM-A030"
        assert "--runs" in answer.json()["error"]["remedy"]
    assert client.get("/processes").json()["processes"][0]["executable"] is False
    assert client.get("/jobs").json()["jobs"] == []


def test_the_setting_of_the_territory_allows_runs(
    town_path: Path, tmp_path: Path, _worksites: None
) -> None:
    shutil.copytree(town_path, tmp_path / "t")
    file = tmp_path / "t" / "territory.toml"
    file.write_text(file.read_text().replace("runs = false", "runs = true"))
    with TestClient(create_app(tmp_path / "t"), base_url=HOST) as client:
        assert client.get("/processes").json()["processes"][0]["executable"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://localhost:8321"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HOST},
    ],
)
def test_a_page_of_another_site_starts_and_stops_nothing(
    runner: TestClient, headers: dict[str, str]
) -> None:
    for method, path in (("POST", RUN), ("DELETE", "/jobs/x")):
        answer = runner.request(method, path, json={}, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "JUM-A031"
    assert runner.get("/jobs").json()["jobs"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_can_send_starts_nothing(runner: TestClient, kind: str) -> None:
    answer = runner.post(RUN, content=b'{"inputs": {}}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "JUM-A032")


def test_a_site_that_may_read_may_not_run(town_path: Path, _worksites: None) -> None:
    site = "https://carte.mairie.fr"
    app = create_app(town_path, sites=[site], runs=True)
    with TestClient(app, base_url=HOST) as client:
        read = client.get("/processes", headers={"Origin": site})
        assert read.headers["access-control-allow-origin"] == site
        asked = {"Origin": site, "Access-Control-Request-Method": "POST"}
        assert client.options(RUN, headers=asked).status_code == 400
        assert client.post(RUN, json={}, headers={"Origin": site}).status_code == 403


def test_methods_are_said_and_the_others_refused(runner: TestClient) -> None:
    assert runner.options(RUN).headers["allow"] == "OPTIONS, POST"
    assert runner.options("/jobs/x").headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    for method in ("GET", "HEAD", "PUT"):
        refused = runner.request(method, RUN)
        assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")
    assert runner.post("/jobs/x", json={}).status_code == 405
    assert runner.post("/processes", json={}).status_code == 405


# -- run -------------------------------------------------------------------------------------
def test_our_own_page_runs_and_reads_the_results(runner: TestClient) -> None:
    own = {"Origin": HOST, "Sec-Fetch-Site": "same-origin", "Prefer": "respond-async"}
    answer = runner.post(f"{RUN}?lang=en", json={"inputs": {}}, headers=own)
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["retry-after"]
    address = answer.headers["location"]
    assert address == f"{HOST}/jobs/{answer.json()['jobID']}"
    done = _wait(runner, address)
    assert (done["status"], done["progress"], done["type"]) == ("successful", 100, "process")
    assert done["created"] <= done["started"] <= done["finished"]
    found = runner.get(f"{address}/results").json()
    assert set(found) == {"run", "indicator", "finding", "option", "illuminance"}
    assert found["illuminance"]["href"] == f"{HOST}/stac/collections/illuminance/items?at=1"
    for name in ("indicator", "finding", "option", "illuminance"):
        assert runner.get(found[name]["href"]).status_code == 200


def test_outputs_can_be_chosen_and_come_as_headers(runner: TestClient) -> None:
    body = {"outputs": {"indicator": {"transmissionMode": "reference"}}, "response": "raw"}
    address = runner.post(RUN, json=body).headers["location"]
    _wait(runner, address)
    raw = runner.get(f"{address}/results")
    assert (raw.status_code, raw.content) == (204, b"")
    assert list(raw.links) == ["indicator"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"inputs": {"rain": "60mm/1h"}}, "JUM-I053"),
        ({"inputs": {"hyetograph": "/etc/passwd"}}, "JUM-I053"),
        ({"outputs": {"iluminance": {}}}, "JUM-I058"),
        ({"outputs": {"indicator": {"transmissionMode": "value"}}}, "JUM-A001"),
        ({"inputs": []}, "JUM-A001"),
        ([], "JUM-A001"),
    ],
)
def test_a_wrong_request_starts_nothing(runner: TestClient, body: Any, code: str) -> None:
    answer = runner.post(f"{RUN}?lang=en", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert runner.post("/processes/nobody/execution", json={}).status_code == 404
    assert runner.post(f"{RUN}?at=3", json={}).json()["error"]["code"] == "JUM-I011"
    assert runner.get("/jobs").json()["jobs"] == []


def test_jobs_are_followed_filtered_and_dismissed(runner: TestClient) -> None:
    _says(runner, SLOW)
    first = runner.post(RUN, json={}).headers["location"]
    second = runner.post(f"{RUN}?lang=en", json={})
    running = _wait(runner, first, "running")
    assert second.json()["status"] == "accepted" and "1" in second.json()["message"]
    early = runner.get(f"{first}/results?lang=en")
    assert early.status_code == 404
    assert early.json()["type"].endswith("/result-not-ready")

    def listed(query: str) -> list[str]:
        return [item["jobID"] for item in runner.get(f"/jobs?{query}").json()["jobs"]]

    assert listed("") == [second.json()["jobID"], running["jobID"]]
    assert listed("status=running") == [running["jobID"]]
    assert (
        listed("status=running,accepted&type=process&processID=lighting&limit=1") == listed("")[:1]
    )
    assert (
        listed("processID=water") == listed("type=other") == listed("datetime=../2020-01-01") == []
    )
    assert listed("minDuration=3600") == [] and len(listed("maxDuration=3600")) == 2
    assert len(listed("datetime=2020-01-01/..")) == 2
    gone = runner.delete(first)
    assert (gone.status_code, gone.json()["status"]) == (200, "dismissed")
    refused = runner.get(f"{first}/results?lang=en")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "JUM-I057")
    assert runner.delete(second.headers["location"]).json()["status"] == "dismissed"


def test_a_full_queue_says_when_to_come_back(runner: TestClient) -> None:
    _says(runner, SLOW)
    first = runner.post(RUN, json={}).headers["location"]
    _wait(runner, first, "running")
    codes = [runner.post(RUN, json={}).status_code for _ in range(MOST_WAITING + 1)]
    assert codes == [201] * MOST_WAITING + [503]
    assert int(runner.post(RUN, json={}).headers["retry-after"]) > 0


def test_a_run_that_fails_says_why(runner: TestClient) -> None:
    _says(runner, "raise SystemExit(3)")
    address = runner.post(f"{RUN}?lang=en", json={}).headers["location"]
    failed = _wait(runner, f"{address}?lang=en")
    assert failed["status"] == "failed" and failed["error"]["code"] == "JUM-I056"
    answer = runner.get(f"{address}/results?lang=en")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "JUM-I056")


def test_lighting_runs_for_good(town_path: Path, tmp_path: Path) -> None:
    shutil.copytree(town_path, tmp_path / "bourg.jumeau")
    app = create_app(tmp_path / "bourg.jumeau", runs=True)
    with TestClient(app, base_url=HOST) as client:
        before = client.get("/api/territory").json()["version"]
        address = client.post(f"{RUN}?lang=en", json={}).headers["location"]
        seen: set[str] = set()
        end = time.monotonic() + 300
        while time.monotonic() < end:
            job = client.get(address).json()
            seen.add(job["message"])
            if job["status"] not in ("accepted", "running"):
                break
            time.sleep(0.05)
        assert job["status"] == "successful", job
        assert len(seen - {""}) > 1
        assert client.get("/api/territory").json()["version"] > before
        found = client.get(f"{address}/results").json()
        run = client.get(found["run"]["href"]).json()
        assert run["properties"]["worksite"] == "lighting"
        assert client.get(found["illuminance"]["href"]).json()["features"]
        rows = client.get(found["indicator"]["href"]).json()["features"]
        assert {row["properties"]["run_id"] for row in rows} >= {run["id"]}
