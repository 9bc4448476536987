"""The files of a run inside its container: the input of the task, and the result."""

from pathlib import Path
from typing import Any

from vantage6.common.errors import PayloadError
from vantage6.tools.data_format import decode, encode, natural_format
from vantage6.tools.exceptions import DeserializationError, OutputError


def load_input(input_file: str | Path) -> Any:
    """The input of the task from its file, in any of the formats of `vantage6.common.payload`.

    Raises
    ------
    DeserializationError
        When it cannot be read.
    """
    try:
        data = Path(input_file).read_bytes()
    except OSError as problem:
        raise DeserializationError("the input file cannot be read") from problem
    return decoded_input(data)


def decoded_input(data: bytes) -> Any:
    """The input of the task from its bytes; see `load_input`.

    Raises
    ------
    DeserializationError
        When it cannot be read.
    """
    try:
        return decode(data)
    except PayloadError as problem:
        # Its text can name what the bytes hold, and the log is not encrypted.
        raise DeserializationError(
            "the input cannot be read; it must be JSON, or a pickle of plain values and tables"
        ) from problem


def write_output(output_format: str | None, output: Any, output_file: str | Path) -> None:
    """Write the result of the algorithm; the file stays empty when it cannot be written whole.

    Parameters
    ----------
    output_format
        Name of a format; None for JSON where that gives the receiver the same value back, and a
        pickle otherwise.
    output, output_file
        What to write and where.

    Raises
    ------
    OutputError
        When the format cannot hold the result, or the file cannot be written.
    """
    data = encoded_output(output_format, output)
    try:
        Path(output_file).write_bytes(data)
    except OSError as problem:
        raise OutputError("the output file cannot be written") from problem


def encoded_output(output_format: str | None, output: Any) -> bytes:
    """Bytes of the result of the algorithm; see `write_output`.

    Raises
    ------
    OutputError
        When the format cannot hold the result.
    """
    name = output_format or natural_format(output)
    try:
        return encode(output, name)
    except MemoryError:
        raise
    except Exception as problem:
        # A pickle can fail with anything; the text of the exception may hold the value.
        kind = type(output).__name__
        raise OutputError(f"a result of type {kind} cannot be written as {name}") from problem
