"""What a lab prints for its users."""

import ast
from pathlib import Path

import pytest
from vantage6.cli.vdev.files import IMAGE, make_plan
from vantage6.cli.vdev.lab_words import environment, export_lines, numeric_column, snippet


@pytest.fixture
def plan(home):
    """Make the plan of a lab whose first file has the given text."""

    def make(text, *, encrypted=False, algorithms=("vantage6/average:3.12",)):
        file = home / "one.csv"
        file.write_text(text)
        packages = dict.fromkeys(algorithms, "/package")
        return make_plan(
            home / "lab", [{"default": file}], "process", encrypted=encrypted, algorithms=packages
        )

    return make


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("sex,age\nf,60\n", "age"),
        ("age,weight\n,70.5\n", "weight"),
        ("sex\nf\n", None),
        ("age\n", None),
        ("", None),
    ],
)
def test_first_column_with_a_number_is_found(home, text, column):
    file = home / "table.csv"
    file.write_text(text)

    assert numeric_column(file) == column


def test_file_in_another_encoding_is_read(home):
    file = home / "table.csv"
    file.write_bytes("größe\n180\n".encode("latin-1"))

    assert numeric_column(file) is not None


def test_snippet_asks_for_the_average_of_a_column_of_the_data(plan):
    printed = snippet(plan("sex,it's an age\nf,60\n"))

    ast.parse(printed)
    assert f'image="{IMAGE}"' in printed
    assert """{"column_name": "it's an age"}""" in printed
    assert "\n\n" not in printed


def test_quotes_in_the_name_of_a_column_do_not_end_the_snippet(plan):
    assert ast.parse(snippet(plan('"the ""age"""\n60\n')))


@pytest.mark.parametrize(
    ("text", "algorithms"), [("sex\nf\n", (IMAGE,)), ("age\n60\n", ("other:1",))]
)
def test_snippet_lists_the_nodes_where_there_is_no_average_to_ask_for(plan, text, algorithms):
    printed = snippet(plan(text, algorithms=algorithms))

    ast.parse(printed)
    assert "task.create" not in printed
    assert "client.node.list()" in printed


def test_key_of_an_encrypted_lab_is_in_snippet_and_environment(plan):
    made = plan("age\n60\n", encrypted=True)

    key_file = made.members[0].key_file

    assert f'setup_encryption("{key_file}")' in snippet(made)
    assert environment(made)["V6_PRIVATE_KEY"] == key_file
    assert Path(key_file).name == "org_1.pem"


def test_lines_for_a_shell_quote_what_it_would_read():
    assert export_lines({"A": "x", "B": "it's $x"}) == "export A=x\nexport B='it'\"'\"'s $x'"
