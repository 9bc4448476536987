"""The federated table is the pooled one, and its hidden cells cannot be computed."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from v6_contingency import RPC_crosstab_partial
from vantage6.tools.exceptions import AlgorithmError, InputError, PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

FOLDER = Path(__file__).resolve().parents[1]
DATA = FOLDER.parent / "data"
FILES = sorted(DATA.glob("survival_*.csv"))
REFERENCE = json.loads((FOLDER / "tests" / "pooled.json").read_text("utf-8"))
SMALLEST = 5


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_contingency")


def ask(client: ClientMockProtocol, columns: Any, **kwargs: Any) -> Any:
    kwargs = {"columns": columns, **kwargs}
    input_ = {"method": "crosstab", "master": True, "kwargs": kwargs}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def pooled_table(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    rows = pd.concat(frames)
    return pd.crosstab(*(rows[column].astype(str) for column in columns))


def test_table_and_chi_squared_are_those_of_the_pooled_rows(client: ClientMockProtocol) -> None:
    answer = ask(client, **REFERENCE["arguments"])

    expected = REFERENCE["answer"]
    assert answer.pop("chi_squared") == pytest.approx(expected["chi_squared"], rel=1e-9, abs=0)
    assert answer == {key: expected[key] for key in answer}


@pytest.mark.parametrize(
    "columns", list(itertools.permutations(["event", "menopausal", "grade"], 2))
)
def test_table_equals_crosstab_where_nothing_is_hidden(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch, columns: tuple[str, str]
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "1")
    for frame in client.datasets:
        frame["menopausal"] = frame["postmenopausal"].map({0: "before", 1: "after"})
        frame["grade"] = frame["tumour_grade"]

    answer = ask(client, list(columns))

    table = pooled_table(client.datasets, list(columns))
    assert answer["categories"] == [table.index.tolist(), table.columns.tolist()]
    assert answer["lower"] == answer["upper"] == table.to_numpy().tolist()


@pytest.fixture(scope="module")
def finely_cut(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], ClientMockProtocol]:
    """The other data set, its measurements cut so finely that cells are small."""

    def cut(cells: int) -> ClientMockProtocol:
        folder = tmp_path_factory.mktemp("cut")
        for file in DATA.glob("hospital_*.csv"):
            frame = pd.read_csv(file)
            size = pd.cut(frame["mean_radius"], np.linspace(6, 29, cells), labels=False)
            texture = pd.cut(frame["mean_texture"], np.linspace(9, 40, cells), labels=False)
            columns = frame[["diagnosis"]].assign(size=size, texture=texture)
            columns.to_csv(folder / file.name, index=False)
        return ClientMockProtocol(sorted(folder.iterdir()), "v6_contingency")

    return cut


@pytest.mark.parametrize(
    "columns", list(itertools.combinations(["diagnosis", "size", "texture"], 2))
)
@pytest.mark.parametrize("cells", [6, 9, 20])
def test_bounds_hold_the_truth_where_cells_are_hidden(
    finely_cut: Callable[[int], ClientMockProtocol], columns: tuple[str, str], cells: int
) -> None:
    client = finely_cut(cells)
    truth = pooled_table(client.datasets, list(columns))

    answer = ask(client, list(columns))

    assert answer["chi_squared"] is None
    assert answer["rows"] == 569
    for (i, one), (j, two) in itertools.product(*map(enumerate, answer["categories"])):
        if one is not None and two is not None:
            assert answer["lower"][i][j] <= truth.loc[one, two] <= answer["upper"][i][j]
    assert np.sum(answer["upper"]) > 569


def test_missing_values_are_a_category(client: ClientMockProtocol) -> None:
    for frame in client.datasets:
        frame.loc[:49, "event"] = None
    truth = pd.concat(client.datasets).groupby("hormone_therapy")["event"].agg(["size", "count"])

    answer = ask(client, ["hormone_therapy", "event"])

    assert answer["categories"][1] == ["(missing)", "0", "1"]
    missing = [row[0] for row in answer["lower"]]
    assert missing == (truth["size"] - truth["count"]).tolist()


def test_codes_are_the_same_categories_with_and_without_missing_values(
    client: ClientMockProtocol,
) -> None:
    frame = client.datasets[0]
    frame["code"] = [1e300] * 20 + [2.0] * 200 + [None] * (len(frame) - 220)
    frame.index = [0] * len(frame)  # a database may number its rows as it likes

    table = RPC_crosstab_partial(frame, ["code", "event"])

    assert table["categories"][0] == ["(missing)", str(int(1e300)), "2"]
    assert table["totals"][0] == [len(frame) - 220, 20, 200]


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    assert ask(client, ["hormone_therapy", "event"], organizations=[1, 2])["rows"] == 205 + 136


# --- what an attacker can do --------------------------------------------------------------------


def told(table: np.ndarray[Any, Any]) -> Any:
    """What a site with this table tells."""
    rows = [(f"a{i}", f"b{j}") for (i, j), count in np.ndenumerate(table) for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["one", "two"])
    return RPC_crosstab_partial(frame, ["one", "two"])


def random_tables(shape: tuple[int, int], largest: int, number: int) -> list[Any]:
    random = np.random.default_rng(2026)
    return [random.integers(0, largest, size=shape) for _ in range(number)]


@pytest.mark.parametrize("table", random_tables((4, 5), 14, 20))
def test_no_shown_cell_and_no_total_is_small(table: Any) -> None:
    answer = told(table)

    shown = [count for row in answer["counts"] for count in row if count is not None]
    assert min([*shown, *answer["totals"][0], *answer["totals"][1]]) >= SMALLEST


def possible_tables(counts: Any, totals: Any) -> set[tuple[int, ...]]:
    """All contents of the hidden cells that agree with what was told, by trying all numbers."""
    hidden = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) if n is None]
    shown = np.array([[n or 0 for n in row] for row in counts])
    rows, columns = totals[0] - shown.sum(axis=1), totals[1] - shown.sum(axis=0)
    found = set()

    def fill(place: int, content: tuple[int, ...]) -> None:
        if place == len(hidden):
            if not rows.any() and not columns.any():
                found.add(content)
            return
        i, j = hidden[place]
        is_last_of_row = (i, j + 1) not in hidden[place:] and all(
            k != i for k, _ in hidden[place + 1 :]
        )
        for n in [rows[i]] if is_last_of_row else range(min(rows[i], columns[j]) + 1):
            if n <= columns[j]:
                rows[i], columns[j] = rows[i] - n, columns[j] - n
                fill(place + 1, (*content, int(n)))
                rows[i], columns[j] = rows[i] + n, columns[j] + n

    fill(0, ())
    return found


@pytest.mark.parametrize("table", random_tables((3, 3), 8, 10))
def test_attack_solving_the_totals_leaves_every_hidden_cell_open(table: Any) -> None:
    """Someone writes down all tables that agree with the answer: no cell is the same in them."""
    answer = told(table)

    possible = possible_tables(answer["counts"], answer["totals"])

    for values in zip(*possible, strict=True):
        assert len(set(values)) > SMALLEST


def test_attack_with_subtraction_finds_a_naively_hidden_cell() -> None:
    """The attack works: with the small cell alone hidden it finds the one table there is."""
    counts, totals = [[3, 20], [None, 30]], [[23, 34], [7, 50]]

    assert possible_tables(counts, totals) == {(4,)}


@pytest.mark.parametrize(
    "table",
    [
        # Tables with two blocks that are equally good: chosen by order, they would differ.
        [[9, 21], [13, 0], [19, 18]],
        [[2, 7], [9, 24], [21, 5]],
        [[19, 16, 12], [22, 22, 1]],
        [[24, 2, 20, 17], [7, 19, 24, 19]],
    ],
)
def test_attack_asking_with_the_columns_exchanged_shows_the_same_cells(table: Any) -> None:
    rows = [(f"a{i}", f"b{j}") for (i, j), n in np.ndenumerate(table) for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["one", "two"])

    there = RPC_crosstab_partial(frame, ["one", "two"])
    back = RPC_crosstab_partial(frame, ["two", "one"])

    assert there["counts"] == [list(row) for row in zip(*back["counts"], strict=True)]
    assert there["totals"] == back["totals"][::-1]


@pytest.mark.parametrize("seed", range(10))
def test_attack_combining_the_tables_of_all_pairs_solves_no_hidden_cell(seed: int) -> None:
    """Someone asks for all pairs of three columns and solves all equations together."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.binomial(3, 0.4, size=(90, 3)).astype(str), columns=list("abc"))
    equations, hidden = equations_of(frame)

    rank = np.linalg.matrix_rank(equations)
    assert hidden
    for cell in hidden:
        assert np.linalg.matrix_rank(np.vstack([equations, cell])) == rank + 1


