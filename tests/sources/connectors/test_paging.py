# SPDX-License-Identifier: EUPL-1.2
"""Pages: each style, and each way in which services lose, repeat, invent or hide records."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources.connectors.cache import Pages
from jumeau.sources.connectors.http import Client
from jumeau.sources.connectors.paging import Request, gather
from jumeau.sources.connectors.record import Way

from .conftest import Reply, Service

ROWS = [{"id": str(number), "v": number} for number in range(25)]


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        json.dumps(document).encode(), status, {"Content-Type": "application/json", **given}
    )


def request(
    service: Service, way: Way, query: dict[str, str] | None = None, pages: Path | None = None,
    plausible: int = 1000,
) -> Request:  # fmt: skip
    kept = Pages(pages) if pages else None
    return Request(Client(), way, service.url, "/d", query or {}, plausible, "synthetic.d", kept)


def refused(made: Request, code: str) -> JumeauError:
    with pytest.raises(JumeauError) as caught:
        gather(made)
    assert caught.value.code == code
    return caught.value


def ids(made: Request) -> list[str]:
    return [str(row["id"]) for row in gather(made).records]


ALL = [row["id"] for row in ROWS]


# -- WFS -----------------------------------------------------------------------------------------
WFS = Way(
    style="wfs", format="geojson", records="features", announced="numberMatched",
    page_size=10, id="id",
)  # fmt: skip


def wfs(
    rows: list[dict[str, Any]], matched: int | None = None, cut: int = 5000, lost: int = -1
) -> Any:
    """A WFS that cuts silently at ``cut``, and answers nothing from record ``lost`` on."""
    total = len(rows) if matched is None else matched

    def route(query: dict[str, str], headers: Any) -> Reply:
        if query.get("RESULTTYPE") == "hits":
            xml = f'<wfs:FeatureCollection xmlns:wfs="http://w" numberMatched="{total}"/>'
            return Reply(xml.encode(), headers={"Content-Type": "text/xml"})
        start, count = int(query["STARTINDEX"]), min(int(query["COUNT"]), cut)
        some = [] if start == lost else rows[start : start + count]
        return reply({"type": "FeatureCollection", "features": some, "numberMatched": total})

    return route


def test_wfs_counts_first_then_pages(service: Service) -> None:
    service.on("/d", wfs(ROWS))
    found = gather(request(service, WFS))
    assert [row["id"] for row in found.records] == ALL
    assert found.announced == 25
    assert service.asked[0][1]["RESULTTYPE"] == "hits"


def test_wfs_that_cuts_each_page_in_silence_loses_nothing(service: Service) -> None:
    service.on("/d", wfs(ROWS, cut=4))
    assert ids(request(service, WFS)) == ALL


def test_wfs_without_any_object_is_an_answer(service: Service) -> None:
    service.on("/d", wfs([]))
    found = gather(request(service, WFS))
    assert (found.records, found.announced) == ([], 0)


def test_a_lost_page_is_refused(service: Service) -> None:
    service.on("/d", wfs(ROWS, lost=10))
    exc = refused(request(service, WFS), "JUM-S312")
    assert (exc.data["announced"], exc.data["received"]) == (25, 10)


def test_a_page_lost_once_is_asked_again(service: Service) -> None:
    whole, left = wfs(ROWS), [1]

    def route(query: dict[str, str], headers: Any) -> Reply:
        if query.get("STARTINDEX") == "10" and left:
            left.pop()
            return wfs(ROWS, lost=10)(query, headers)
        return whole(query, headers)

    service.on("/d", route)
    assert ids(request(service, WFS)) == ALL


def test_counts_that_differ_are_refused(service: Service) -> None:
    service.on("/d", wfs(ROWS, matched=40))
    refused(request(service, WFS), "JUM-S312")


def test_an_ignored_filter_is_refused_before_any_page(service: Service) -> None:
    service.on("/d", wfs(ROWS, matched=48_000_000))
    exc = refused(request(service, WFS, plausible=200_000), "JUM-S314")
    assert exc.data["count"] == 48_000_000
    assert service.count("/d") == 1


def test_a_renamed_layer_is_a_source_that_changed(service: Service) -> None:
    xml = b"<ows:ExceptionReport xmlns:ows='http://o'><ows:Exception><ows:ExceptionText>Feature "
    xml += b"type IGNF_MNT:dalle unknown</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    for status in (200, 400):
        service.on("/d", Reply(xml, status, {"Content-Type": "text/xml"}))
        refused(request(service, WFS), "JUM-S302")


def test_pages_that_shift_once_are_read_again(service: Service) -> None:
    shifted, left = [ROWS[-1], *ROWS[:-1]], [1]

    def route(query: dict[str, str], headers: Any) -> Reply:
        if query.get("STARTINDEX") == "10" and left:
            left.pop()
            return wfs(shifted)(query, headers)
        return wfs(ROWS)(query, headers)

    service.on("/d", route)
    assert ids(request(service, WFS)) == ALL


def test_pages_that_always_shift_are_refused(service: Service) -> None:
    turn = [0]

    def route(query: dict[str, str], headers: Any) -> Reply:
        turn[0] += 1
        some = turn[0] % len(ROWS)
        return wfs([*ROWS[-some:], *ROWS[:-some]])(query, headers)

    service.on("/d", route)
    refused(request(service, WFS), "JUM-S313")


def test_a_total_that_moves_is_refused(service: Service) -> None:
    turn = [0]

    def route(query: dict[str, str], headers: Any) -> Reply:
        turn[0] += 1
        return wfs(ROWS, matched=25 + turn[0])(query, headers)

    service.on("/d", route)
    refused(request(service, WFS), "JUM-S313")


# -- the other styles ----------------------------------------------------------------------------
DATAFAIR = Way(style="datafair", records="results", announced="total", size="size", page_size=10,
               id="id")  # fmt: skip


def datafair(service: Service, last: int = 25, home: str = "") -> Any:
    def route(query: dict[str, str], headers: Any) -> Reply:
        after = int(query.get("after", 0))
        some = ROWS[after : after + 10]
        page: dict[str, Any] = {"total": 25, "results": some}
        if after + 10 < last:
            page["next"] = f"{home or service.url}/d?size=10&after={after + 10}"
        return reply(page)

    return route


def test_datafair_follows_next(service: Service) -> None:
    service.on("/d", datafair(service))
    assert ids(request(service, DATAFAIR)) == ALL


def test_next_is_asked_at_the_base_in_force(service: Service) -> None:
    service.on("/d", datafair(service, home="https://data.example.fr"))
    assert ids(request(service, DATAFAIR)) == ALL


def test_datafair_without_its_last_page_is_refused(service: Service) -> None:
    service.on("/d", datafair(service, last=15))
    refused(request(service, DATAFAIR), "JUM-S312")


def test_next_by_header(service: Service) -> None:
    way = Way(style="datafair", records="", id="id")

    def route(query: dict[str, str], headers: Any) -> Reply:
        if "p" in query:
            return reply(ROWS[10:])
        return reply(ROWS[:10], Link=f'<{service.url}/d?p=2>; rel="next"')

    service.on("/d", route)
    found = gather(request(service, way))
    assert [row["id"] for row in found.records] == ALL
    assert [item.code for item in found.findings] == ["JUM-S330"]  # nothing was announced


def test_next_that_turns_round_is_refused(service: Service) -> None:
    service.on("/d", reply({"results": ROWS[:5], "next": service.url + "/d"}))
    way = Way(style="datafair", records="results")
    refused(request(service, way), "JUM-S313")


ODS = Way(style="ods", records="results", announced="total_count", page_size=100, page_limit=100,
          window=200, id="id")  # fmt: skip


def ods(rows: list[dict[str, Any]]) -> Any:
    def route(query: dict[str, str], headers: Any) -> Reply:
        start, limit = int(query["offset"]), int(query["limit"])
        if start + limit > 200 or limit > 100:
            return reply({"error_code": "InvalidRESTParameterError", "message": "offset"}, 400)
        return reply({"total_count": len(rows), "results": rows[start : start + limit]})

    return route


@pytest.mark.parametrize("count", [0, 1, 150, 199])
def test_ods_pages_inside_its_window(service: Service, count: int) -> None:
    rows = [{"id": str(number)} for number in range(count)]
    service.on("/d", ods(rows))
    assert len(ids(request(service, ODS))) == count


def test_ods_exports_beyond_its_window(service: Service) -> None:
    rows = [{"id": str(number)} for number in range(730)]
    service.on("/d/records", ods(rows))
    service.on("/d/exports/json", reply(rows))
    made = request(service, ODS)
    made.path = "/d/records"
    assert len(gather(made).records) == 730
    service.on("/d/exports/json", reply(rows[:-1]))
    refused(made, "JUM-S312")


POSTGREST = Way(style="postgrest", announced="@content-range", page_size=10, id="id")


def postgrest(total: int) -> Any:
    def route(query: dict[str, str], headers: Any) -> Reply:
        start, limit = int(query["offset"]), int(query["limit"])
        some = ROWS[start : start + limit]
        told = f"{start}-{start + len(some) - 1}/{total}" if some else f"*/{total}"
        return reply(some, 206 if start + limit < total else 200, Content_Range=told)

    return route


def test_postgrest_reads_its_number_in_a_header(service: Service) -> None:
    service.on("/d", postgrest(25))
    assert ids(request(service, POSTGREST)) == ALL
    service.on("/d", postgrest(31))
    refused(request(service, POSTGREST), "JUM-S312")


PAGES = Way(style="pages", records="data", announced="results", page="page", size="page_size",
            page_size=10, id="id")  # fmt: skip


def georisques(total: int = 25, **more: Any) -> Any:
    def route(query: dict[str, str], headers: Any) -> Reply:
        start = 10 * (int(query["page"]) - 1)
        some = ROWS[start : start + 10]
        return reply({"results": total, "total_pages": 3, "data": some, **more})

    return route


def test_numbered_pages(service: Service) -> None:
    service.on("/d", georisques())
    assert ids(request(service, PAGES)) == ALL
    service.on("/d", georisques(28))
    refused(request(service, PAGES), "JUM-S312")


def test_version_two_of_georisques_ignores_what_it_does_not_know(service: Service) -> None:
    way = Way(style="pages", records="content", announced="totalElements", page="pageNumber")
    service.on("/d", reply({"content": ROWS[:10], "totalElements": 613_000}))
    refused(request(service, way, plausible=500), "JUM-S314")


def test_an_envelope_that_tells_an_error_is_no_data(service: Service) -> None:
    service.on("/d", georisques(0, response_code=500, message="Base indisponible", data=[]))
    exc = refused(request(service, PAGES), "JUM-S311")
    assert "indisponible" in exc.what


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"error": "quota"}, "JUM-S311"),
        ({"code": 900, "message": "Invalid token", "description": ""}, "JUM-S311"),
        ([{"error": "Base indisponible"}], "JUM-S311"),
        ({"lignes": []}, "JUM-S302"),
        ({"data": [1, 2]}, "JUM-S302"),
        ("maintenance", "JUM-S302"),
    ],
)
def test_errors_given_as_data(service: Service, document: Any, code: str) -> None:
    service.on("/d", reply(document))
    way = Way(style="single", records="" if isinstance(document, list) else "data")
    refused(request(service, way), code)


# -- Hub'Eau -------------------------------------------------------------------------------------
HUBEAU = Way(style="hubeau", records="data", announced="count", size="size", page="page",
             page_size=10, window=20_000, split=("since", "until"), id="id")  # fmt: skip


def hubeau(service: Service, rows: list[dict[str, Any]], following: bool, last: int = 99) -> Any:
    def route(query: dict[str, str], headers: Any) -> Reply:
        number = int(query.get("page", 1))
        some = rows[10 * (number - 1) : 10 * number] if number <= last else []
        more = 10 * number < len(rows)
        page: dict[str, Any] = {"count": len(rows), "data": some}
        if following and more:
            page["next"] = f"{service.url}/d?size=10&page={number + 1}"
        return reply(page, 206 if more else 200)

    return route


@pytest.mark.parametrize("following", [True, False], ids=["next", "206 without next"])
def test_206_means_more(service: Service, following: bool) -> None:
    service.on("/d", hubeau(service, ROWS, following))
    assert ids(request(service, HUBEAU)) == ALL


def test_206_without_next_nor_pages_is_refused(service: Service) -> None:
    service.on("/d", hubeau(service, ROWS, False, last=1))
    refused(request(service, HUBEAU), "JUM-S312")


def test_a_random_500_does_not_lose_a_page(service: Service) -> None:
    usual, turn = hubeau(service, ROWS, True), [0]

    def route(query: dict[str, str], headers: Any) -> Reply:
        turn[0] += 1
        return Reply(status=500) if turn[0] % 2 else usual(query, headers)

    service.on("/d", route)
    assert ids(request(service, HUBEAU)) == ALL


def test_beyond_twenty_thousand_the_period_is_split(service: Service) -> None:
    rows = [
        {"id": f"2026-01-{day:02d}T{hour:02d}:{minute:02d}:00Z"}
        for day in range(1, 31) for hour in range(24) for minute in range(60)
    ]  # fmt: skip
    way = Way(**{**HUBEAU.__dict__, "page_size": 20_000})

    def route(query: dict[str, str], headers: Any) -> Reply:
        low, high = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
        some = [row for row in rows if low <= datetime.fromisoformat(row["id"]) <= high]
        number = int(query.get("page", 1))
        assert number == 1
        return reply(
            {"count": len(some), "data": some[:20_000]}, 206 if len(some) > 20_000 else 200
        )

    service.on("/d", route)
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-31T00:00:00Z"}
    found = gather(request(service, way, period, plausible=100_000))
    assert len(found.records) == len(rows) == 43_200
    assert found.announced == 43_200


def test_too_many_records_and_no_period_to_split(service: Service) -> None:
    service.on("/d", reply({"count": 20_001, "data": ROWS[:10]}, 206))
    refused(request(service, HUBEAU, plausible=100_000), "JUM-S316")


# -- nothing, ambiguous, kept pages --------------------------------------------------------------
ZONES = Way(style="single", empty={"status": 404, "contains": "aucune zone"}, again="point")


def test_nothing_in_force_is_an_answer_and_another_404_is_not(service: Service) -> None:
    service.on("/d", reply({"statusCode": 404, "message": "Aucune zone d'alerte en vigueur."}, 404))
    assert gather(request(service, ZONES)).records == []
    service.on("/d", reply({"message": "Cannot GET /api/zones"}, 404))
    refused(request(service, ZONES), "JUM-S302")


def test_409_says_that_the_place_is_ambiguous(service: Service) -> None:
    service.on("/d", reply({"message": "Veuillez renseigner une adresse précise"}, 409))
    refused(request(service, ZONES), "JUM-S315")


def test_pages_received_before_a_stop_are_not_asked_again(service: Service, tmp_path: Path) -> None:
    whole = wfs(ROWS)

    def stops(query: dict[str, str], headers: Any) -> Reply:
        return Reply(status=503) if query.get("STARTINDEX") == "20" else whole(query, headers)

    service.on("/d", stops)
    refused(request(service, WFS, pages=tmp_path), "JUM-S308")
    before = service.count("/d")
    service.on("/d", whole)
    assert ids(request(service, WFS, pages=tmp_path)) == ALL
    assert service.count("/d") == before + 1


def test_a_refused_answer_is_not_kept_among_the_pages(service: Service, tmp_path: Path) -> None:
    service.on("/d", Reply(b"<html>maintenance", headers={"Content-Type": "text/html"}))
    refused(request(service, DATAFAIR, pages=tmp_path), "JUM-S302")
    assert list(tmp_path.glob("page-*")) == []
    service.on("/d", datafair(service))
    assert ids(request(service, DATAFAIR, pages=tmp_path)) == ALL
