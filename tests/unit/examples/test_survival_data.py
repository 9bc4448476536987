"""The survival data of three hospitals: complete, and exactly what the script makes."""

import hashlib
from pathlib import Path
from types import ModuleType

import pandas as pd

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "data"
FILES = sorted(FOLDER.glob("survival_*.csv"))
# A row of the source, and what becomes of it.
HEADER = "horTh,age,menostat,tsize,tgrade,pnodes,progrec,estrec,time,cens"
ROWS = ["no,70,Post,21,II,3,48,66,1814,1"] * 5 + ["yes,44,Pre,12,I,7,61,77,2018,0"]


def test_hospitals_have_all_rows_and_none_is_missing_a_value() -> None:
    parts = [pd.read_csv(file) for file in FILES]
    pooled = pd.concat(parts)

    assert [len(part) for part in parts] == [345, 205, 136]
    assert pooled.shape == (686, 10)
    assert not pooled.isna().to_numpy().any()
    # As published by the source.
    assert pooled["event"].sum() == 299
    assert pooled["hormone_therapy"].sum() == 246
    assert pooled["tumour_grade"].value_counts().to_dict() == {1: 81, 2: 444, 3: 161}
    assert (pooled["days"].min(), pooled["days"].max()) == (8, 2659)


def test_rows_are_named_and_coded_as_the_readme_says(split: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "source.csv"
    source.write_text("\n".join([HEADER, *ROWS]) + "\n", "utf-8")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    split.SOURCES[digest] = ("survival", split.survival_rows)

    split.main(source, tmp_path)

    header = FILES[0].read_text("utf-8").splitlines()[0]
    assert (tmp_path / "survival_a.csv").read_text("utf-8").splitlines() == [
        header,
        *["0,70,1,21,2,3,48,66,1814,1"] * 5,
    ]
    assert (tmp_path / "survival_b.csv").read_text("utf-8").splitlines() == [
        header,
        "1,44,0,12,1,7,61,77,2018,0",
    ]