def equations_of(frame: pd.DataFrame) -> tuple[list[Any], list[Any]]:
    """Sums that are told and sums that are hidden, of the unknown numbers of rows abc."""
    tables = {p: RPC_crosstab_partial(frame, list(p)) for p in ("ab", "ac", "bc")}
    names = {"a": tables["ab"]["categories"][0]}
    names |= dict(zip("bc", tables["bc"]["categories"], strict=True))
    equations, hidden = [], []
    for pair, table in tables.items():
        for i, row in enumerate(table["counts"]):
            for j, count in enumerate(row):
                (hidden if count is None else equations).append(
                    summed(names, {pair[0]: i, pair[1]: j})
                )
        for axis, column in enumerate(pair):
            equations += [summed(names, {column: i}) for i in range(len(table["totals"][axis]))]
    return equations, hidden


def summed(names: dict[str, Any], places: dict[str, int]) -> Any:
    """Which of the unknown numbers a sum is made of."""
    unknown = np.zeros([len(names[column]) for column in "abc"])
    unknown[tuple(places.get(column, slice(None)) for column in "abc")] = 1
    return unknown.ravel()


def test_attack_subtracting_organizations_finds_what_a_site_tells_alone(
    client: ClientMockProtocol,
) -> None:
    columns = ["tumour_grade", "event"]
    everybody, two, third = (ask(client, columns, organizations=o) for o in (None, [0, 1], [2]))

    alone = RPC_crosstab_partial(client.datasets[2], columns)
    assert any(None in row for row in alone["counts"])
    for bound in ("lower", "upper"):
        difference = np.array(everybody[bound]) - np.array(two[bound])
        assert difference.tolist() == third[bound]


