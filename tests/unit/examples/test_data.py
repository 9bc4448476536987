"""The data of three hospitals: complete, and exactly what the script makes."""

from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "data"


def test_hospitals_have_all_rows_and_none_is_missing_a_value() -> None:
    parts = [pd.read_csv(FOLDER / f"hospital_{name}.csv") for name in "abc"]
    pooled = pd.concat(parts)

    assert [len(part) for part in parts] == [285, 171, 113]
    assert pooled.shape == (569, 31)
    assert not pooled.isna().to_numpy().any()
    assert pooled["diagnosis"].value_counts().to_dict() == {"benign": 357, "malignant": 212}
    # As published by the source: smallest and largest mean radius.
    assert (pooled["mean_radius"].min(), pooled["mean_radius"].max()) == (6.981, 28.11)


def test_columns_are_named_after_measure_and_kind(split: ModuleType) -> None:
    header = (FOLDER / "hospital_a.csv").read_text("utf-8").splitlines()[0].split(",")

    assert header == [*split.COLUMNS, "diagnosis"]
    assert len(set(header)) == 31


def test_other_file_is_not_split(split: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("1,2\n")

    with pytest.raises(SystemExit, match="is not the breast_cancer"):
        split.main(tmp_path / "other.csv", tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "other.csv"]
