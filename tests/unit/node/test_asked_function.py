"""Which function an input asks for, and what is not understood on purpose."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vantage6.node.asked_function import UnknownFunction, asked_function
from vantage6.tools.dispatch import PARTIAL_PREFIX, is_central

CALL = {"method": "average", "args": [], "kwargs": {}}


@pytest.mark.parametrize("prefix", [b"json.", b"JSON.", b""])
def test_a_partial_function_begins_with_rpc(prefix: bytes) -> None:
    assert asked_function(prefix + json.dumps(CALL).encode()) == "RPC_average"


def test_a_central_function_has_its_own_name() -> None:
    assert asked_function(json.dumps(CALL | {"master": True}).encode()) == "average"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"json.",
        b"json.{",
        b"json.[]",
        b'json."average"',
        b'json.{"args": []}',
        b'json.{"method": ""}',
        b'json.{"method": 7}',
        b'json.{"method": "a", "method": "b"}',
        b'json.{"method": "a", "kwargs": {"x": 1, "x": 2}}',
        b'json.{"method": "a", "master": "false"}',
        b'json.{"method": "a", "master": 1}',
        b"json." + b"[" * 100_000,
        '{"method": "a"}'.encode("utf-16"),
        b"json." + '{"method": "a"}'.encode("utf-16"),
        b'json.\xef\xbb\xbf{"method": "a"}',
        b"pickle." + pickle.dumps(CALL),
        pickle.dumps(CALL),
    ],
)
def test_what_could_be_read_in_two_ways_is_not_understood(payload: bytes) -> None:
    with pytest.raises(UnknownFunction) as caught:
        asked_function(payload)
    assert "average" not in str(caught.value)


def test_a_pickle_is_not_opened() -> None:
    opens = b"cos\nsystem\n(S'exit 1'\ntR."

    for payload in (opens, b"pickle." + opens, b"json." + opens):
        with pytest.raises(UnknownFunction):
            asked_function(payload)


@given(st.dictionaries(st.sampled_from(["method", "master", "args", "x"]), st.text() | st.none()
                       | st.booleans() | st.lists(st.integers())))  # fmt: skip
def test_what_is_understood_is_what_the_algorithm_tools_will_call(call: dict[str, object]) -> None:
    try:
        asked = asked_function(json.dumps(call).encode())
    except UnknownFunction:
        return
    prefix = "" if is_central(call) else PARTIAL_PREFIX
    assert asked == f"{prefix}{call['method']}"
