"""What only containers promise: limits that are set, and nothing that is left."""

import gc
import queue
from pathlib import Path
from typing import Any

import pytest
from tests.contract.conftest import BuildImage, MakeSpec
from tests.contract.runtime_rigs import DEADLINE_S, OBEY, DockerRig, Ends, run_and_read
from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.status import TaskStatus
from vantage6.node.network.helper import HelperGate
from vantage6.node.runtime.base import Phase, RunReport, StartError
from vantage6.node.runtime.docker_engine import connect
from vantage6.node.runtime.docker_limits import Limits

pytestmark = pytest.mark.docker


@pytest.fixture
def rig(docker_rig: DockerRig) -> DockerRig:
    return docker_rig


def container_of(engine: Any, rig: DockerRig, result_id: int = 7) -> dict[str, Any]:
    name = f"vantage6-{rig.node.replace(' ', '-')}-result-{result_id}"
    found: dict[str, Any] = engine.inspect_container(name)
    return found


class EventsThatBreak:
    """An engine's client whose stream of events can be cut."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._streams: queue.Queue[Any] = queue.Queue()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def events(self, **options: Any) -> Any:
        stream = self._engine.events(**options)
        self._streams.put(stream)
        return stream

    def cut(self) -> None:
        self._streams.get(timeout=DEADLINE_S).close()


class TestEngine:
    """Which engine is used."""

    def test_engine_is_where_docker_host_says(
        self, rig: DockerRig, new_spec: MakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As for an engine without root, whose socket is in a folder of its user."""
        socket = tmp_path / "docker.sock"
        socket.symlink_to("/var/run/docker.sock")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{socket}")
        assert run_and_read(rig, new_spec("report(fine=True)")) == {"fine": True}

    # Docker's client forgets to close the socket with which it finds nobody.
    @pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
    def test_engine_that_is_not_there_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        with pytest.raises(RuntimeUnavailable, match=r"docker\.sock.*DOCKER_HOST"):
            connect()
        gc.collect()