def test_attack_with_other_categories_is_not_possible(client: ClientMockProtocol) -> None:
    """No word of a question groups, cuts or selects rows."""
    for more in ("categories", "bins", "edges", "query", "subset"):
        with pytest.raises(TypeError, match="unexpected keyword"):
            RPC_crosstab_partial(client.datasets[0], ["event", "age"], **{more: [1]})


def test_free_text_does_not_leave(client: ClientMockProtocol) -> None:
    for frame in client.datasets:
        frame["name"] = [f"person {row}" for row in range(len(frame))]

    answer = ask(client, ["name", "event"])

    assert answer["categories"] == [[None], ["0", "1"]]


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "minimum_rows", "said"),
    [(9, "10", "too few rows for this answer"), (4, "0", "too few rows for a single cell")],
)
def test_site_with_too_few_rows_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, minimum_rows: str, said: str
) -> None:
    monkeypatch.setenv("MINIMUM_ROWS", minimum_rows)
    pd.read_csv(FILES[1]).head(rows).to_csv(tmp_path / "few.csv", index=False)
    client = ClientMockProtocol([FILES[0], tmp_path / "few.csv"], "v6_contingency")

    with pytest.raises(PrivacyThresholdViolation, match=said):
        ask(client, ["hormone_therapy", "event"])


@pytest.mark.parametrize(
    ("columns", "error", "said"),
    [
        (["event", "secret_name"], InputError, "no column of that name"),
        (["event"], InputError, "two different names"),
        (["event", "event"], InputError, "two different names"),
        ("event", InputError, "two different names"),
        (["event", 7], InputError, "no column of that name"),
        (["event", "measured"], AlgorithmError, "measurements, not categories"),
    ],
)
def test_unusable_question_is_refused_with_a_reason(
    client: ClientMockProtocol, columns: Any, error: type[Exception], said: str
) -> None:
    for frame in client.datasets:
        frame["measured"] = frame["age"] / 7

    with pytest.raises(error, match=said) as refused:
        ask(client, columns)

    assert "secret_name" not in str(refused.value)


def test_constant_column_has_no_chi_squared(client: ClientMockProtocol) -> None:
    for frame in client.datasets:
        frame["constant"] = "same"

    answer = ask(client, ["constant", "event"])

    assert answer["lower"] == answer["upper"]
    assert answer["chi_squared"] is None
