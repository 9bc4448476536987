"""Entry points of algorithm images: a Dockerfile ends with ``docker_wrapper('package-name')``.

The classes stood here in 3.5 and stand in `vantage6.tools.wrapper` since.
"""

from vantage6.tools.wrapper import (
    DockerWrapper,
    ParquetWrapper,
    SparqlDockerWrapper,
    WrapperBase,
    auto_wrapper,
    docker_wrapper,
    load_input,
    multidb_wrapper,
    parquet_wrapper,
    sparql_wrapper,
    write_output,
)

__all__ = [
    "DockerWrapper",
    "ParquetWrapper",
    "SparqlDockerWrapper",
    "WrapperBase",
    "auto_wrapper",
    "docker_wrapper",
    "load_input",
    "multidb_wrapper",
    "parquet_wrapper",
    "sparql_wrapper",
    "write_output",
]
