"""Finding the package and the function."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.unit.tools.conftest import NAME
from vantage6.common.errors import RunFailed
from vantage6.tools.dispatch import describe, dispatch, import_algorithm, is_central
from vantage6.tools.exceptions import (
    AlgorithmInitializationError,
    AlgorithmModuleNotFoundError,
    MethodNotFoundError,
)


def no_client() -> Any:
    raise AssertionError("a partial function gets no client")


@pytest.fixture
def module() -> ModuleType:
    module = ModuleType("sample")

    def central(client: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        return client, data, args, kwargs

    def partial(data: Any, *args: Any, **kwargs: Any) -> Any:
        return data, args, kwargs

    module.central, module.RPC_partial = central, partial  # type: ignore[attr-defined]
    module.RPC_Kind = int  # type: ignore[attr-defined]
    return module


def test_central_function_gets_client_and_data(module: ModuleType) -> None:
    input_ = {"method": "central", "master": True, "args": [1], "kwargs": {"a": 2}}

    assert dispatch(input_, "data", module, lambda: "client") == ("client", "data", (1,), {"a": 2})


def test_partial_function_gets_data_only(module: ModuleType) -> None:
    assert dispatch({"method": "partial"}, "data", module, no_client) == ("data", (), {})


@pytest.mark.parametrize("method", ["central", "RPC_partial", "Kind", "nothing"])
def test_only_functions_with_the_prefix_are_partial(module: ModuleType, method: str) -> None:
    with pytest.raises(MethodNotFoundError, match="its partial functions are: RPC_Kind, RPC_part"):
        dispatch({"method": method}, None, module, no_client)


@pytest.mark.parametrize(
    ("master", "central"),
    [(True, True), (1, True), ("true", True), (None, False), (0, False), ("False", False)],
)
def test_flag_is_read_as_people_write_it(master: Any, central: bool) -> None:
    assert is_central({"master": master}) is central


@pytest.mark.usefixtures("algorithm")
@pytest.mark.parametrize("name", [NAME, "v6_sample_py"])
def test_package_is_found_with_dashes_and_underscores(name: str) -> None:
    assert import_algorithm(name).__name__ == NAME


@pytest.mark.parametrize("name", ["v6-nothing", "no.such.package", ".relative", ""])
def test_missing_package_is_named(name: str) -> None:
    with pytest.raises(AlgorithmModuleNotFoundError, match="no package"):
        import_algorithm(name)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import v6_missing_library", "needs the package 'v6_missing_library'"),
        ("raise ValueError('secret')", r"cannot be imported: ValueError in <module> \(__init__"),
        ("def f(:", "cannot be imported: SyntaxError"),
    ],
)
def test_package_that_cannot_be_imported_says_why(
    algorithm: Path, source: str, message: str
) -> None:
    (algorithm / "v6broken").mkdir()
    (algorithm / "v6broken" / "__init__.py").write_text(source)

    with pytest.raises(AlgorithmInitializationError, match=message):
        import_algorithm("v6broken")


def test_our_own_errors_are_shown_with_their_text() -> None:
    assert describe(RunFailed("organization 2: crashed")) == "organization 2: crashed"
    assert describe(ValueError("secret")) == "ValueError"


def test_import_is_light() -> None:
    heavy = ("pandas", "numpy", "flask", "sqlalchemy", "docker")
    module = "vantage6.tools.docker_wrapper"
    code = f"import sys, {module}; print([n for n in {heavy} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
