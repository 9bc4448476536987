"""Which file a node of a lab gets."""

import pytest
from vantage6.cli.vdev.lab_network import databases
from vantage6.cli.vdev.network import example_data
from vantage6.common.errors import InvalidInput


@pytest.fixture
def files(home):
    """Three CSV files of the user, and one of another kind."""
    folder = home / "hospitals"
    folder.mkdir()
    (folder / "readme.txt").touch()
    made = [folder / f"{name}.csv" for name in "abc"]
    for file in made:
        file.touch()
    return made


@pytest.mark.parametrize("nodes", [None, 3])
def test_three_nodes_get_the_example_data(nodes):
    assert databases((), nodes) == example_data()


def test_example_data_begin_again_for_more_nodes():
    found = databases((), 5)

    assert found[3:] == example_data()[:2]


def test_folder_gives_a_node_for_each_csv_file(files):
    assert databases([files[0].parent], None) == [{"default": file} for file in files]


def test_files_are_taken_in_the_order_they_are_named(files):
    assert databases([files[2], files[0]], None) == [{"default": files[2]}, {"default": files[0]}]


def test_fewer_nodes_leave_files_out(files):
    assert databases([files[0].parent], 2) == [{"default": file} for file in files[:2]]


def test_more_nodes_than_files_are_refused(files):
    with pytest.raises(InvalidInput, match="1 CSV files for 2 nodes"):
        databases(files[:1], 2)


def test_folder_without_csv_files_is_refused(home):
    with pytest.raises(InvalidInput, match="0 CSV files"):
        databases([home], None)


def test_file_of_another_kind_is_refused(files):
    with pytest.raises(InvalidInput, match=r"readme\.txt is no CSV file"):
        databases([files[0].parent / "readme.txt"], None)
