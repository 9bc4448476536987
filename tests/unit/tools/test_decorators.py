"""What decorators give, in which order, and how decorated functions are found."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from vantage6.tools.decorators import (
    RunMetaData,
    algorithm_client,
    data,
    database_connection,
    metadata,
)
from vantage6.tools.dispatch import dispatch
from vantage6.tools.exceptions import (
    AlgorithmInitializationError,
    InputError,
    MethodNotFoundError,
)
from vantage6.tools.surroundings import Databases

TWO = Databases.of("first", "second")


class Client:
    """What a client says of its run."""

    task_id, host_node_id, collaboration_id, organization_id = 20, 3, 7, 1


def everything(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


def call(function: Any, given: Any = "frame", **input_: Any) -> Any:
    """What the function returns when a task asks for it by its name."""
    module = ModuleType("sample")
    module.asked = function  # type: ignore[attr-defined]
    return dispatch({"method": "asked", **input_}, given, module, Client)


def test_arguments_of_the_task_come_last() -> None:
    args, kwargs = call(data(1)(everything), args=[5], kwargs={"a": 6})

    assert (args, kwargs) == (("frame", 5), {"a": 6})


def test_inner_decorator_gives_the_first_argument() -> None:
    (client, frame), _ = call(data(1)(algorithm_client(everything)))
    assert (type(client), frame) == (Client, "frame")

    (frame, client), _ = call(algorithm_client(data(1)(everything)))
    assert (type(client), frame) == (Client, "frame")


def test_databases_come_in_the_order_of_the_task() -> None:
    assert call(data(2)(everything), TWO)[0] == ("first", "second")


def test_function_may_take_fewer_databases_than_the_task_names() -> None:
    assert call(data(1)(everything), TWO)[0] == ("first",)
    assert call(data(everything), TWO)[0] == ("first",)


def test_function_that_takes_more_databases_than_the_task_names_is_refused() -> None:
    with pytest.raises(InputError, match="takes 3 databases and the task names 2"):
        call(data(3)(everything), TWO)


def test_nothing_is_read_for_a_function_that_takes_no_data() -> None:
    def read() -> Any:
        raise AssertionError("nobody asked for data")

    (client,), _ = call(algorithm_client(everything), Databases([read]))

    assert type(client) is Client


def test_metadata_say_what_the_run_is_part_of() -> None:
    (said,), _ = call(metadata(everything))

    assert said == RunMetaData(task_id=20, node_id=3, collaboration_id=7, organization_id=1)


@pytest.mark.parametrize("master", [True, False])
def test_decorated_function_is_called_the_same_way_with_and_without_master(master: bool) -> None:
    assert call(data(1)(everything), master=master) == (("frame",), {})


def test_inner_run_does_not_change_what_the_outer_one_gets() -> None:
    @algorithm_client
    def central(client: Any) -> Any:
        inner = call(data(1)(everything), "inner")
        return inner, data(1)(everything)()

    assert call(central, "outer") == ((("inner",), {}), (("outer",), {}))


# --- styles in one package ---------------------------------------------------------------------


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """A package that holds both styles, a function without either, and one that it imports."""
    module = ModuleType("sample")
    exec(  # noqa: S102  # functions of a package have its name
        "from os.path import basename\n"
        "def RPC_both(data): return 'classic'\n"
        "def plain(number): return number + 1\n",
        vars(module),
    )
    module.both = data(1)(lambda frame: "decorated")  # type: ignore[attr-defined]
    yield module


def test_function_with_prefix_comes_first(module: ModuleType) -> None:
    assert dispatch({"method": "both"}, None, module, Client) == "classic"
    assert dispatch({"method": "both", "master": True}, None, module, Client) == "decorated"


def test_plain_function_is_called_only_where_the_image_says_so(module: ModuleType) -> None:
    asked = {"method": "plain", "args": [1]}

    assert dispatch(asked, None, module, Client, by_plain_name=True) == 2
    with pytest.raises(MethodNotFoundError, match="its partial functions are: RPC_both, both"):
        dispatch(asked, None, module, Client)


def test_what_a_package_imports_cannot_be_called(module: ModuleType) -> None:
    with pytest.raises(MethodNotFoundError):
        dispatch({"method": "basename", "args": ["a/b"]}, None, module, Client, by_plain_name=True)


# --- unit tests of algorithms --------------------------------------------------------------------


def test_function_can_be_called_with_mocks() -> None:
    function = data(2)(algorithm_client(everything))

    args, kwargs = function(5, mock_client="client", mock_data=["a", "b"], x=6)

    assert (args, kwargs) == (("client", "a", "b", 5), {"x": 6})
    assert data(1)(everything)(mock_data="a")[0] == ("a",)


def test_too_few_mocks_are_named() -> None:
    with pytest.raises(InputError, match="takes 2 databases and mock_data has 1"):
        data(2)(everything)(mock_data=["a"])


@pytest.mark.parametrize("name", ["mock_client", "mock_data"])
def test_task_cannot_replace_data_or_client(name: str) -> None:
    with pytest.raises(InputError, match="must not have mock_client or mock_data"):
        call(data(1)(algorithm_client(everything)), kwargs={name: "of the researcher"})


@pytest.mark.parametrize("decorate", [data(1), algorithm_client, metadata])
def test_call_outside_of_a_run_says_what_to_do(decorate: Any) -> None:
    with pytest.raises(AlgorithmInitializationError, match="in a run of an algorithm; "):
        decorate(everything)()


def test_connection_to_a_database_says_what_to_do_instead() -> None:
    @database_connection(types=["OMOP"], include_metadata=True)
    def function(connection: Any) -> None: ...

    with pytest.raises(AlgorithmInitializationError, match="read the database with @data"):
        call(function)


def test_decorated_function_keeps_its_name_and_docstring() -> None:
    @data(1)
    def function(frame: Any) -> None:
        """What it does."""

    assert (function.__name__, function.__doc__) == ("function", "What it does.")
