# SPDX-License-Identifier: EUPL-1.2
"""Identities of the sources: encodings, planes, identifiers, numbers."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jumeau.sources.encoding import Decoder, unscramble
from jumeau.sources.folding import fold
from jumeau.sources.identity import identify
from jumeau.sources.resampling import axis, continued, resample

FRENCH = st.text(alphabet="abc éèêàçùîôœÉÀ’'-€ABC012", min_size=1, max_size=30)
# Words of French: nothing in them writes in Windows-1252 the bytes of UTF-8, as "Éœ" would.
WORDS = st.one_of(
    st.text(alphabet="abc éèêàçùîôÉÀ'-ABC012", min_size=1, max_size=30),
    st.sampled_from(["cœur", "Œuvre", "l’été", "12 €", "…", "« été »"]),
)


@given(st.lists(WORDS, min_size=1, max_size=20), st.sampled_from(["utf-8", "cp1252"]))
def test_french_text_is_read_as_it_was_written(words: list[str], encoding: str):
    cells = pa.chunked_array([pa.array([word.encode(encoding) for word in words], pa.binary())])
    assert Decoder().column(cells).to_pylist() == words


@given(FRENCH)
def test_text_decoded_wrongly_comes_back(word: str):
    wrong = word.encode("utf-8").decode("cp1252", "ignore")
    assume(wrong.encode("cp1252") == word.encode("utf-8"))
    assert unscramble(wrong) == word


@given(FRENCH)
def test_folding_is_idempotent_and_blind_to_case(word: str):
    assert fold(fold(word)) == fold(word) == fold(word.upper()) == fold(f" {word}!")


@settings(deadline=None)
@given(
    step=st.sampled_from([0.2, 0.25, 0.3, 0.5, 0.7, 1.0, 2.0, 4.0, 5.0]),
    offset=st.floats(-3, 3).map(lambda value: round(value, 2)),
    slope=st.floats(-2, 2),
    height=st.floats(-50, 500),
)
def test_a_plane_stays_a_plane(step: float, offset: float, slope: float, height: float):
    count = round(40 / step)
    cells = np.arange(np.ceil(offset), np.ceil(offset + count * step))
    weights = axis(cells, offset, step)
    first, last = weights.span[0] - 2, weights.span[1] + 2
    number = np.arange(first, last)
    pixels = offset + step * (number + 0.5)
    there = (number >= 0) & (number < count)
    values = (height + slope * pixels[None, :] + 0 * pixels[:, None]).astype(np.float32)
    both = there[None, :] & there[:, None]
    values[~both] = np.nan
    part = weights.within(first, last)
    got = resample(continued(values, both, 1 + math.ceil(0.5 / step)), part, part)
    assert np.abs(got - (height + slope * cells)[None, :]).max() < 1e-3


@settings(deadline=None)
@given(
    points=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), FRENCH), min_size=1, max_size=12
    ),
    order=st.randoms(),
)
def test_identifiers_follow_the_object_and_are_unique(
    points: list[tuple[int, int, str]], order: object
):
    def named(rows: list[tuple[int, int, str]]) -> list[tuple[str, tuple[int, int, str]]]:
        xy = np.array([(x, y, x, y) for x, y, _ in rows], dtype=float)
        found = identify({"support": pa.array([text for *_, text in rows])}, xy, "luminaire")
        return sorted(zip(found.ids.to_pylist(), rows, strict=True))

    shuffled = list(points)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first = named(points)
    assert first == named(shuffled)
    assert len({name for name, _ in first}) == len(points)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.4))
def test_no_value_is_invented(seed: int, share: float):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 10, (24, 24)).astype(np.float32)
    values[rng.random(values.shape) < share] = np.nan
    weights = axis(np.arange(1.0, 11.0), -0.25, 0.5).within(0, 24)
    got = resample(values, weights, weights)
    known = got[np.isfinite(got)]
    assume(known.size)
    assert known.min() >= np.nanmin(values) - 1e-5
    assert known.max() <= np.nanmax(values) + 1e-5
