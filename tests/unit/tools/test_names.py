"""Every public name of 3.x in `vantage6.tools`, and of the serialisation of the client, is there.

What the entry points and wrappers do is in their own tests; here it is that they exist and take
the parameters of 3.x by position and by name.
"""

import importlib
import inspect
from typing import Any

import pytest
from vantage6.tools.data_format import DataFormat

WRAPPERS = (
    "WrapperBase CSVWrapper CsvWrapper DockerWrapper ExcelWrapper SparqlDockerWrapper "
    "ParquetWrapper SQLWrapper OMOPWrapper MultiDBWrapper select_wrapper"
)
NAMES = {
    "vantage6.client.serialization": (
        "serialize serializer serialize_json serialize_pickle _serializers"
    ),
    "vantage6.client.deserialization": (
        "deserialize deserializer deserialize_json deserialize_pickle unpack_legacy_results "
        "load_data _read_formatted _read_data_format _DATA_FORMAT_SEPARATOR "
        "_MAX_FORMAT_STRING_LENGTH"
    ),
    "vantage6.tools.data_format": "DataFormat",
    "vantage6.tools.serialization": (
        "serialize serializer serialize_to_json serialize_to_pickle DataFormat"
    ),
    "vantage6.tools.deserialization": (
        "deserialize deserializer deserialize_json deserialize_pickle DataFormat"
    ),
    "vantage6.tools.exceptions": "DeserializationException",
    "vantage6.client.exceptions": "DeserializationException",
    "vantage6.tools.docker_wrapper": (
        "auto_wrapper docker_wrapper sparql_wrapper parquet_wrapper multidb_wrapper "
        "DockerWrapper SparqlDockerWrapper ParquetWrapper WrapperBase load_input write_output"
    ),
    "vantage6.tools.wrapper": (
        f"auto_wrapper docker_wrapper sparql_wrapper parquet_wrapper multidb_wrapper {WRAPPERS} "
        "load_input write_output"
    ),
    "vantage6.tools.dispatch_rpc": "dispatch_rpc",
    "vantage6.tools.util": "info warn error",
    "vantage6.tools.mock_client": "ClientMockProtocol MockAlgorithmClient",
}
NEW, OLD = ("use_new_client", "log_traceback"), ("load_data", "use_new_client", "log_traceback")
SIGNATURES: dict[str, tuple[str, ...]] = {
    "vantage6.client.serialization.serialize": ("data", "data_format"),
    "vantage6.client.deserialization.deserialize": ("file", "data_format"),
    "vantage6.client.deserialization.load_data": ("input_bytes",),
    "vantage6.client.deserialization.unpack_legacy_results": ("result",),
    "vantage6.tools.deserialization.deserialize_json": ("file",),
    "vantage6.tools.deserialization.deserialize_pickle": ("file",),
    "vantage6.tools.wrapper.auto_wrapper": ("module", *OLD),
    "vantage6.tools.wrapper.docker_wrapper": ("module", *OLD),
    "vantage6.tools.wrapper.sparql_wrapper": ("module", *NEW),
    "vantage6.tools.wrapper.parquet_wrapper": ("module", *NEW),
    "vantage6.tools.wrapper.multidb_wrapper": ("module", *NEW),
    "vantage6.tools.wrapper.select_wrapper": ("database_type",),
    "vantage6.tools.wrapper.load_input": ("input_file",),
    "vantage6.tools.wrapper.write_output": ("output_format", "output", "output_file"),
    "vantage6.tools.wrapper.WrapperBase.wrap_algorithm": ("self", "module", *OLD),
    "vantage6.tools.wrapper.WrapperBase.load_data": ("database_uri", "input_data"),
    "vantage6.tools.dispatch_rpc.dispatch_rpc": (
        "data", "input_data", "module", "token", "use_new_client", "log_traceback",
    ),
    "vantage6.tools.mock_client.ClientMockProtocol": ("datasets", "module"),
    "vantage6.tools.mock_client.ClientMockProtocol.create_new_task": (
        "self", "input_", "organization_ids",
    ),
    "vantage6.tools.mock_client.ClientMockProtocol.get_task": ("self", "task_id"),
    "vantage6.tools.mock_client.ClientMockProtocol.get_results": ("self", "task_id"),
    "vantage6.tools.mock_client.ClientMockProtocol.get_organizations_in_my_collaboration": (
        "self",
    ),
    "vantage6.tools.mock_client.MockAlgorithmClient": (
        "datasets", "module", "collaboration_id", "organization_ids", "node_ids",
    ),
    "vantage6.tools.mock_client.MockAlgorithmClient.Task.create": (
        "self", "input_", "organization_ids", "name", "description",
    ),
    "vantage6.tools.mock_client.MockAlgorithmClient.Task.get": ("self", "task_id"),
    "vantage6.tools.mock_client.MockAlgorithmClient.Result.get": ("self", "task_id"),
    "vantage6.tools.mock_client.MockAlgorithmClient.Organization.get": ("self", "id_"),
    "vantage6.tools.mock_client.MockAlgorithmClient.Organization.list": ("self",),
    "vantage6.tools.mock_client.MockAlgorithmClient.Collaboration.get": ("self", "is_encrypted"),
    "vantage6.tools.mock_client.MockAlgorithmClient.Node.get": ("self", "is_online"),
}  # fmt: skip


def find(path: str) -> Any:
    """What a dotted path stands for."""
    package, tools, module, *names = path.split(".")
    found: Any = importlib.import_module(f"{package}.{tools}.{module}")
    for name in names:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(
    ("module", "name"), [(m, name) for m, names in NAMES.items() for name in names.split()]
)
def test_name_of_3x_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", list(SIGNATURES))
def test_parameters_of_3x_are_the_first_ones(path: str) -> None:
    by_position = [
        parameter.name
        for parameter in inspect.signature(find(path)).parameters.values()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]

    assert tuple(by_position[: len(SIGNATURES[path])]) == SIGNATURES[path]


def test_formats_are_those_of_3x() -> None:
    assert {member.name: member.value for member in DataFormat} == {
        "JSON": "json",
        "PICKLE": "pickle",
    }
    module = importlib.import_module("vantage6.client.serialization")
    assert {"json", "pickle"} <= module._serializers.keys()
