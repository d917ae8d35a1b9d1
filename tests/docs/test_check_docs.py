# SPDX-License-Identifier: EUPL-1.2
"""The documentation checker sees each fault that it is there to see, and passes good code."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_docs = load("check_docs")


def function(code: str) -> ast.FunctionDef:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def faults(code: str, *, public: bool = True) -> list[str]:
    return list(check_docs.check_function(function(code), public))


GOOD = '''
def illuminance(distance: float, /, *more: int, lamps: list[str]) -> np.ndarray:
    """Compute a thing by the inverse square law.

    Parameters
    ----------
    distance : float
        From the lamp [m].
    *more, lamps : int, list of str
        Told together.

    Returns
    -------
    numpy.ndarray
        Illuminance [lx].

    Raises
    ------
    InvalidError
        If the distance is negative.
    """
    raise error("JUM-L001")
'''


def test_a_complete_docstring_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "    distance : float\n        From the lamp [m].\n",
            "",
            "describe the parameter 'distance'",
        ),
        ("[m]", "in metres", "no [unit] for 'distance'"),
        ("*more, lamps", "*more, bulbs", "describes 'bulbs'"),
        ("    Returns\n    -------\n", "", "what it returns"),
        ("    Raises\n    ------\n", "", "what it raises"),
    ],
)
def test_each_missing_part_is_seen(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    assert any(fault in found for found in faults(GOOD.replace(old, new)))


def test_a_public_function_without_docstring_is_a_fault() -> None:
    assert faults("def f(x: float) -> None: ...") == ["has no docstring"]
    assert faults("def f(x: float) -> None: ...", public=False) == []


def test_a_short_docstring_suffices_off_the_public_surface() -> None:
    short = 'def f(x: float) -> float:\n    """Double a number."""\n    return 2 * x'
    assert faults(short, public=False) == []
    assert "does not say what it returns" in faults(short)
    assert not any("returns" in fault for fault in faults(short.replace("Double", "Return twice")))


def test_a_function_may_refer_to_the_parameters_of_another() -> None:
    code = 'def f(x: float) -> float:\n    """Tell the same, as :func:`g`."""\n    raise ValueError'
    assert faults(code) == []
    assert len(faults(code.replace("as :func:`g`", "like g"))) == 3


@pytest.mark.parametrize(
    "text", ["share of the flux", "3.2 % is 0.032", "index of the lamp", "[-]"]
)
def test_a_number_without_dimension_says_what_it_is(text: str) -> None:
    assert faults(GOOD.replace("From the lamp [m].", text)) == []


def test_what_an_inner_function_raises_is_its_own() -> None:
    code = '''
def outer() -> None:
    """Do it."""
    def inner() -> None:
        raise ValueError
    inner()
'''
    assert faults(code) == []
    assert faults(code + "    raise KeyError") == ["does not say what it raises"]


def test_properties_say_what_they_are() -> None:
    assert faults('@property\ndef n(self) -> int:\n    """Number of lamps."""') == []
    assert faults('def n(self) -> int:\n    """Number of lamps."""') == [
        "does not say what it returns"
    ]


def test_wrong_sections_are_seen_even_off_the_public_surface() -> None:
    code = GOOD.replace("*more, lamps : int", "*more : int")
    assert faults(code, public=False) == ["does not describe the parameter 'lamps'"]


def sentences(**changes: str) -> list[str]:
    row = {
        "what_en": "No lamp in {table}.",
        "what_fr": "Aucune lampe dans {table}.",
        "why_en": "",
        "why_fr": "",
        "remedy_en": "Add some.",
        "remedy_fr": "Ajoutez-en.",
    }
    return list(check_docs.check_sentences(row | changes))


def test_messages_need_both_languages_and_the_same_placeholders() -> None:
    assert sentences() == []
    assert sentences(what_fr="") == ["has no what_fr"]
    assert sentences(remedy_en=" ", remedy_fr="") == ["has no remedy_en", "has no remedy_fr"]
    assert sentences(why_en="Because.") == ["has no why_fr"]
    assert "placeholders table" in sentences(what_fr="Aucune lampe.")[0]
    assert sentences(what_fr="Aucune lampe dans {table!r:>5}.") == []


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


HEADER = "code,kind,what_en,what_fr,why_en,why_fr,remedy_en,remedy_fr\n"


def test_codes_are_declared_once_in_their_package_and_used(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "src/jumeau/twin/messages.csv": HEADER
            + "JUM-T001,invalid,a,b,,,c,d\nJUM-T001,blocks,a,b,,,c,d\nJUM-B002,blocks,a,b,,,c,d\n"
            + "JUM-T3,blocks,a,b,,,c,d\nJUM-T004,awful,a,b,,,c,d\n",
            "src/jumeau/twin/store.py": 'error("JUM-T001"); finding("JUM-T009")\n"see JUM-T777"\n',
        },
    )
    found = "\n".join(check_docs.check_messages(root))
    assert "JUM-T001 is already declared" in found
    assert "JUM-B002 has the letter of another package" in found
    assert "'JUM-T3' is not a code" in found
    assert "JUM-T004 has the unknown kind 'awful'" in found
    assert "store.py:1: JUM-T009 is declared in no messages.csv" in found
    assert "JUM-T004 is never raised" in found
    assert "JUM-T777" not in found
    assert "JUM-T001 is never raised" not in found


def test_options_told_in_remedies_and_pages_exist(tmp_path: Path) -> None:
    row = "JUM-T001,invalid,a,b,,,Use --as TABLE or --source-crss.,Voir --json et --map a=b.\n"
    root = tree(
        tmp_path,
        {
            "src/jumeau/twin/messages.csv": HEADER + row,
            "README.md": "Type `--json` or\n$ jumeau add x --insee 1 --colour red\n$ ls --all\n",
            "docs/a.md": "A dash -- and `--no-serve`, `--never`.\n",
        },
    )
    found = [item.split(" tells to type ") for item in check_docs.check_options(root)]
    assert [(place, option.split(",")[0]) for place, option in found] == [
        ("src/jumeau/twin/messages.csv: JUM-T001", "--source-crss"),
        ("README.md", "--colour"),
        ("docs/a.md", "--never"),
    ]


def test_schema_rows_need_labels_and_a_description(tmp_path: Path) -> None:
    head = "attribute,label_en,label_fr,description\n"
    root = tree(
        tmp_path,
        {
            "src/jumeau/twin/schema/lamp.csv": head + "id,Id,Identifiant,Name\nh,Height,,\n",
            "src/jumeau/twin/schema/_rasters.csv": head.replace("attribute", "layer")
            + "dtm,T,,x\n",
        },
    )
    found = [item.partition(": ")[2] for item in check_docs.check_schema(root)]
    assert found == ["dtm has no label_fr", "h has no label_fr", "h has no description"]


def test_pages_have_their_twin(tmp_path: Path) -> None:
    page = "# Title\n\n## Part\n\n```\n$ jumeau demo\n```\n"
    root = tree(
        tmp_path,
        {
            "README.md": page,
            "README.fr.md": page.replace("Title", "Titre"),
            "docs/a.md": page,
            "docs/b.md": page,
            "docs/b.fr.md": page.replace("## Part", "### Partie").replace("demo", "démo"),
            "docs/c.fr.md": page,
            "docs/_build/d.md": page,
        },
    )
    assert list(check_docs.check_pages(root)) == [
        "docs/a.md: a.fr.md is not there",
        "docs/b.md: its headings differ from those of b.fr.md",
        "docs/b.md: its commands differ from those of b.fr.md",
        "docs/c.fr.md: has no English page",
    ]


def test_texts_of_the_page_exist_in_both_languages(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "web/src/i18n/en.json": '{"map": {"lamps": "Lamps", "streets": "Streets"}}',
            "web/src/i18n/fr.json": '{"map": {"lamps": "Lampes"}, "pourquoi": "Pourquoi ?"}',
        },
    )
    assert list(check_docs.check_page_texts(root)) == [
        "web/src/i18n: map.streets has no French text",
        "web/src/i18n: pourquoi has no English text",
    ]


def test_files_are_short_licensed_and_named(tmp_path: Path) -> None:
    root = tree(tmp_path, {"utils.py": "x = 1\n" * 601, "lamp.py": check_docs.LICENCE_LINE + "\n"})
    assert list(check_docs.check_file(root / "lamp.py")) == []
    found = list(check_docs.check_file(root / "utils.py"))
    assert len(found) == 3
    assert any("601 lines" in item for item in found)


def test_exported_names_are_read_without_importing(tmp_path: Path) -> None:
    root = tree(
        tmp_path, {"p/__init__.py": 'X = 1\n__all__: list[str] = ["a", "b"]\n', "q/x.py": ""}
    )
    assert check_docs.exported(root / "p") == {"a", "b"}
    assert check_docs.exported(root / "q") == set()


def test_fields_and_indicators_of_worksites_are_documented() -> None:
    from jumeau.base.contract import FieldSpec, IndicatorSpec

    field = FieldSpec("lamp.power_w", "table", "in", "W", "Power", "Puissance", "", "Sans elle…")
    indicator = IndicatorSpec("energy", "kWh", "Energy", "Énergie", "P·t", "", "Somme.")
    worksite = SimpleNamespace(fields=[field], indicators=[indicator])
    assert list(check_docs.check_specs({"toy": worksite})) == [
        "worksite toy: the field lamp.power_w has no doc_en",
        "worksite toy: the indicator energy has no method_en",
    ]


def test_the_surface_is_what_packages_export(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "src/jumeau/__init__.py": "if TYPE:\n    from jumeau.twin.store import open\n"
            "from jumeau.twin.store import hidden\n__all__ = ['open']\n",
            "src/jumeau/twin/__init__.py": "",
            "src/jumeau/twin/store.py": "def open(p: str) -> int: ...\ndef hidden() -> int: ...\n",
            "src/jumeau/cli.py": "def open(path: str) -> int: ...\n",
            "src/jumeau/ground/sun.py": "def rise(day: float) -> float: ...\ndef _help(): ...\n",
        },
    )
    assert check_docs.surface(root)["jumeau.twin.store"] == {"open"}
    assert list(check_docs.check_docstrings(root)) == [
        "src/jumeau/ground/sun.py:1: rise has no docstring",
        "src/jumeau/twin/store.py:1: open has no docstring",
    ]


def test_methods_of_a_contract_are_told_there(tmp_path: Path) -> None:
    contract = "class Worksite(Protocol):\n    def run(self, territory: str) -> None: ...\n"
    engine = "__all__ = ['Lighting']\nclass Lighting:\n"
    engine += "    def run(self, territory: str) -> None:\n        'Run.'\n"
    engine += "    def stop(self, territory: str) -> None:\n        'Stop.'\n"
    files = {"src/jumeau/base/contract.py": contract, "src/jumeau/lights/__init__.py": engine}
    assert list(check_docs.check_docstrings(tree(tmp_path, files))) == [
        "src/jumeau/lights/__init__.py:5: Lighting.stop does not describe the parameter 'territory'"
    ]


def test_the_exit_status_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_docs, "check_specs", list)
    tree(tmp_path, {"README.md": "# A\n", "src/jumeau/twin/utils.py": "x = 1\n"})
    (tmp_path / "docs").mkdir()
    assert check_docs.main(tmp_path) == 1
    out = capsys.readouterr().out
    assert "utils.py" in out
    assert "code 1 lines, median file 0; tests 0 lines" in out
