from marshmallow import Schema, fields, validate
from vantage6.server.api.json_schema import Schemas


class LeafView(Schema):
    sortable = ("id",)

    id = fields.Integer()
    label = fields.String(allow_none=True)


class TreeView(Schema):
    sortable = ("id",)

    ratio = fields.Float()
    kind = fields.Constant("tree")
    nothing = fields.Constant(None)
    leaf = fields.Nested(LeafView, allow_none=True)
    ids = fields.List(fields.Integer(), data_key="numbers")


class TreeBody(Schema):
    target = object

    name = fields.String(required=True, validate=validate.Length(1, 9))
    size = fields.Integer(validate=validate.Range(1, 5))
    choice = fields.String(validate=validate.Length(max=3))
    leaves = fields.List(fields.Nested(LeafView), validate=validate.Length(min=1))


def described(schema):
    schemas = Schemas()
    reference = schemas.of(schema)
    assert reference == {"$ref": f"#/components/schemas/{schema.__name__}"}
    return schemas.found[schema.__name__]["properties"], schemas.found


def test_a_view_has_all_its_keys_and_no_others():
    _, found = described(TreeView)

    assert found["TreeView"]["required"] == ["ratio", "kind", "nothing", "leaf", "numbers"]
    assert found["TreeView"]["additionalProperties"] is False


def test_null_is_described_where_a_view_declares_it():
    tree, found = described(TreeView)

    assert found["LeafView"]["properties"]["label"] == {"type": "string", "nullable": True}
    assert "nullable" not in found["LeafView"]["properties"]["id"]
    reference = {"$ref": "#/components/schemas/LeafView"}
    assert tree["leaf"] == {"anyOf": [reference, {"nullable": True, "enum": [None]}]}


def test_constants_and_numbers_are_described():
    tree, _ = described(TreeView)

    assert tree["kind"] == {"enum": ["tree"]}
    assert tree["nothing"] == {"nullable": True, "enum": [None]}
    assert tree["ratio"] == {"type": "number"}
    assert tree["numbers"] == {"type": "array", "items": {"type": "integer"}}


def test_a_body_says_what_it_needs_and_its_bounds():
    body, found = described(TreeBody)

    assert found["TreeBody"]["required"] == ["name"]
    assert body["name"] == {"type": "string", "minLength": 1, "maxLength": 9}
    assert body["size"] == {"type": "integer", "minimum": 1, "maximum": 5, "nullable": True}
    assert body["choice"] == {"type": "string", "maxLength": 3, "nullable": True}
    assert body["leaves"]["minItems"] == 1


def test_parameters_of_a_query_are_never_null():
    parameters = {entry["name"]: entry for entry in Schemas().parameters(TreeBody)}

    assert parameters["name"]["required"] is True
    assert parameters["size"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 5}
    assert parameters["size"]["in"] == "query"
