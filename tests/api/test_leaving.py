# SPDX-License-Identifier: EUPL-1.2
"""A client that leaves takes its query with it: nobody works for nobody."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app
from jumeau.interop import features
from jumeau.interop.served import View

SLOW = "SELECT count(*) FROM range(90000) a, range(90000) b WHERE a.range * b.range % 7 = 3"


@pytest.fixture
def alone(town_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An application whose pages of rows take for ever."""
    with TestClient(create_app(town_path), raise_server_exceptions=False) as client:
        began: list[float] = []
        ended: list[float] = []

        def slow(view: View, *_: Any) -> Any:
            began.append(time.perf_counter())
            try:
                return view.rows(SLOW)
            finally:
                ended.append(time.perf_counter())

        monkeypatch.setattr(features, "written", slow)
        yield client.app, began, ended


@pytest.mark.parametrize(
    "target", ["/collections/luminaire/items", "/collections/luminaire/items?f=geojson"]
)
def test_a_query_ends_when_its_client_leaves(alone: Any, ask: Any, target: str) -> None:
    app, began, ended = alone
    begin = time.perf_counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.state.served, "patience", 120.0)
        asyncio.run(asyncio.wait_for(ask(app, target, leave_after=0.3), 30))
        while app.state.served.waiting or len(ended) < len(began):
            assert time.perf_counter() - begin < 20
            time.sleep(0.01)
    assert len(began) == len(ended) == 1
    assert ended[0] - begin < 5  # the query alone takes much longer
    reply = asyncio.run(ask(app, "/conformance"))
    assert reply.status == 200


def test_who_waited_and_left_costs_nothing(alone: Any, ask: Any) -> None:
    """Those behind a slow query that leave before their turn never reach the database."""
    app, began, ended = alone
    served = app.state.served

    async def crowd() -> None:
        calls = [ask(app, "/collections/luminaire/items", leave_after=0.3) for _ in range(30)]
        await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 60)

    asyncio.run(crowd())
    assert served.waiting == 0
    assert len(began) == len(ended) <= 2 * served.pool._max_workers
