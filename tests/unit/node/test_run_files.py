"""Files of runs, which an algorithm may have replaced by anything."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from tests.fakes.waiting import eventually
from vantage6.node.run_files import OutputError, RunFiles

LIMIT = 100


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "runs", LIMIT)


@pytest.fixture
def output(files: RunFiles) -> Path:
    return files.create(1, b"input", "token") / "output"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_run_finds_its_input_its_token_and_an_empty_output(files: RunFiles) -> None:
    folder = files.create(12, b"json.{}", "abc")

    assert folder.name == "task-000000012"
    assert (folder / "input").read_bytes() == b"json.{}"
    assert (folder / "token").read_text() == "abc"
    assert (folder / "output").read_bytes() == b""


def test_any_user_of_a_container_can_write_the_output_and_only_that(output: Path) -> None:
    folder = output.parent

    assert [mode(folder / name) for name in ("input", "token", "output")] == [0o644, 0o644, 0o666]
    assert mode(folder) == 0o755


def test_other_users_of_the_host_cannot_come_near(output: Path) -> None:
    assert mode(output.parent.parent) == 0o700


def test_the_umask_of_the_node_does_not_matter(files: RunFiles) -> None:
    before = os.umask(0o077)
    try:
        folder = files.create(1, b"", "t")
    finally:
        os.umask(before)

    assert mode(folder / "output") == 0o666
    assert mode(folder) == 0o755


def test_an_output_is_read(files: RunFiles, output: Path) -> None:
    output.write_bytes(b"x" * LIMIT)

    assert b"".join(files.output_parts(1)) == b"x" * LIMIT


def test_an_output_that_is_too_large_is_refused(files: RunFiles, output: Path) -> None:
    output.write_bytes(b"x" * (LIMIT + 1))

    with pytest.raises(OutputError, match="larger than"):
        b"".join(files.output_parts(1))


def test_a_missing_output_is_an_error(files: RunFiles, output: Path) -> None:
    output.unlink()

    with pytest.raises(OutputError, match="no output file"):
        b"".join(files.output_parts(1))


def test_a_link_to_another_file_is_not_followed(
    files: RunFiles, output: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "private_key.pem"
    secret.write_text("secret")
    output.unlink()
    output.symlink_to(secret)

    with pytest.raises(OutputError, match="not a file that can be read"):
        b"".join(files.output_parts(1))


def test_a_pipe_does_not_hold_up_the_node(files: RunFiles, output: Path) -> None:
    output.unlink()
    os.mkfifo(output)

    with pytest.raises(OutputError, match="not a regular file"):
        b"".join(files.output_parts(1))


def test_a_folder_is_no_output(files: RunFiles, output: Path) -> None:
    output.unlink()
    output.mkdir()

    with pytest.raises(OutputError, match="not a regular file"):
        b"".join(files.output_parts(1))


def test_a_second_name_of_another_file_is_no_output(
    files: RunFiles, output: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "private_key.pem"
    secret.write_text("secret")
    output.unlink()
    output.hardlink_to(secret)

    with pytest.raises(OutputError, match="not a regular file"):
        b"".join(files.output_parts(1))


def test_a_device_is_no_output(files: RunFiles, output: Path) -> None:
    output.unlink()
    try:
        os.mknod(output, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        output.symlink_to("/dev/zero")  # all that one can do who is not root

    with pytest.raises(OutputError, match="not a"):
        b"".join(files.output_parts(1))


def test_a_socket_is_no_output(
    files: RunFiles, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.unlink()
    monkeypatch.chdir(output.parent)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("output")

        with pytest.raises(OutputError, match="not a file that can be read"):
            b"".join(files.output_parts(1))


def test_a_terabyte_of_holes_is_refused_without_reading_it(files: RunFiles, output: Path) -> None:
    os.truncate(output, 10**12)

    with pytest.raises(OutputError, match="larger than"):
        b"".join(files.output_parts(1))


def test_an_output_that_grows_without_end_is_read_up_to_the_limit(
    files: RunFiles, output: Path
) -> None:
    grows = threading.Event()

    def grow() -> None:
        with output.open("ab", buffering=0) as file:
            while not grows.is_set():
                file.write(b"x")

    writer = threading.Thread(target=grow)
    writer.start()
    eventually(lambda: output.stat().st_size > LIMIT)
    try:
        with pytest.raises(OutputError, match="larger than"):
            b"".join(files.output_parts(1))
    finally:
        grows.set()
        writer.join()


ODD_NAMES = ["-rf", "a\nb", " ", "*", "$(id)", "\udcff", "é" * 100, "..."]


def test_odd_names_links_and_pipes_are_removed(files: RunFiles, tmp_path: Path) -> None:
    tree, kept = files.temporary(3), tmp_path / "kept"
    kept.touch()
    for name in ODD_NAMES:
        (tree / name).mkdir()
        (tree / name / name).touch()
        (tree / name / "link").symlink_to(kept)
        (tree / name / "away").symlink_to(tmp_path)
        os.mkfifo(tree / name / "pipe")
        (tree / name).chmod(0)

    files.remove_tree(3)

    assert files.trees() == frozenset()
    assert kept.exists()


def test_folders_nested_deeper_than_the_stack_are_removed(files: RunFiles) -> None:
    """Where `shutil.rmtree` ends in a RecursionError."""
    tree = files.temporary(3)
    here = os.open(tree, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)

    files.remove_tree(3)

    assert not tree.exists()


def test_files_of_others_beside_the_runs_do_no_harm(files: RunFiles, output: Path) -> None:
    (output.parent.parent / "task-1.bak").touch()
    (output.parent.parent / "tree-").mkdir()

    assert (files.runs(), files.trees()) == (frozenset({1}), frozenset())


def test_removing_a_run_follows_no_links(files: RunFiles, output: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (output.parent / "link").symlink_to(kept)

    files.remove(1)
    files.remove(1)

    assert files.runs() == frozenset()
    assert (kept / "file").exists()


def test_a_folder_that_cannot_be_removed_does_no_harm(
    files: RunFiles, output: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = output.parent.parent / "task-000000002"
    blocked.write_text("not a folder")

    files.remove(2)

    assert "cannot be removed completely" in caplog.text


def test_files_of_an_earlier_try_are_replaced(files: RunFiles, output: Path) -> None:
    output.write_bytes(b"old")

    files.create(1, b"new", "t")

    assert b"".join(files.output_parts(1)) == b""


def test_the_temporary_folder_is_shared_by_a_tree_of_tasks(files: RunFiles) -> None:
    first, again, other = files.temporary(3), files.temporary(3), files.temporary(4)

    assert first == again != other
    assert mode(first) == 0o1777
    assert files.trees() == {3, 4}
    files.remove_tree(3)
    files.remove_tree(3)
    assert files.trees() == {4}


def test_a_result_is_kept_for_nobody_else(files: RunFiles) -> None:
    first = files.store_result(4, ["ab", "cd"])
    second = files.store_result(4, ["x"])

    assert first == second
    assert second.read_text() == "x"
    assert stat.S_IMODE(second.stat().st_mode) == 0o600
    assert files.results() == {4}
    assert files.runs() == frozenset()


def test_a_result_is_removed_once(files: RunFiles) -> None:
    files.store_result(4, [])

    files.remove_result(4)
    files.remove_result(4)

    assert files.results() == frozenset()


def test_an_input_may_come_in_parts(files: RunFiles) -> None:
    folder = files.create(1, iter([b"json", b".{}"]), "token")

    assert (folder / "input").read_bytes() == b"json.{}"
