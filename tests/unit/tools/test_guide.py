"""The guide for authors of algorithms: its code runs, its tables are what the code says."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vantage6.tools import exceptions
from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient
from vantage6.tools.readers import READERS

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "algorithms.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.py)\n")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The packages of the guide, as its blocks say."""
    for block in BLOCKS:
        if name := FILE.match(block):
            file = tmp_path / name[1]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0].startswith("v6_mean")]:
        del sys.modules[name]


def test_scripts_run_in_their_order(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(packages)
    scripts = [block for block in BLOCKS if not FILE.match(block)]
    names: dict[str, Any] = {}

    for script in scripts:
        exec(script, names)  # noqa: S102  # the guide's own code

    assert len(scripts) == 4
    assert names["mean"] == pytest.approx((590 + 1980) / 60)


def test_wrapper_of_the_guide_reads_its_database(packages: Path, tmp_path: Path) -> None:
    from v6_mean.fhir import FhirWrapper  # type: ignore[import-not-found]

    file = tmp_path / "bundle.json"
    file.write_text('{"entry": [{"resource": {"age": 5}}]}')

    pd.testing.assert_frame_equal(FhirWrapper.load_data(str(file), {}), pd.DataFrame({"age": [5]}))


def test_exit_codes_of_the_guide_are_those_of_the_exceptions() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", GUIDE, re.MULTILINE)
    said = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    said.pop("MemoryError")  # Python's own

    made = {
        cls.__name__: cls.exit_code
        for cls in vars(exceptions).values()
        if isinstance(cls, type) and issubclass(cls, exceptions.AlgorithmError)
    }
    made["SubtakCreationError"] = made.pop("SubtaskCreationError")
    assert said == made


def test_types_of_databases_of_the_guide_are_those_that_can_be_read() -> None:
    (row,) = re.findall(r"^\| `auto_wrapper` \| (.*?) \|", GUIDE, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", row)) - {"sheet_name", "query"} == set(READERS)


def test_methods_of_the_guide_are_there() -> None:
    new, old = zip(*re.findall(r"^\| (`\S*\(.*?) \| (.*?) \|", GUIDE, re.MULTILINE), strict=True)
    nouns = re.findall(r"`(?:(\w+)\.)?(\w+)\(", " ".join(new))
    methods = re.findall(r"`(\w+)\(", " ".join(old))

    assert len(nouns) > 8
    assert len(methods) > 4
    for noun, method in nouns:
        group = getattr(AlgorithmClient, noun.capitalize()) if noun else AlgorithmClient
        assert callable(getattr(group, method)), (noun, method)
    assert [name for name in methods if not hasattr(ContainerClient, name)] == []
