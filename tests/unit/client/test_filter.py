"""Filters by the names of 3.x, as 3.11 answers them."""

from typing import Any

from vantage6.client import filter as former

ENTRIES = [{"a": 1, "b": 2}, {"a": 2}]


@former.post_filtering()
def entries(count: int = 2) -> list[dict[str, Any]]:
    """All entries."""
    return ENTRIES[:count]


@former.post_filtering(iterable=False)
def entry() -> dict[str, Any]:
    return ENTRIES[0]


def test_functions_pick_entries_and_keys() -> None:
    assert former.filter_dicts_on_values(ENTRIES, [("a", 1)]) == [{"a": 1, "b": 2}]
    assert former.filter_dicts_by_values(ENTRIES, [("a", 2)]) == [{"a": 2}]
    assert former.filter_dicts_keys(ENTRIES, ["a"]) == [{"a": 1}, {"a": 2}]
    assert former.filter_dict_keys(ENTRIES[0], ["b", "z"]) == {"b": 2}


def test_decorated_function_takes_the_filters_and_its_own_arguments() -> None:
    assert entries() == ENTRIES
    assert entries(1, fields=["b"]) == [{"b": 2}]
    assert entries(field="a") == [{"a": 1}, {"a": 2}]
    assert entries(filter_=("a", 1), field="b") == [{"b": 2}]
    assert entries(filters=[("a", 2)]) == [{"a": 2}]
    assert entries.__name__ == "entries"
    assert entries.__doc__ == "All entries."


def test_decorated_function_of_one_entry_takes_fields() -> None:
    assert entry(field="a") == {"a": 1}
    assert entry() == ENTRIES[0]


def test_decorators_work_alone() -> None:
    assert former.filter_keys_from_result(lambda: ENTRIES[0])(field="a") == {"a": 1}
    assert former.filter_keys_from_results(lambda: ENTRIES)(fields=["b"]) == [{"b": 2}, {}]
    assert former.filter_dicts_from_results(lambda: ENTRIES)(filter_=("a", 2)) == [{"a": 2}]
