"""Picking fields and entries."""

from vantage6.client.filters import pick, select

ENTRIES = [
    {"id": 1, "name": "a", "country": "NL"},
    {"id": 2, "name": "b", "country": "NL"},
    {"id": 3, "name": "c"},
]


def test_fields_keep_only_what_is_there() -> None:
    assert select(ENTRIES[1:], fields=["id", "country"]) == [{"id": 2, "country": "NL"}, {"id": 3}]
    assert select(ENTRIES[:1], field="name") == [{"name": "a"}]
    assert pick(ENTRIES[0], fields=["id"]) == {"id": 1}
    assert pick(ENTRIES[0]) == ENTRIES[0]


def test_conditions_must_all_be_met_and_missing_fields_meet_none() -> None:
    assert select(ENTRIES, filter_=("country", "NL")) == ENTRIES[:2]
    assert select(ENTRIES, filters=[("country", "NL"), ("id", 2)]) == ENTRIES[1:2]


def test_conditions_may_be_about_fields_that_are_not_kept() -> None:
    assert select(ENTRIES, filter_=("id", 3), field="name") == [{"name": "c"}]


def test_singular_wins() -> None:
    assert select(ENTRIES[:1], field="id", fields=["name"]) == [{"id": 1}]
