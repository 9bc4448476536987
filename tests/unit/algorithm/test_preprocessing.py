"""Steps before an algorithm, and readers, under the names of 4.x."""

import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vantage6.algorithm.tools.preprocessing import preprocess_data
from vantage6.algorithm.tools.wrappers import (
    DatabaseType,
    get_column_names,
    load_csv_data,
    load_data,
    load_excel_data,
    load_sql_data,
)
from vantage6.tools.exceptions import InputError, UserInputError

FRAME = pd.DataFrame({"n": [1, 2, None, 3], "m": [1, 1, 1, 1]})


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        ({"min_": 1, "max_": 3}, [2]),
        ({"min_": 1, "max_": 3, "include_min": True}, [1, 2]),
        ({"min_": 1, "max_": 3, "include_max": True}, [2, 3]),
        ({"min_": 2}, [3]),
        ({"max_": 2}, [1]),
        ({}, [1, 2, 3]),
    ],
)
def test_rows_outside_of_bounds_are_left_out(bounds: dict[str, Any], kept: list[int]) -> None:
    step = {"function": "filter_range", "parameters": {"column": "n", **bounds}}

    assert preprocess_data(FRAME, [step])["n"].tolist() == kept
    assert len(FRAME) == 4


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"function": "planted"}, "step 1 names no function"),
        ({}, "step 1 names no function"),
        ({"function": "filter_range", "parameters": {"planted": 1}}, "of preprocessing step 1"),
        ({"function": "filter_range", "parameters": {"column": "planted"}}, "no column"),
    ],
)
def test_step_that_cannot_be_carried_out_is_named(step: dict[str, Any], message: str) -> None:
    with pytest.raises(UserInputError, match=message) as caught:
        preprocess_data(FRAME, [step])

    assert "planted" not in caught.value.message


def test_databases_are_read_under_their_4_x_names(tmp_path: Path) -> None:
    csv, workbook, database = tmp_path / "a.csv", tmp_path / "a.xlsx", tmp_path / "a.sqlite"
    FRAME.to_csv(csv, index=False)
    FRAME.to_excel(workbook, sheet_name="s", index=False)
    with sqlite3.connect(database) as connection:
        FRAME.to_sql("t", connection, index=False)
    connection.close()

    for frame in (
        load_csv_data(str(csv)),
        load_data(str(csv)),
        load_excel_data(str(workbook), "s"),
        load_data(str(workbook), DatabaseType.EXCEL),
        load_sql_data(f"sqlite:///{database}", "select * from t"),
    ):
        pd.testing.assert_frame_equal(frame, FRAME, check_dtype=False)
    assert get_column_names(str(csv)) == ["n", "m"]


def test_query_is_needed_where_there_is_no_table() -> None:
    with pytest.raises(InputError, match="'query'"):
        load_data("sqlite://", "sql")
