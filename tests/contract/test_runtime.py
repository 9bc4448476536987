"""What every container runtime does, asked of the fake one and of each real one."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.conftest import MakeSpec
from tests.contract.runtime_rigs import (
    DEADLINE_S,
    OBEY,
    DockerRig,
    Ends,
    FakeRig,
    ProcessRig,
    RealRig,
    Rig,
    read_report,
    run_and_read,
)
from tests.fakes.runtime import FakeDoor
from vantage6.common.status import TaskStatus
from vantage6.node.network.helper import HelperGate
from vantage6.node.runtime.base import Database, Phase, RunReport, StartError

DOCKER = pytest.param("docker", marks=pytest.mark.docker)
HELPED = pytest.param("docker with a helper", marks=pytest.mark.docker)
GONE, RUNNING = RunReport(Phase.GONE), RunReport(Phase.RUNNING)


def make_rig(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if kind.startswith("docker"):
        docker_rig: DockerRig = request.getfixturevalue("docker_rig")
        if kind == "docker with a helper":
            docker_rig.gate = lambda engine: HelperGate(engine, docker_rig.image)
        yield docker_rig
        return
    rig = FakeRig() if kind == "fake" else ProcessRig(tmp_path / "processes")
    yield rig
    rig.close()


@pytest.fixture(params=["fake", "process", DOCKER])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    yield from make_rig(request.param, request, tmp_path)


class TestLife:
    """A run from its start to its end."""

    def test_runtime_is_usable(self, rig: Rig) -> None:
        rig.runtime().check()

    @pytest.mark.parametrize("exit_code", [0, 3])
    def test_run_goes_from_running_to_finished_with_its_exit_code(
        self, rig: Rig, new_spec: MakeSpec, exit_code: int
    ) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        before = runtime.poll(7)
        rig.finish(spec, exit_code)
        assert (before, ends.next()) == (RUNNING, 7)
        assert runtime.poll(7) == RunReport(Phase.FINISHED, exit_code)

    def test_output_and_log_can_be_read_any_number_of_times(
        self, rig: Rig, new_spec: MakeSpec
    ) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        rig.finish(spec, output=b"\x00\xffanswer", log=b"info > hello\n")
        ends.next()
        assert [runtime.log(7), runtime.log(7)] == ["info > hello\n"] * 2
        assert (spec.folder / "output").read_bytes() == b"\x00\xffanswer"

    def test_log_with_bytes_that_are_no_text_is_text(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        rig.finish(spec, log=b"\xff\xfe caf\xc3\xa9\n")
        ends.next()
        assert runtime.log(7) == "\N{REPLACEMENT CHARACTER}" * 2 + " café\n"

    def test_two_runs_do_not_disturb_each_other(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, one, other = rig.runtime(), new_spec(OBEY, 1, run_id=1), new_spec(OBEY, 14)
        ends = Ends(runtime)
        runtime.start(one)
        runtime.start(other)
        runtime.kill(1)
        assert ends.next() == 1
        runtime.remove(1)
        assert (runtime.poll(1), runtime.poll(14)) == (GONE, RUNNING)
        assert runtime.known() == {14}

    def test_run_that_runs_is_not_started_again(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        runtime.start(spec)
        with pytest.raises(StartError, match="already"):
            runtime.start(spec)
        assert runtime.poll(7) == RUNNING

    def test_image_that_does_not_exist_is_named_and_leaves_nothing(
        self, rig: Rig, new_spec: MakeSpec
    ) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY, image=rig.missing_image)
        with pytest.raises(StartError, match="nobody/made-this") as caught:
            runtime.start(spec)
        assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE
        assert (runtime.poll(7), runtime.known()) == (GONE, frozenset())
        assert rig.door.open_for == frozenset()


class TestKilling:
    """Ends that the node wants."""

    def test_killed_run_is_finished_and_can_still_be_read(
        self, rig: Rig, new_spec: MakeSpec
    ) -> None:
        runtime = rig.runtime()
        ends = Ends(runtime)
        runtime.start(new_spec(OBEY))
        runtime.kill(7)
        assert ends.next() == 7
        assert runtime.poll(7) == RunReport(Phase.FINISHED, 137)
        assert runtime.log(7) == ""

    def test_killing_a_finished_run_changes_nothing(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        rig.finish(spec, 3)
        ends.next()
        runtime.kill(7)
        assert runtime.poll(7) == RunReport(Phase.FINISHED, 3)
        assert ends.left() == []

    def test_unknown_runs_can_be_asked_for_anything(self, rig: Rig) -> None:
        runtime = rig.runtime()
        runtime.kill(99)
        runtime.remove(99)
        runtime.adopt(99)
        assert (runtime.poll(99), runtime.log(99)) == (GONE, "")
        assert runtime.known() == frozenset()

    def test_removed_run_is_gone_and_its_id_is_free(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        for exit_code in (1, 2):
            runtime.start(spec)
            rig.finish(spec, exit_code)
            assert ends.next() == 7
            assert runtime.poll(7).exit_code == exit_code
            runtime.remove(7)
            (rig.temporary(spec) / "order").unlink(missing_ok=True)
        assert (runtime.poll(7), runtime.known(), runtime.log(7)) == (GONE, frozenset(), "")


@pytest.mark.parametrize("rig", ["fake", "process", DOCKER, HELPED], indirect=True)
class TestRestart:
    """What a runtime object finds of an earlier one."""

    def test_running_run_is_known_and_adopted(self, rig: Rig, new_spec: MakeSpec) -> None:
        earlier, spec = rig.runtime(), new_spec(OBEY)
        earlier.start(spec)
        earlier.close()
        rig.door.close_all()
        later = rig.runtime()
        ends = Ends(later)
        assert (later.known(), later.poll(7)) == (frozenset({7}), RUNNING)
        later.adopt(7)
        assert rig.door.open_for == {7}
        rig.finish(spec, 5)
        assert (ends.next(), later.poll(7).exit_code) == (7, 5)

    def test_end_between_two_processes_is_told_once(self, rig: Rig, new_spec: MakeSpec) -> None:
        earlier, spec = rig.runtime(), new_spec(OBEY)
        earlier_ends = Ends(earlier)
        earlier.start(spec)
        rig.finish(spec)
        earlier_ends.next()
        earlier.close()
        later = rig.runtime()
        ends, other = Ends(later), new_spec(OBEY, 8)
        assert ends.next() == 7
        later.start(other)
        later.kill(8)
        assert (ends.next(), ends.left()) == (8, [])

    def test_finished_run_opens_no_door(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime = rig.runtime()
        ends = Ends(runtime)
        runtime.start(new_spec(OBEY))
        runtime.kill(7)
        ends.next()
        runtime.adopt(7)
        assert rig.door.open_for == frozenset()

    def test_door_is_open_from_start_to_end(self, rig: Rig, new_spec: MakeSpec) -> None:
        runtime, spec = rig.runtime(), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        assert rig.door.open_for == {7}
        rig.finish(spec)
        ends.next()
        assert rig.door.open_for == frozenset()


class GreetingDoor(FakeDoor):
    """A proxy that says a word to everyone who comes in."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self._came = threading.Event()

    def greeted(self) -> None:
        """Return when somebody came in."""
        assert self._came.wait(DEADLINE_S)

    def open(self, result_id: int, listener: socket.socket) -> None:
        super().open(result_id, listener)
        threading.Thread(target=self._serve, args=(listener.dup(),), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with listener, listener.accept()[0] as visitor:
            visitor.sendall(f"{self._word}\n".encode())
        self._came.set()


@pytest.mark.parametrize("rig", ["process"], indirect=True)
class TestInside:
    """What an algorithm meets; for containers that is in test_container_contract.py."""

    def test_environment_is_the_contract_and_nothing_of_the_node(
        self, rig: RealRig, new_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("V6_API_KEY", "secret of the node")
        monkeypatch.setenv("HTTP_PROXY", "http://user:password@proxy:3128")
        spec = new_spec("report(**os.environ)", environment={"MY_SETTING": "$(id) `id` ; 'x'"})
        found = run_and_read(rig, spec)
        assert found["MY_SETTING"] == "$(id) `id` ; 'x'"
        assert (found["API_PATH"], found["DB_LABELS"]) == ("", "[]")
        assert found["HOST"].startswith("http://")
        basics = {"PATH", "HOME", "LANG", "HOSTNAME", "LC_CTYPE", "PWD", "SHLVL", "_", "OLDPWD"}
        contract = {"INPUT_FILE", "OUTPUT_FILE", "TOKEN_FILE", "TEMPORARY_FOLDER", "HOST", "PORT"}
        assert set(found) - basics == contract | {"API_PATH", "DB_LABELS", "MY_SETTING"}

    def test_files_can_be_read_and_the_output_written(
        self, rig: RealRig, new_spec: MakeSpec
    ) -> None:
        program = """
report(token=open(os.environ["TOKEN_FILE"]).read(), input=open(os.environ["INPUT_FILE"]).read())
"""
        found = run_and_read(rig, new_spec(program))
        assert found["token"] == "token-7"
        assert found["input"].endswith(program)

    def test_databases_are_where_the_variables_say(
        self, rig: RealRig, new_spec: MakeSpec, tmp_path: Path
    ) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "data.csv").write_text(f"table {name}")
        databases = (
            Database("default", str(tmp_path / "one" / "data.csv"), "csv"),
            Database("other", str(tmp_path / "two" / "data.csv"), "csv"),
            Database("folder", str(tmp_path / "two")),
            Database("remote", "postgresql://somewhere/db", "sql"),
        )
        program = """
found = {name: text for name, text in os.environ.items() if "DATABASE" in name or "LABEL" in name}
uris = os.environ["DEFAULT_DATABASE_URI"], os.environ["OTHER_DATABASE_URI"]
found["texts"] = [open(uri).read() for uri in uris]
found["folder"] = os.listdir(os.environ["FOLDER_DATABASE_URI"])
found["legacy"] = open(os.environ["DATABASE_URI"]).read()
report(**found)
"""
        found = run_and_read(rig, new_spec(program, databases=databases, requested_label="other"))
        assert found["texts"] == ["table one", "table two"]
        assert (found["folder"], found["legacy"]) == (["data.csv"], "table two")
        assert found["REMOTE_DATABASE_URI"] == "postgresql://somewhere/db"
        assert (found["REMOTE_DATABASE_TYPE"], found["OTHER_DATABASE_TYPE"]) == ("sql", "csv")
        assert json.loads(found["DB_LABELS"]) == ["default", "other", "folder", "remote"]
        assert found["USER_REQUESTED_DATABASE_LABEL"] == "other"

    def test_temporary_folder_is_shared_in_the_tree_of_a_task(
        self, rig: RealRig, new_spec: MakeSpec
    ) -> None:
        write = "open(os.environ['TEMPORARY_FOLDER'] + '/note', 'w').write('for later')"
        run_and_read(rig, new_spec(write + "; report()", 1))
        read = "report(note=open(os.environ['TEMPORARY_FOLDER'] + '/note').read())"
        assert run_and_read(rig, new_spec(read, 2)) == {"note": "for later"}


@pytest.mark.parametrize("rig", ["process", DOCKER, HELPED], indirect=True)
class TestDoor:
    """How an algorithm finds the proxy of its node."""

    def test_proxy_answers_also_a_program_that_asks_at_once(
        self, rig: RealRig, new_spec: MakeSpec
    ) -> None:
        runtime = rig.runtime(GreetingDoor("hello"))
        assert run_and_read(rig, new_spec("report(heard=ask_proxy())"), runtime) == {
            "heard": "hello"
        }

    def test_proxy_of_the_next_process_answers_on_the_same_address(
        self, rig: RealRig, new_spec: MakeSpec
    ) -> None:
        spec = new_spec("first = ask_proxy(); order(); report(heard=[first, ask_proxy()])")
        earlier = rig.runtime(first := GreetingDoor("first"))
        earlier.start(spec)
        first.greeted()
        earlier.close()
        first.close_all()
        later = rig.runtime(GreetingDoor("second"))
        later.adopt(7)
        ends = Ends(later)
        rig.order(spec)
        assert ends.next() == 7
        assert read_report(spec, later) == {"heard": ["first", "second"]}
