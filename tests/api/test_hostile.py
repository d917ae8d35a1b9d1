# SPDX-License-Identifier: EUPL-1.2
"""Thousands of hostile requests at every address: coded refusals, never a fault of ours.

They are drawn with a seed and go straight to the application, as bytes that no client would send.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient

from jumeau.api.security import HEADERS

SEED = 20_260_104
EACH = 80
"""Requests at each address."""
BITS = (
    "", "0", "-1", "1e400", "nan", "inf", "NULL", "true", "[]", "{}", "%00", "%0d%0aSet-Cookie:a=b",
    "..", "..%2f..%2fterritory.toml", "%2e%2e%2f%2e%2e", "..%252f..%252fterritory.toml", "..\\..",
    "..%5c..%5cterritory.toml", "%c0%ae%c0%ae%2f", "/etc/passwd", "file:///etc/passwd", "%ff%fe",
    "%F0%9F%98%80", "'%20OR%20'1'='1", "%22;DROP%20TABLE%20luminaire;--", "%24%7Bjndi:x%7D",
    "%3Cscript%3Ealert(1)%3C/script%3E", "{{7*7}}", "luminaire", "building", "illuminance", "dtm",
    "catalogue", "WebMercatorQuad", "lamp%2F00001", "18446744073709551616", "9" * 400, "a" * 3000,
    "%E2%80%AE", "CON", "con.txt%20", "territory.toml", "%ED%A0%80", "770_6280", "٣", "1_0", "+5",
)  # fmt: skip
VALUES = (
    *BITS, "3.8,43.5,3.9,43.7", "180,-90,-180,90", "1,2,3", "nan,nan,nan,nan", "1e308,1e308,1,1",
    "170,43,-170,44", "3,43,0,4,44,9", "2025-01-01/..", "../..", "9999-12-31/0001-01-01",
    "2025-02-30", "0000-00-00", "-power_w,id", "id,id,id", "EPSG:2154", "EPSG:999999", "[EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/2154", "+proj=pipeline+step+proj=x", "cql2-json", "sql",
    "power_w%3E50%20AND%20id%3C%3E'x'", "((((((((((((((((((", "NOT%20" * 60 + "true",
    "S_INTERSECTS(geometry,POINT(3.87%2043.6))", "S_INTERSECTS(geometry,POLYGON((0%200,1%201)))",
    "BBOX(1,2,3,4)", "%7B%22op%22:%22and%22,%22args%22:%5B" * 50,
    "id%20LIKE%20'" + "%25" * 40 + "'",
    "CASEI(" * 50, "10%5E" * 30 + "10", "1/0", "power_w/0%3E1", "pwer_w=1", "rowid=1", "row:5",
    "key:WzEsMl0", "row:99999999999999999999", "csv", "parquet", "fgb", "geojson", "html", "fr",
    "T_AFTER(installed_on,INTERVAL('..','..'))", "DATE('9999-99-99')", "power_w%20IN%20()",
)  # fmt: skip
NAMES = (
    "lang", "at", "f", "limit", "after", "before", "bbox", "bbox-crs", "crs", "datetime", "filter",
    "filter-lang", "filter-crs", "sortby", "properties", "skip-geometry", "count", "lamp_type",
    "power_w", "q", "ids", "type", "externalIds", "offset", "scope", "entity", "indicator", "sort",
    "severity", "table", "lon", "lat", "v", "style", "bbboxx", "%00", "__proto__", "id;--",
)  # fmt: skip
HEAD = (
    (b"accept", (b"*/*;q=abc", b"text/csv;q=0", b"," * 5000, b"\xff\xfe", b"image/png")),
    (b"if-none-match", (b"*", b'W/"1-', b'"' * 999, b"\x80")),
    (b"range", (b"bytes=0-0", b"bytes=5-1", b"bytes=-1", b"bytes=" + b"0-1," * 900, b"x")),
    (b"accept-encoding", (b"gzip", b"br;q=nan", b"identity;q=0", b"\xff")),
    (b"origin", (b"null", b"https://evil.example")),
    (b"x-forwarded-host", (b"evil.example",)),
    (b"content-length", (b"-1", b"1e9", b"99999999999", "٣".encode())),
    (b"host", (b"evil.example", b"", b"127.0.0.1:99999999", b"[::1", b"\xff")),
)
STATUSES = {200, 204, 206, 304, 307, 400, 404, 405, 411, 413, 414, 416, 421, 431}


def drawn(draw: random.Random, template: str) -> tuple[str, list[tuple[bytes, bytes]]]:
    """Return a request for an address of the description."""
    likely = draw.random() < 0.5
    path = re.sub(
        r"\{(\w+)\}",
        lambda found: (
            {"table": "luminaire", "layer": "illuminance", "grid": "WebMercatorQuad"}.get(
                found[1], draw.choice(("0", "5", "14", "lamp%2F00002"))
            )
            if likely
            else draw.choice(BITS)
        ),
        template,
    )
    if draw.random() < 0.1:
        path += draw.choice(("/", "//", "/..", "/%2e%2e/", ";x", "%00", "\\", "/.git/config"))
    parts = []
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        name = draw.choice(NAMES)
        text = draw.choice(VALUES)
        if draw.random() < 0.1:
            text = quote("".join(chr(draw.randrange(1, 0x2FFF)) for _ in range(20)))
        parts.append(f"{name}={text}" if draw.random() < 0.97 else name)
    headers = []
    if draw.random() < 0.2:
        name, texts = draw.choice(HEAD)
        headers.append((name, draw.choice(texts)))
    return f"{path}?{'&'.join(parts)}" if parts else path, headers


def test_thousands_of_hostile_requests(client: TestClient, ask: Any) -> None:
    draw = random.Random(SEED)
    templates = sorted(client.get("/openapi.json").json()["paths"])
    templates += ["/assets/{name}", "/{name}", "/{a}/{b}", "/docs/{name}", "/stac/{a}/{b}/{c}"]
    asked = [drawn(draw, template) for template in templates for _ in range(EACH)]
    draw.shuffle(asked)
    seen: Counter[int] = Counter()
    faults: list[str] = []

    async def everything() -> None:
        for target, headers in asked:
            reply = await asyncio.wait_for(ask(client.app, target, headers), 30)
            seen[reply.status] += 1
            fault = judge(reply)
            if fault:
                faults.append(f"{fault}: {target[:300]} {headers} {reply.body[:300]!r}")

    asyncio.run(everything())
    assert not faults, "\n".join(faults[:20])
    assert sum(seen.values()) == len(asked) > 3000
    assert {200, 400, 404, 421} <= set(seen), seen


def judge(reply: Any) -> str:
    """Return what is wrong with an answer, or nothing."""
    if reply.status not in STATUSES:
        return f"status {reply.status}"
    for name, value in HEADERS.items():
        if reply.headers.get(name.lower()) != value:
            return f"header {name}"
    if b"Traceback" in reply.body:
        return "traceback"
    if "set-cookie" in reply.headers:
        return "split headers"
    if b"root:x:0" in reply.body or b"catalog_schema" in reply.body:
        return "a file"
    if reply.status >= 400 and reply.status != 416:
        if reply.headers["content-type"] != "application/problem+json":
            return "media type"
        found = reply.json()
        if not found["error"]["code"].startswith("JUM-") or found["status"] != reply.status:
            return "no code"
    return ""