class TestHost:
    """What a run takes of this host."""

    def test_other_users_of_the_host_cannot_read_the_files_of_a_run(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        spec = new_spec("report()")
        run_and_read(rig, spec)
        assert [folder.stat().st_mode & 0o777 for folder in (spec.folder, spec.temporary)] == [
            0o700,
            0o700,
        ]

    def test_limits_are_set(self, rig: DockerRig, new_spec: MakeSpec, engine: Any) -> None:
        limits = Limits(memory_bytes=64 * 2**20, cpus=0.5, processes=50, log_bytes=4096)
        rig.runtime(limits=limits).start(new_spec(OBEY))
        found = container_of(engine, rig)["HostConfig"]
        assert (found["Memory"], found["MemorySwap"]) == (64 * 2**20, 64 * 2**20)
        assert (found["NanoCpus"], found["PidsLimit"]) == (500_000_000, 50)
        assert found["LogConfig"]["Config"] == {"max-size": "2048", "max-file": "2"}
        assert found["RestartPolicy"]["Name"] == "no"

    def test_memory_is_limited_without_being_asked(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        rig.runtime().start(new_spec(OBEY))
        memory = container_of(engine, rig)["HostConfig"]["Memory"]
        assert 0 < memory < engine.info()["MemTotal"]


class TestContainers:
    """How containers are found, and that none is left."""

    def test_runs_of_another_node_are_none_of_this_one(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        other = DockerRig(f"{rig.node} 2", rig.image, rig.missing_image)
        other.runtime().start(new_spec(OBEY))
        runtime = rig.runtime()
        runtime.remove(7)
        assert (runtime.known(), runtime.poll(7)) == (frozenset(), RunReport(Phase.GONE))
        assert other.runtime().poll(7) == RunReport(Phase.RUNNING)
        other.close()

    def test_container_removed_by_hand_ends_and_is_gone(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        runtime = rig.runtime()
        ends = Ends(runtime)
        runtime.start(new_spec(OBEY))
        engine.remove_container(container_of(engine, rig)["Id"], force=True)
        assert ends.next() == 7
        assert runtime.poll(7) == RunReport(Phase.GONE)

    def test_image_with_volumes_leaves_none(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any, build_image: BuildImage
    ) -> None:
        image = build_image('VOLUME /scratch\nCMD ["true"]')
        runtime = rig.runtime()
        ends = Ends(runtime)
        runtime.start(new_spec("", image=image))
        volumes = [
            mount["Name"] for mount in container_of(engine, rig)["Mounts"] if "Name" in mount
        ]
        ends.next()
        runtime.remove(7)
        left = [volume["Name"] for volume in engine.volumes()["Volumes"] or []]
        assert len(volumes) == 1
        assert not set(volumes) & set(left)

    def test_command_that_ends_at_once_is_no_failure(
        self, rig: DockerRig, new_spec: MakeSpec, build_image: BuildImage
    ) -> None:
        image = build_image('CMD ["true"]')
        runtime = rig.runtime()
        ends = Ends(runtime)
        for result_id in (1, 2, 3):
            runtime.start(new_spec("", result_id, image=image))
        assert {ends.next(), ends.next(), ends.next()} == {1, 2, 3}
        assert runtime.poll(2) == RunReport(Phase.FINISHED, 0)

    def test_image_whose_command_does_not_exist_leaves_nothing(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any, build_image: BuildImage
    ) -> None:
        runtime = rig.runtime()
        with pytest.raises(StartError, match="command of the image") as caught:
            runtime.start(new_spec("", image=build_image('CMD ["/no/such/command"]')))
        assert caught.value.status is TaskStatus.START_FAILED
        assert engine.containers(all=True, filters={"label": f"node={rig.node}"}) == []
        assert rig.door.open_for == frozenset()

    def test_missing_file_of_a_run_is_a_start_error(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        spec = new_spec(OBEY)
        (spec.folder / "token").unlink()
        with pytest.raises(StartError, match="files"):
            rig.runtime().start(spec)

    def test_container_that_never_started_is_gone_and_in_nobodys_way(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        labels = {"vantage6-type": "algorithm", "node": rig.node, "result_id": "7"}
        name = f"vantage6-{rig.node.replace(' ', '-')}-result-7"
        engine.create_container(rig.image, name=name, labels=labels)
        runtime = rig.runtime()
        assert (runtime.poll(7), runtime.known()) == (RunReport(Phase.GONE), frozenset())
        runtime.start(new_spec(OBEY))
        assert runtime.poll(7) == RunReport(Phase.RUNNING)

    def test_end_is_told_after_the_events_broke(self, rig: DockerRig, new_spec: MakeSpec) -> None:
        broken = EventsThatBreak(connect())
        runtime, spec = rig.runtime_on(broken), new_spec(OBEY)
        ends = Ends(runtime)
        runtime.start(spec)
        broken.cut()
        rig.finish(spec, 4)
        assert (ends.next(), runtime.poll(7).exit_code) == (7, 4)
        assert ends.left() == []


class TestHelper:
    """The gate of a node that may not step into the network of an algorithm itself."""

    @pytest.fixture
    def rig(self, docker_rig: DockerRig) -> DockerRig:
        docker_rig.gate = lambda engine: HelperGate(engine, docker_rig.image)
        return docker_rig

    def test_proxy_is_there_before_the_first_instruction(
        self, rig: DockerRig, new_spec: MakeSpec, build_image: BuildImage
    ) -> None:
        """A shell opens the connection a few milliseconds after its start."""
        image = build_image('CMD ["bash", "-c", "exec 3<>/dev/tcp/proxyserver/8080 || exit 9"]')
        runtime = rig.runtime()
        ends = Ends(runtime)
        for result_id in (1, 2):
            runtime.start(new_spec("", result_id, image=image))
            ends.next()
            assert runtime.poll(result_id).exit_code == 0, runtime.log(result_id)

    def test_helper_leaves_no_container_and_the_algorithm_goes_on(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        rig.runtime().start(new_spec(OBEY))
        labels = {"label": "vantage6-type=algorithm-helper", "ancestor": rig.image}
        left = engine.containers(all=True, filters=labels)
        assert left == []
        assert container_of(engine, rig)["State"]["Status"] == "running"

    def test_helper_that_cannot_work_is_a_start_error_and_leaves_nothing(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any, build_image: BuildImage
    ) -> None:
        broken = build_image('RUN ln -sf /bin/false /usr/local/bin/python3\nCMD ["true"]')
        rig.gate = lambda client: HelperGate(client, broken)
        with pytest.raises(StartError, match="way to the proxy"):
            rig.runtime().start(new_spec(OBEY))
        assert engine.containers(all=True, filters={"label": f"node={rig.node}"}) == []

    def test_missing_image_of_the_helper_is_named(self, engine: Any) -> None:
        with pytest.raises(RuntimeUnavailable, match="nobody/made-this"):
            HelperGate(engine, "nobody/made-this:1").check(engine.info())
