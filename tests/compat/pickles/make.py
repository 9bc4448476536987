"""Makes tests/compat/vectors/pickles.json: pickles that real versions of pandas wrote.

Run it from the top folder: ``python -m tests.compat.pickles.make``. It makes one environment per
version (`tests.environments`), runs `values.py` in it and records what ``pickle.dumps`` writes;
and once what our own writer makes of the same values where pandas keeps texts in pyarrow.
"""

import base64
import json
import sys
from pathlib import Path

from tests.environments import ROOT, make_environment, run

VECTORS = Path(__file__).parents[1] / "vectors" / "pickles.json"
ENVIRONMENTS = {
    "pandas 1.5.3, numpy 1": ("pandas-1.5.3", "3.10", ["numpy<2", "pandas==1.5.3"]),
    "pandas 2.2.3, numpy 2": ("pandas-2.2.3", "3.11", ["numpy==2.1.3", "pandas==2.2.3"]),
    "pandas 3, numpy 2": ("pandas-3", "3.12", ["pandas>=3,<4"]),
}
WITH_ARROW = ("pandas-3-arrow", "3.12", ["pandas>=3,<4", "pyarrow"])
PROGRAM = """
import base64, json, pickle, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from values import values
if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])
    from vantage6.common.payload import dump
    write = lambda value: dump(value, "legacy")
else:
    write = lambda value: pickle.dumps(value, 4)
print(json.dumps({n: base64.b64encode(write(v)).decode() for n, v in values().items()}))
"""


def written_by(environment: tuple[str, str, list[str]], *arguments: str) -> dict[str, str]:
    """Pickles of all values, in base64, by name."""
    interpreter = make_environment(*environment)
    output = run(interpreter, "-c", PROGRAM, str(Path(__file__).parent), *arguments)
    answer: dict[str, str] = json.loads(output)
    return answer


def main() -> None:
    """Write the file of vectors."""
    vectors = {name: written_by(environment) for name, environment in ENVIRONMENTS.items()}
    vectors["ours, pandas 3 with pyarrow"] = written_by(WITH_ARROW, str(ROOT))
    raw = written_by(WITH_ARROW)["text"]
    assert b"pyarrow" in base64.b64decode(raw), "this pandas keeps texts elsewhere by now"
    vectors["refused"] = {"text in pyarrow": raw}
    VECTORS.write_text(json.dumps(vectors, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
