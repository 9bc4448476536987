"""Splits the breast cancer data of scikit-learn over three hospitals of different size.

    python examples/data/split.py .../sklearn/datasets/data/breast_cancer.csv

writes hospital_a.csv (285 rows), hospital_b.csv (171) and hospital_c.csv (113) beside this script.
Of every ten rows, in the order of the source, the first five go to a, three to b and two to c; so
the outcome is the same on every machine. Numbers are copied as text: no digit changes.
"""

import csv
import hashlib
import sys
from pathlib import Path

SOURCE_SHA256 = "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed"
SHARES = "aaaaabbbcc"
FEATURES = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave_points", "symmetry", "fractal_dimension",
)  # fmt: skip
COLUMNS = [f"{kind}_{name}" for kind in ("mean", "error", "worst") for name in FEATURES]
CLASSES = {"0": "malignant", "1": "benign"}


def read(source: Path) -> list[list[str]]:
    """Rows of the source, its class as a word; refuses any other file."""
    if hashlib.sha256(source.read_bytes()).hexdigest() != SOURCE_SHA256:
        raise SystemExit(f"{source} is not the breast_cancer.csv of scikit-learn 1.9")
    with source.open(newline="") as file:
        rows = list(csv.reader(file))[1:]  # the first line holds counts and class names
    return [[*row[:-1], CLASSES[row[-1]]] for row in rows]


def write(rows: list[list[str]], target: Path) -> None:
    """A CSV file with a header."""
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, "diagnosis"])
        writer.writerows(rows)


def main(source: Path, folder: Path) -> None:
    """Write one file per hospital."""
    rows = read(source)
    for hospital in sorted(set(SHARES)):
        part = [row for i, row in enumerate(rows) if SHARES[i % len(SHARES)] == hospital]
        write(part, folder / f"hospital_{hospital}.csv")
        print(f"hospital_{hospital}.csv: {len(part)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(__file__).parent)
