"""The import names of 4.x, and what stands behind them."""

import importlib
import inspect

import pytest
from vantage6.algorithm.client import AlgorithmClient
from vantage6.tools import exceptions
from vantage6.tools.algorithm_client import AlgorithmClient as ClientOf3X

TOOLS = "vantage6.algorithm.tools"
NAMES = {
    "wrap": ["wrap_algorithm", "load_input"],
    "decorators": [
        *("algorithm_client", "data", "database_connection", "metadata", "RunMetaData"),
    ],
    "util": ["info", "warn", "error", "get_env_var", "check_envvar_value_positive"],
    "wrappers": [
        *("load_data", "get_column_names", "DatabaseType", "load_csv_data", "load_excel_data"),
        *("load_sparql_data", "load_parquet_data", "load_sql_data"),
    ],
    "preprocessing": ["preprocess_data"],
    "preprocessing.functions": ["filter_range"],
    "mock_client": ["MockAlgorithmClient"],
}
TREE = {
    "AlgorithmError": ["PrivacyViolation", "DataError", "AlgorithmRuntimeError", "ClientError"],
    "PrivacyViolation": ["PrivacyThresholdViolation"],
    "DataError": ["DataReadError", "DataTypeError"],
    "AlgorithmRuntimeError": [
        *("AlgorithmExecutionError", "MaxIterationsReached", "ConvergenceError"),
    ],
    "ClientError": ["SubtakCreationError", "CollectOrganizationError", "CollectResultsError"],
    "InputError": ["UserInputError", "DeserializationError", "DeserializationException"],
    "EnvironmentVariableError": ["EnvironmentVariableNotFoundError"],
    "AlgorithmInitializationError": ["AlgorithmModuleNotFoundError", "MethodNotFoundError"],
    "Exception": ["NodePermissionException"],
}


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_names_of_4_x_are_there(module: str, names: list[str]) -> None:
    loaded = importlib.import_module(f"{TOOLS}.{module}")

    assert [name for name in names if not callable(getattr(loaded, name, None))] == []


@pytest.mark.parametrize(("above", "names"), TREE.items())
def test_exceptions_of_4_x_have_their_place_in_the_tree(above: str, names: list[str]) -> None:
    module = importlib.import_module(f"{TOOLS}.exceptions")
    base = getattr(module, above, Exception)

    assert [name for name in names if not issubclass(getattr(module, name), base)] == []


def test_failures_of_different_kinds_have_different_exit_codes() -> None:
    kinds = {
        cls: cls.exit_code
        for cls in vars(exceptions).values()
        if isinstance(cls, type) and "exit_code" in vars(cls)
    }

    # Both say that somebody at the site does not want it.
    kinds.pop(exceptions.NodePermissionException)
    assert len(set(kinds.values())) == len(kinds) == 10
    assert all(0 < code < 126 for code in kinds.values())  # from 126 on the shell has meanings


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("wait_for_results", ["task_id", "interval"]),
        ("Task.create", ["input_", "organizations", "name", "description"]),
        ("Task.get", ["task_id"]),
        ("Result.get", ["id_"]),
        ("Result.from_task", ["task_id"]),
        ("Run.get", ["id_"]),
        ("Run.from_task", ["task_id"]),
        ("Organization.get", ["id_"]),
        ("Organization.list", []),
        ("Collaboration.get", []),
        (
            "Vpn.get_addresses",
            [
                *("only_children", "only_parent", "only_siblings", "only_self"),
                *("include_children", "include_parent", "label"),
            ],
        ),
    ],
)
def test_methods_of_the_client_take_the_arguments_of_4_x(
    method: str, arguments: list[str]
) -> None:
    function: object = AlgorithmClient
    for name in method.split("."):
        function = getattr(function, name)

    assert callable(function)
    assert set(arguments) <= set(inspect.signature(function).parameters)


def test_client_of_4_x_is_one_of_3_x() -> None:
    assert issubclass(AlgorithmClient, ClientOf3X)
