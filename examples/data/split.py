"""Splits two published data sets over three hospitals of different size.

    python examples/data/split.py .../sklearn/datasets/data/breast_cancer.csv
    python examples/data/split.py .../lifelines/datasets/gbsg2.csv

The first writes hospital_a.csv (285 rows), hospital_b.csv (171) and hospital_c.csv (113) beside
this script, the second survival_a.csv (345 rows), survival_b.csv (205) and survival_c.csv (136).
Of every ten rows, in the order of the source, the first five go to a, three to b and two to c; so
the outcome is the same on every machine. Numbers are copied as text: no digit changes.
"""

import csv
import hashlib
import sys
from pathlib import Path

SHARES = "aaaaabbbcc"
FEATURES = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave_points", "symmetry", "fractal_dimension",
)  # fmt: skip
COLUMNS = [f"{kind}_{name}" for kind in ("mean", "error", "worst") for name in FEATURES]
CLASSES = {"0": "malignant", "1": "benign"}
SURVIVAL_COLUMNS = {
    "horTh": "hormone_therapy",
    "age": "age",
    "menostat": "postmenopausal",
    "tsize": "tumour_size",
    "tgrade": "tumour_grade",
    "pnodes": "positive_nodes",
    "progrec": "progesterone_receptor",
    "estrec": "oestrogen_receptor",
    "time": "days",
    "cens": "event",
}
SURVIVAL_WORDS = {
    "horTh": {"no": "0", "yes": "1"},
    "menostat": {"Pre": "0", "Post": "1"},
    "tgrade": {"I": "1", "II": "2", "III": "3"},
}


def hospital_rows(rows: list[list[str]]) -> list[list[str]]:
    """Breast cancer data with column names, and the class as a word."""
    # The first line of the source holds counts and class names.
    return [[*COLUMNS, "diagnosis"], *([*row[:-1], CLASSES[row[-1]]] for row in rows[1:])]


def survival_rows(rows: list[list[str]]) -> list[list[str]]:
    """Survival data with readable column names, and words as numbers."""
    words = [SURVIVAL_WORDS.get(column, {}) for column in rows[0]]
    named = [SURVIVAL_COLUMNS[column] for column in rows[0]]
    return [
        named,
        *(
            [words_of.get(value, value) for words_of, value in zip(words, row, strict=True)]
            for row in rows[1:]
        ),
    ]


SOURCES = {
    "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed": (
        "hospital",
        hospital_rows,
    ),
    "695954dbed9eaa619f9854f6c945bdccf5b21b12ea3fb46bd28797b9e8284d49": (
        "survival",
        survival_rows,
    ),
}


def read(source: Path) -> tuple[str, list[list[str]]]:
    """What the files are called, and the header and rows; refuses any other file."""
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    if sha256 not in SOURCES:
        raise SystemExit(
            f"{source} is not the breast_cancer.csv of scikit-learn 1.9, nor the gbsg2.csv of "
            "lifelines 0.30"
        )
    name, convert = SOURCES[sha256]
    with source.open(newline="") as file:
        return name, convert(list(csv.reader(file)))


def write(rows: list[list[str]], target: Path) -> None:
    """A CSV file."""
    with target.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main(source: Path, folder: Path) -> None:
    """Write one file per hospital."""
    name, (header, *rows) = read(source)
    for hospital in sorted(set(SHARES)):
        part = [row for i, row in enumerate(rows) if SHARES[i % len(SHARES)] == hospital]
        write([header, *part], folder / f"{name}_{hospital}.csv")
        print(f"{name}_{hospital}.csv: {len(part)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(__file__).parent)
