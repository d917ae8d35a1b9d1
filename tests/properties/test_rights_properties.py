# SPDX-License-Identifier: EUPL-1.2
"""Rights do not depend on the order of sources, and a source more never frees a product."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.twin.rights import licences, recognise, rights

texts = st.sampled_from(
    ["", "notspecified", "Contrat particulier", *(item.label_fr for item in licences().values())]
)
lists = st.lists(texts, max_size=5)


def sources(written: list[str]) -> pd.DataFrame:
    columns = ["id", "title", "licence"]
    return pd.DataFrame(
        [(f"s{n}", f"t{n}", text) for n, text in enumerate(written)], columns=columns
    )


@settings(max_examples=80, deadline=None)
@given(lists, st.randoms())
def test_order_does_not_matter(written: list[str], random) -> None:
    frame = sources(written)
    shuffled = frame.sample(frac=1, random_state=random.randint(0, 2**31))
    one, other = rights(frame), rights(shuffled)
    assert (one.licence, one.share_alike, one.url) == (other.licence, other.share_alike, other.url)
    assert set(one.unknown) == set(other.unknown)
    assert set(one.attribution) == set(other.attribution)
    assert sorted(item.code for item in one.findings) == sorted(
        item.code for item in other.findings
    )


@settings(max_examples=80, deadline=None)
@given(lists, texts)
def test_a_source_more_never_frees(written: list[str], more: str) -> None:
    before, after = rights(sources(written)), rights(sources([*written, more]))
    assert after.share_alike or not before.share_alike
    assert before.licence or not after.licence  # what may not be published does not become so
    assert set(before.unknown) <= set(after.unknown)
    assert len(after.findings) >= len(before.findings)
    assert set(before.attribution) <= set(after.attribution)


@settings(max_examples=80, deadline=None)
@given(lists)
def test_every_source_is_named_and_every_doubt_is_told(written: list[str]) -> None:
    made = rights(sources(written))
    assert len(made.attribution) == len(written)
    doubted = {item.entity for item in made.findings if item.code in {"JUM-T130", "JUM-T131"}}
    assert doubted == set(made.unknown)
    assert doubted == {f"s{n}" for n, text in enumerate(written) if not recognise(text)}


@given(
    st.sampled_from(sorted(licences())),
    st.sampled_from(["", " ", "Données sous ", "(", "« "]),
    st.sampled_from(["", " ", " (dépôt)", ")", " »", "."]),
    st.booleans(),
)
def test_names_are_recognised_inside_a_sentence(
    name: str, before: str, after: str, capitals: bool
) -> None:
    licence = licences()[name]
    for text in (licence.id, licence.label_fr):
        sentence = f"{before}{text.upper() if capitals else text}{after}"
        assert recognise(sentence) == [licence]
