from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from marshmallow import ValidationError, fields
from vantage6.server.schema.base import Body, Embedded, Filter, View
from vantage6.server.schema.fields import (
    Base64,
    Digits,
    Flag,
    Id,
    Link,
    LinkList,
    LooseText,
    Moment,
    Payload,
    Text,
)
from vantage6.server.schema.links import Links

UTC = timezone.utc
LINKS = Links("/api", {"node": ["GET", "PATCH"]})


# --- in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "read"), [(1, 1), ("7", 7), (" 007 ", 7), (3.0, 3)])
def test_an_id_is_a_number_or_its_digits(sent, read):
    assert Id().deserialize(sent) == read


@pytest.mark.parametrize(
    "sent",
    [
        *(True, False, 0, -1, 1.5, "1.0", "1e3", "", "x", "1_0", "+1", "²", [], {}),
        *(2**31, 10**400, float("nan"), float("inf"), "9" * 5000),
    ],
)
def test_anything_else_is_no_id(sent):
    with pytest.raises(ValidationError):
        Id().deserialize(sent)


@pytest.mark.parametrize("sent", ["", "café", "a\nb\t", "\N{SNOWMAN}"])
def test_a_text_is_kept_as_it_is(sent):
    assert Text().deserialize(sent) == sent


@pytest.mark.parametrize("sent", [1, True, None, [], {}, "nul\0", "half \ud800", "\udfff"])
def test_what_cannot_be_stored_as_text_is_refused(sent):
    with pytest.raises(ValidationError):
        Text().deserialize(sent)


def test_loose_text_replaces_what_cannot_be_stored():
    assert LooseText().deserialize("a\0b\udfff") == "a\ufffdb\ufffd"


def test_base64_is_checked_and_kept_as_text():
    assert Base64().deserialize("aGk=") == "aGk="
    assert Base64().deserialize("") == ""
    with pytest.raises(ValidationError):
        Base64().deserialize("not base64!")


def test_a_payload_may_come_as_a_json_object():
    assert Payload().deserialize({"a": [1]}) == '{"a": [1]}'
    with pytest.raises(ValidationError):
        Payload().deserialize([1])


@pytest.mark.parametrize(
    ("sent", "read"), [(123456, "123456"), (42, "000042"), ("012345", "012345")]
)
def test_a_one_time_code_keeps_its_leading_zeros(sent, read):
    assert Digits().deserialize(sent) == read


@pytest.mark.parametrize("sent", [True, 1.5, []])
def test_a_one_time_code_is_a_number_or_a_text(sent):
    with pytest.raises(ValidationError):
        Digits().deserialize(sent)


@pytest.mark.parametrize("sent", [True, 1, "1", "True", "true"])
def test_truth_is_understood_in_the_forms_of_published_clients(sent):
    assert Flag().deserialize(sent) is True


@pytest.mark.parametrize("sent", [2, "maybe", [], {}])
def test_other_values_are_not_taken_for_truth(sent):
    with pytest.raises(ValidationError):
        Flag().deserialize(sent)


NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-01-31", NOON - timedelta(hours=12)),
        ("2026-01-31 12:00", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T14:00:00+02:00", NOON),
        ("2026-01-31T14:00:00+0200", NOON),
        ("2026-01-31 12:00:00.1", NOON.replace(microsecond=100_000)),
        ("2026-01-31T12:00:00.123456789", NOON.replace(microsecond=123_456)),
    ],
)
def test_a_time_is_read_in_every_iso_form_as_utc(sent, read):
    assert Moment().deserialize(sent) == read


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "now",
        "2026-02-31",
        "2026-1-1",
        "2026-01-31T25:00",
        "12:00",
        5,
        None,
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_time_is_refused(sent):
    with pytest.raises(ValidationError):
        Moment().deserialize(sent)


@dataclass(frozen=True)
class Thing:
    name: str
    ids: tuple[int, ...] = ()
    note: str | None = None


class ThingBody(Body):
    target = Thing

    name = Text(required=True)
    ids = fields.List(Id())
    note = Text()


class ThingFilter(Filter):
    target = Thing

    name = Text()
    ids = fields.List(Id())


def test_a_body_becomes_the_dataclass_of_the_service():
    assert ThingBody().load({"name": "a", "ids": ["1", 2], "x": 1}) == Thing("a", (1, 2))


def test_null_means_not_supplied():
    assert ThingBody().load({"name": "a", "ids": None, "note": None}) == Thing("a")
    with pytest.raises(ValidationError):
        ThingBody().load({"name": None})


def test_all_problems_of_a_body_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        ThingBody().load({"ids": [1, "x", None], "note": 5})

    assert set(caught.value.messages) == {"name", "ids", "note"}
    assert set(caught.value.messages["ids"]) == {1, 2}


def test_a_filter_takes_the_first_value_or_all_of_a_list():
    query = {"name": ["a", "b"], "ids": ["1", "", "2"], "unknown": ["x"]}

    assert ThingFilter().load(query) == Thing("a", (1, 2))


# --- out --------------------------------------------------------------------------------------


class NodeView(View):
    id = fields.Integer()
    seen = Moment()


class ThingView(View):
    node = Link("node", "node_id")
    nodes = LinkList("node", "node_ids")
    first = Embedded(NodeView, absent={})
    all = Embedded(NodeView, many=True)


def thing(**values):
    return SimpleNamespace(
        **({"node_id": None, "node_ids": (), "first": None, "all": []} | values)
    )


def test_nothing_is_written_as_in_3x():
    body = ThingView(LINKS).dump(thing())

    assert body == {"node": None, "nodes": None, "first": {}, "all": []}


def test_links_name_address_and_verbs():
    body = ThingView(LINKS).dump(thing(node_id=3, node_ids=[4, SimpleNamespace(id=5)]))

    assert body["node"] == {"id": 3, "link": "/api/node/3", "methods": ["GET", "PATCH"]}
    assert [link["link"] for link in body["nodes"]] == ["/api/node/4", "/api/node/5"]


def test_embedded_objects_are_written_in_full():
    node = SimpleNamespace(id=1, seen=datetime(2026, 1, 31, 12, 0, 0))  # noqa: DTZ001  # naive
    other = SimpleNamespace(id=2, seen=NOON.astimezone(timezone(timedelta(hours=5))))

    body = ThingView(LINKS).dump(thing(first=node, all=[node, other]))

    written = {"id": 1, "seen": "2026-01-31T12:00:00+00:00"}
    assert body["first"] == written
    assert body["all"] == [written, written | {"id": 2}]


def test_a_noun_without_address_has_no_verbs():
    assert LINKS.to("role", 1)["methods"] == []
