# SPDX-License-Identifier: EUPL-1.2
"""Dated rules: yes, no, unknown, and why."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from jumeau.base import i18n, rules
from jumeau.base.rules import Rule, Verdict

TODAY = dt.date(2026, 11, 22)
DAY = dt.date(2026, 6, 15)
HEADER = "id,valid_from,valid_to,territory,condition,effect,cap_group,source,checked_on,confidence"


def rule(**changes: Any) -> Rule:
    row = {
        "id": "R",
        "valid_from": "2020-01-01",
        "valid_to": "",
        "territory": "FR",
        "condition": "a = yes",
        "effect": "b = done",
        "cap_group": "",
        "source": "a law",
        "checked_on": "2026-11-01",
        "confidence": "high",
    }
    return rules.rules([row | changes])[0]


def ask(over: Rule | list[Rule], facts: dict[str, Any] | None = None, **more: Any) -> Verdict:
    listed = over if isinstance(over, list) else [over]
    options = {"on": DAY, "today": TODAY} | more
    return rules.evaluate(listed, facts or {}, **options)[-1]


@pytest.mark.parametrize(
    ("condition", "facts", "answer"),
    [
        ("a = yes", {"a": "yes"}, "yes"),
        ("a = yes", {"a": True}, "yes"),
        ("a = yes", {"a": "YES"}, "yes"),
        ("a = yes", {"a": "no"}, "no"),
        ("a = yes", {"a": False}, "no"),
        ("a = yes", {}, "unknown"),
        ("a = yes", {"a": None}, "unknown"),
        ("a = yes", {"a": ""}, "unknown"),
        ("a = yes", {"a": float("nan")}, "unknown"),
        ("a != yes", {"a": "no"}, "yes"),
        ("n < 40000", {"n": 39999.99}, "yes"),
        ("n < 40000", {"n": 40000}, "no"),  # limits are strict
        ("n <= 40000", {"n": 40000}, "yes"),
        ("n < 40000", {"n": "35000"}, "yes"),
        ("n < 40000", {"n": "many"}, "unknown"),
        ("n between 20 and 40", {"n": 40}, "yes"),
        ("n between 20 and 40", {"n": 41}, "no"),
        ("t > 1.5 * c", {"t": 160, "c": 100}, "yes"),
        ("t > 1.5 * c", {"t": 150, "c": 100}, "no"),
        ("t > 1.5 * c", {"t": 160}, "unknown"),
        ("t > a / b", {"t": 1, "a": 1, "b": 0}, "unknown"),
        ("d >= 2026-08-22", {"d": "2026-10-05"}, "yes"),
        ("d >= 2026-08-22", {"d": dt.date(2026, 8, 21)}, "no"),
        ("d >= 2026-08-22", {"d": dt.datetime(2026, 8, 22, 10)}, "yes"),
        ("d >= 2026-08-22", {"d": 3}, "unknown"),
        ("k in a|b", {"k": "b"}, "yes"),
        ("k in a|b", {"k": "c"}, "no"),
        ("k in a|b", {"k": {"c", "a"}}, "yes"),  # several values: one is enough
        ("k in 15|20|25", {"k": 20}, "yes"),
        ("code = 01004", {"code": "01004"}, "yes"),
        ("code = 01004", {"code": "1004"}, "no"),  # a code is not a quantity
    ],
)
def test_one_test(condition: str, facts: dict[str, Any], answer: str) -> None:
    assert ask(rule(condition=condition), facts).answer == answer


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("t = yes and u = yes", "unknown"),
        ("f = yes and u = yes", "no"),  # what is not known no longer matters
        ("t = yes or u = yes", "yes"),
        ("f = yes or u = yes", "unknown"),
        ("not u = yes", "unknown"),
        ("not f = yes", "yes"),
        ("not (f = yes and u = yes)", "yes"),
        ("(t = yes if u = yes; f = yes if t = yes)", "unknown"),
        ("(t = yes if f = yes; t = yes if t = yes)", "yes"),
    ],
)
def test_three_valued_logic(condition: str, answer: str) -> None:
    assert ask(rule(condition=condition), {"t": True, "f": False}).answer == answer


def test_the_proof_lists_facts_used_and_missing() -> None:
    verdict = ask(rule(condition="a = yes and (n < 10 or m < 10)"), {"a": "yes", "n": 12})
    assert verdict.answer == "unknown"
    assert verdict.used == {"a": "yes", "n": 12}
    assert verdict.missing == ("m",)
    plain = verdict.to_dict()
    assert plain["proof"]["parts"][0] == {
        "text": "a = yes",
        "answer": "yes",
        "used": {"a": "yes"},
        "missing": [],
        "parts": [],
    }
    assert plain["proof"]["text"] == "a = yes and (n < 10 or m < 10)"


def test_what_would_not_change_a_settled_answer_is_not_missing() -> None:
    verdict = ask(rule(condition="f = yes and u = yes"), {"f": False})
    assert verdict.answer == "no"
    assert verdict.missing == ()


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (dt.date(2019, 12, 31), 0),
        (dt.date(2020, 1, 1), 1),
        (dt.date(2026, 3, 31), 1),  # the last day is in
        (dt.date(2026, 4, 1), 0),
    ],
)
def test_only_rules_in_force_answer(on: dt.date, count: int) -> None:
    dated = rule(valid_to="2026-03-31")
    assert len(rules.evaluate([dated], {"a": "yes"}, on, today=TODAY)) == count


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"confidence": "low"}, "JUM-B064"),
        ({"source": ""}, "JUM-B065"),
        ({"source": "a site; rate grid to confirm"}, "JUM-B066"),
        ({"source": "a site; scope and start date to confirm"}, "JUM-B066"),
        ({"source": "text not found: treat as unknown"}, "JUM-B066"),
        ({"source": "a site; start date to confirm", "valid_from": "2026-01-01"}, "JUM-B066"),
        ({"source": "a site; end date to confirm", "valid_to": "2026-12-31"}, "JUM-B066"),
        ({"source": "a site; dates to confirm", "valid_to": "2026-12-31"}, "JUM-B066"),
        ({"checked_on": "2023-01-01"}, "JUM-B067"),
        ({"checked_on": ""}, "JUM-B067"),
        ({"condition": "when the moon is full"}, "JUM-B063"),
    ],
)
def test_a_doubt_turns_yes_into_unknown_and_says_why(changes: dict[str, str], code: str) -> None:
    verdict = ask(rule(**changes), {"a": "yes"})
    assert verdict.answer == "unknown"
    assert [reason.code for reason in verdict.reasons] == [code]
    for lang in ("fr", "en"):
        with i18n.using(lang):
            assert "R" in verdict.to_dict()["reasons"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"confidence": "medium"},
        {"source": "CCP art. L2123-1 (to confirm)"},  # the number of the article only
        {"source": "a law; article to confirm"},
        {"source": "a law; exceptions to confirm"},
        {"source": "a law; start date to confirm"},  # the rule is six years old
        {"source": "a law; start date to confirm", "valid_to": "2026-12-31"},
        {"source": "a law; effective day to confirm", "valid_from": "2024-01-01"},
    ],
)
def test_a_doubt_that_is_not_decisive_leaves_yes(changes: dict[str, str]) -> None:
    assert ask(rule(**changes), {"a": "yes"}).answer == "yes"


def test_a_no_stays_a_no_whatever_the_doubt() -> None:
    verdict = ask(rule(confidence="low", source=""), {"a": "no"})
    assert (verdict.answer, verdict.reasons) == ("no", ())


def test_the_age_of_a_check_is_a_parameter() -> None:
    old = rule(checked_on="2026-01-01")
    assert ask(old, {"a": "yes"}, max_age_days=400).answer == "yes"
    assert ask(old, {"a": "yes"}, max_age_days=300).answer == "unknown"
    assert ask(old, {"a": "yes"}, today=dt.date(2029, 1, 1)).answer == "unknown"


@pytest.mark.parametrize(
    ("territory", "place", "answer"),
    [
        ("FR", None, "yes"),
        ("FR", "34172", "yes"),
        ("", "34172", "yes"),
        ("34", "34172", "yes"),
        ("34|30", "30189", "yes"),
        ("34172", "34172", "yes"),
        ("2A", "2A004", "yes"),
        ("971|972", "97209", "yes"),
        ("34", "31555", "no"),
        ("34", None, "unknown"),
        ("département", "34172", "unknown"),
    ],
)
def test_rules_belong_to_a_territory(territory: str, place: str | None, answer: str) -> None:
    verdict = ask(rule(territory=territory), {"a": "yes"}, territory=place)
    assert verdict.answer == answer
    if place is None and answer == "unknown":
        assert verdict.missing == ("territory",)


def test_a_rule_may_ask_for_the_verdict_of_others() -> None:
    first = rule(id="DISP-1", condition="n < 10")
    other = rule(id="DISP-2", condition="m < 10")
    last = rule(id="LAST", condition="not rule DISP-*")
    assert ask([first, other, last], {"n": 20, "m": 20}).answer == "yes"
    assert ask([first, other, last], {"n": 5}).answer == "no"
    unknown = ask([first, other, last], {"n": 20})
    assert (unknown.answer, unknown.missing) == ("unknown", ("m",))
    assert ask(rule(condition="not rule NOTHING-*")).answer == "yes"


def test_an_effect_is_a_fact_for_the_other_rules() -> None:
    formal = rule(id="FORMAL", condition="n >= 100", effect="procedure = formal; notice = yes")
    social = rule(id="SOCIAL", condition="procedure = formal", effect="clause = required")
    notice = rule(id="NOTICE", condition="notice = yes and procedure != adapted")
    assert formal.assigns == {"procedure": "formal", "notice": "yes"}
    assert ask([formal, social], {"n": 150}).answer == "yes"
    assert ask([formal, social], {"n": 50}).answer == "no"
    assert ask([formal, social], {}).missing == ("n",)
    assert ask([social, formal], {"n": 150}).answer == "yes"
    verdicts = rules.evaluate([social, formal], {"n": 150}, DAY, today=TODAY)
    assert [item.answer for item in verdicts] == ["yes", "yes"]  # whatever the order
    assert ask([formal, social], {"n": 150, "procedure": "adapted"}).answer == "no"  # facts first
    assert ask([formal, notice], {"n": 150}).answer == "yes"


def test_an_effect_in_free_text_sets_nothing() -> None:
    assert rule(effect="sum(aid) <= 0.80 * eligible_cost, alone or combined").assigns == {}


def test_rules_that_turn_in_circles_are_unknown() -> None:
    a = rule(id="A", condition="not rule B")
    b = rule(id="B", condition="not rule A")
    assert {item.answer for item in rules.evaluate([a, b], {}, DAY, today=TODAY)} == {"unknown"}
    own = rule(condition="b = done")  # its own effect
    assert ask(own).answer == "unknown"


@pytest.mark.parametrize(
    "row",
    [
        "R,never,,FR,a = yes,b = c,,law,2026-01-01,high",
        "R,2020-01-01,31/12/2024,FR,a = yes,b = c,,law,2026-01-01,high",
        "R,2020-01-01,2019-01-01,FR,a = yes,b = c,,law,2026-01-01,high",
        "R,2020-01-01,,FR,a = yes,b = c,,law,2026-01-01,certain",
        ",2020-01-01,,FR,a = yes,b = c,,law,2026-01-01,high",
        "R,2020-01-01",
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, row: str) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="JUM-B062"):
        rules.load(file)


def test_an_identifier_may_not_come_twice() -> None:
    with pytest.raises(ValueError, match="JUM-B062"):
        rules.rules([vars(rule()) | {"valid_from": "2020-01-01", "checked_on": "2026-01-01"}] * 2)


def test_an_absent_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="JUM-B061"):
        rules.load(tmp_path / "none.csv")


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    line = "É-1,2020-01-01,,FR,a = yes,b = c,,loi,2026-11-01,high"
    file.write_text(f"{HEADER}\n{line}\n", encoding="utf-8-sig")
    assert [item.id for item in rules.load(file)] == ["É-1"]


# The published rules and their truth table.

READABLE = {
    # The file writes this one in words.
    "PROC-ADAPTED": "kind in supplies|services|works and not rule PROC-DISP-*"
    " and not rule PROC-FORMAL-*",
}


def _published(shared: Path) -> list[Rule]:
    path = shared / "validation" / "decision" / "rules" / "funding_procurement_rules.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["condition"] = READABLE.get(row["id"], row["condition"])
    return rules.rules(rows)


def _conclusion(found: dict[str, Verdict]) -> str:
    """Return what a buyer is told: the procedure, unknown when a doubtful one would be lighter."""
    gives = {"no_publicity": 0, "innovation_direct": 1, "formal": 2, "adapted": 3}
    answers = {
        answer: [
            rule_id
            for rule_id, verdict in found.items()
            if verdict.answer == answer and verdict.rule.assigns.get("procedure") in gives
        ]
        for answer in ("yes", "unknown")
    }
    if found.get("PROC-TURNOVER-1.5") and found["PROC-TURNOVER-1.5"].answer == "yes":
        return "not_allowed"

    def rank(rule_id: str) -> int:
        return gives[found[rule_id].rule.assigns["procedure"]]

    best = min(answers["yes"], key=rank)
    if any(rank(rule_id) < rank(best) for rule_id in answers["unknown"]):
        return "unknown"
    parts = [found[best].rule.assigns["procedure"]]
    for rule_id, words in (
        ("PROC-ENV-CRITERION", "environmental criterion required"),
        ("PROC-SOCIAL-CLAUSE", "social clause required"),
    ):
        if rule_id in found and found[rule_id].answer == "yes":
            parts.append(words)
    return "; ".join(parts)


@pytest.mark.shared
def test_the_truth_table_of_procurement(shared: Path) -> None:
    published = _published(shared)
    path = shared / "validation" / "decision" / "procurement" / "truth_table.csv"
    with path.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 20
    for case in cases:
        need = float(case["need_ht_eur"])
        facts: dict[str, Any] = {
            "buyer": case["buyer"],
            "kind": case["kind"],
            "need_ht": need,
            "contract_ht": need,
            "innovative": "no",
        }
        facts |= dict(item.split("=") for item in case["facts"].split(";") if item)
        on = dt.date.fromisoformat(case["date"])
        found = {item.rule.id: item for item in rules.evaluate(published, facts, on, today=TODAY)}
        assert _conclusion(found) == case["expected"], case["case_id"]
        for rule_id in case["rule_ids"].split(";"):
            expected = {"yes", "unknown"} if case["expected"] != "unknown" else {"no", "unknown"}
            assert found[rule_id].answer in expected, (case["case_id"], rule_id)


@pytest.mark.shared
def test_doubtful_published_rules_never_say_yes(shared: Path) -> None:
    facts: dict[str, Any] = {
        "aid": "FONDS_VERT",
        "expense": "cloud_iaas",
        "duration_years": 20,
        "worksite": "lighting",
    }
    found = {
        item.rule.id: item for item in rules.evaluate(_published(shared), facts, DAY, today=TODAY)
    }
    for rule_id in ("FV-ENVELOPE-2026", "FCTVA-CLOUD-2026", "BDT-LOAN-FIXED", "BDT-LOAN-LIVRETA"):
        assert found[rule_id].answer == "unknown", rule_id
        assert found[rule_id].reasons
    assert found["FV-LIGHT-RESTRICTED"].answer == "yes"
    assert found["DETR-RATE-LOCAL"].answer == "unknown"  # its condition is in words
