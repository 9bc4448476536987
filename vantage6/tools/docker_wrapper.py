"""Entry points of algorithm images: a Dockerfile ends with ``docker_wrapper('package-name')``."""

from vantage6.tools.wrapper import (
    auto_wrapper,
    docker_wrapper,
    load_input,
    multidb_wrapper,
    parquet_wrapper,
    sparql_wrapper,
    write_output,
)

__all__ = [
    "auto_wrapper",
    "docker_wrapper",
    "load_input",
    "multidb_wrapper",
    "parquet_wrapper",
    "sparql_wrapper",
    "write_output",
]
