# SPDX-License-Identifier: EUPL-1.2
"""Kleene's laws hold for the answers of rules, whatever the facts."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import conditions, rules

DAY = dt.date(2026, 6, 15)
ATOMS = ("a = yes", "b = yes", "n < 10", "k in x|y")
facts = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from(["yes", "no", True, False, None]),
        "b": st.sampled_from(["yes", "no", None]),
        "n": st.one_of(st.none(), st.integers(0, 20)),
        "k": st.sampled_from(["x", "y", "z", None]),
    },
)
texts = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) or ({pair[1]})"),
    ),
    max_leaves=6,
)
RANK = {"no": 0, "unknown": 1, "yes": 2}


def answer(condition: str, known: dict[str, object]) -> str:
    row = {
        "id": "R",
        "valid_from": "2020-01-01",
        "territory": "FR",
        "condition": condition,
        "effect": "done",
        "source": "a law",
        "checked_on": "2026-06-01",
        "confidence": "high",
    }
    return rules.evaluate(rules.rules([row]), known, DAY, today=DAY)[0].answer


@given(texts, texts, facts)
def test_conjunction_is_the_least_and_disjunction_the_greatest(
    p: str, q: str, known: dict[str, object]
) -> None:
    left, right = RANK[answer(p, known)], RANK[answer(q, known)]
    assert RANK[answer(f"({p}) and ({q})", known)] == min(left, right)
    assert RANK[answer(f"({p}) or ({q})", known)] == max(left, right)


@given(texts, facts)
def test_negation_is_an_involution(p: str, known: dict[str, object]) -> None:
    assert RANK[answer(f"not ({p})", known)] == 2 - RANK[answer(p, known)]
    assert answer(f"not (not ({p}))", known) == answer(p, known)


@given(texts, texts, facts)
def test_de_morgan(p: str, q: str, known: dict[str, object]) -> None:
    assert answer(f"not (({p}) and ({q}))", known) == answer(f"not ({p}) or not ({q})", known)
    assert answer(f"not (({p}) or ({q}))", known) == answer(f"not ({p}) and not ({q})", known)


@given(texts, facts, st.integers(0, 20), st.sampled_from(["yes", "no"]))
def test_learning_a_fact_never_reverses_an_answer(
    p: str, known: dict[str, object], n: int, a: str
) -> None:
    before = answer(p, known)
    more = {"n": n, "a": a} | {name: value for name, value in known.items() if value is not None}
    if before != "unknown":
        assert answer(p, more) == before


@given(texts, facts)
def test_unknown_names_what_is_missing_and_facts_settle_it(
    p: str, known: dict[str, object]
) -> None:
    row = {
        "id": "R",
        "valid_from": "2020-01-01",
        "territory": "FR",
        "condition": p,
        "effect": "done",
        "source": "a law",
        "checked_on": "2026-06-01",
        "confidence": "high",
    }
    verdict = rules.evaluate(rules.rules([row]), known, DAY, today=DAY)[0]
    assert set(verdict.missing) <= conditions.fields(conditions.parse(p))
    assert (verdict.answer == "unknown") == bool(verdict.missing)
    everything = {"a": "yes", "b": "no", "n": 3, "k": "z"}
    settled = everything | {name: value for name, value in known.items() if value is not None}
    assert answer(p, settled) in {"yes", "no"}


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        conditions.parse(text)
    except ValueError as refused:
        assert "JUM-B060" in str(refused)
