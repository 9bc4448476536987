"""What only containers promise: nothing but the proxy answers inside, and nothing is left."""

import queue
import socket
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from tests.contract.conftest import BuildImage, MakeSpec
from tests.contract.runtime_rigs import (
    DEADLINE_S,
    OBEY,
    DockerRig,
    Ends,
    run_and_read,
)
from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.status import TaskStatus
from vantage6.node.network.helper import HelperGate
from vantage6.node.runtime.base import Database, Phase, RunReport, StartError
from vantage6.node.runtime.docker_engine import connect
from vantage6.node.runtime.docker_options import Limits
from vantage6.node.runtime.images import ImageStore, PullPolicy

pytestmark = pytest.mark.docker


@pytest.fixture
def rig(docker_rig: DockerRig) -> DockerRig:
    return docker_rig


def container_of(engine: Any, rig: DockerRig, result_id: int = 7) -> dict[str, Any]:
    name = f"vantage6-{rig.node.replace(' ', '-')}-result-{result_id}"
    found: dict[str, Any] = engine.inspect_container(name)
    return found


@pytest.fixture
def host_service() -> Iterator[int]:
    """Port of a service that this host offers on all its addresses."""
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104  # that is the danger
        yield server.getsockname()[1]


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


class TestNetwork:
    """An algorithm reaches the proxy of its node, and nothing else."""

    def test_host_does_not_answer_on_any_of_its_addresses(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any, host_service: int
    ) -> None:
        bridge = engine.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
        own = socket.gethostbyname_ex(socket.gethostname())[2]
        hosts = sorted({bridge, "127.0.0.1", "0.0.0.0", "169.254.169.254", *own})  # noqa: S104
        program = f"""
report(**{{host: outcome(lambda: socket.create_connection((host, {host_service}), 2))
       for host in {hosts}}})
"""
        found = run_and_read(rig, new_spec(program))
        assert set(found) == set(hosts)
        assert set(found.values()) <= {"OSError", "ConnectionRefusedError"}

    def test_host_does_answer_on_dockers_own_network(
        self, rig: DockerRig, engine: Any, host_service: int
    ) -> None:
        """Control: the question of the test above can be answered with yes."""
        bridge = engine.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
        program = f"import socket; socket.create_connection(('{bridge}', {host_service}), 5)"
        container = engine.create_container(rig.image, ["python3", "-c", program])
        engine.start(container)
        exit_code = engine.wait(container)["StatusCode"]
        engine.remove_container(container)
        assert exit_code == 0

    def test_there_is_no_interface_but_the_loopback(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        program = """
routes = open("/proc/net/route").read().splitlines()[1:]
report(names=[name for _, name in socket.if_nameindex()], routes=routes)
"""
        assert run_and_read(rig, new_spec(program)) == {"names": ["lo"], "routes": []}

    def test_another_run_does_not_answer(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        listen = """
server = socket.create_server(("0.0.0.0", 9000))
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0v6-test"); abstract.listen()
open(os.environ["TEMPORARY_FOLDER"] + "/listening", "w").close()
order()
"""
        other, connect_to = (
            new_spec(listen, 8),
            """
while not os.path.exists(os.environ["TEMPORARY_FOLDER"] + "/listening"):
    time.sleep(0.01)
unix = socket.socket(socket.AF_UNIX)
report(tcp=outcome(lambda: socket.create_connection(("127.0.0.1", 9000), 2)),
       name=outcome(lambda: socket.create_connection(("algorithm", 9000), 2)),
       unix=outcome(lambda: unix.connect("\\0v6-test")))
""",
        )
        rig.runtime().start(other)
        refused = "ConnectionRefusedError"
        found = run_and_read(rig, new_spec(connect_to))
        assert found == {"tcp": refused, "name": refused, "unix": refused}
        address = container_of(engine, rig, 8)["NetworkSettings"]["Networks"]["none"]["IPAddress"]
        assert address == ""

    def test_internet_and_name_servers_do_not_answer_and_say_so_at_once(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        program = """
begin = time.monotonic()
hosts = ("1.1.1.1", 443), ("8.8.8.8", 53), ("2606:4700:4700::1111", 443)
tcp = [outcome(lambda: socket.create_connection(host, 5)) for host in hosts]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names = [outcome(lambda: socket.getaddrinfo(name, 443)) for name in ("example.com", "registry")]
report(tcp=tcp, names=names, udp=outcome(lambda: udp.sendto(b"x", ("8.8.8.8", 53))),
       seconds=time.monotonic() - begin)
"""
        found = run_and_read(rig, new_spec(program))
        assert found["tcp"] == ["OSError"] * 3
        assert (found["names"], found["udp"]) == (["gaierror"] * 2, "OSError")
        assert found["seconds"] < 1

    def test_algorithm_finds_itself_by_name(self, rig: DockerRig, new_spec: MakeSpec) -> None:
        found = run_and_read(
            rig, new_spec("report(me=socket.gethostbyname(socket.gethostname()))")
        )
        assert found == {"me": "127.0.0.1"}


class TestRights:
    """What an algorithm may do on this host."""

    def test_capabilities_are_dropped_and_cannot_be_regained(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        program = """
lines = (line.split() for line in open("/proc/self/status"))
report(**{line[0]: line[1] for line in lines if line[0][:3] in ("Cap", "NoN", "Sec")})
"""
        found = run_and_read(rig, new_spec(program))
        none = "0" * 16
        assert {found[f"Cap{kind}:"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {none}
        assert (found["NoNewPrivs:"], found["Seccomp:"]) == ("1", "2")

    def test_only_its_own_files_are_there(
        self, rig: DockerRig, new_spec: MakeSpec, tmp_path: Path
    ) -> None:
        (tmp_path / "table.csv").write_text("a,b")
        databases = (Database("default", str(tmp_path / "table.csv"), "csv"),)
        rig.runtime().start(new_spec(OBEY, 8, databases=databases))
        program = """
folder = os.path.dirname(os.environ["OUTPUT_FILE"])
report(mnt=os.listdir("/mnt"), data=os.listdir("/mnt/data"), own=os.listdir(folder))
"""
        found = {
            name: sorted(files)
            for name, files in run_and_read(rig, new_spec(program, databases=databases)).items()
        }
        assert found["mnt"] == ["data", "tmp"]
        assert found["data"] == ["table.csv", "task-000000007"]
        assert found["own"] == ["input", "output", "token"]

    def test_nothing_but_output_and_temporary_folder_can_be_changed(
        self, rig: DockerRig, new_spec: MakeSpec, tmp_path: Path
    ) -> None:
        (tmp_path / "table.csv").write_text("a,b")
        databases = (Database("default", str(tmp_path / "table.csv"), "csv"),)
        program = """
own = {name: os.environ[f"{name}_FILE"] for name in ("INPUT", "TOKEN", "OUTPUT")}
files = [own["INPUT"], own["TOKEN"], os.environ["DEFAULT_DATABASE_URI"]]
written = [outcome(lambda: open(file, "a").write("x")) for file in files]
removed = [outcome(lambda: os.remove(file)) for file in own.values()]
link = outcome(lambda: os.replace(os.symlink("/etc/passwd", "/link") or "/link", own["OUTPUT"]))
report(written=written, removed=removed, link=link)
"""
        found = run_and_read(rig, new_spec(program, databases=databases))
        assert found["written"] == ["OSError"] * 3
        assert found["removed"] == ["OSError"] * 3
        assert found["link"] == "OSError"

    def test_image_with_its_own_user_can_do_its_work(
        self, rig: DockerRig, new_spec: MakeSpec, user_image: str
    ) -> None:
        program = """
note = os.environ["TEMPORARY_FOLDER"] + "/note"
open(note, "w").write("x")
report(uid=os.getuid(), token=open(os.environ["TOKEN_FILE"]).read())
"""
        found = run_and_read(rig, new_spec(program, image=user_image))
        assert found == {"uid": 12345, "token": "token-7"}

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
        assert found["LogConfig"]["Config"] == {"max-size": "4096", "max-file": "1"}
        assert found["RestartPolicy"]["Name"] == "no"

    def test_memory_is_limited_without_being_asked(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        rig.runtime().start(new_spec(OBEY))
        memory = container_of(engine, rig)["HostConfig"]["Memory"]
        assert 0 < memory < engine.info()["MemTotal"]

    def test_algorithm_that_needs_too_much_memory_ends_with_that_reason(
        self, rig: DockerRig, new_spec: MakeSpec
    ) -> None:
        runtime = rig.runtime(limits=Limits(memory_bytes=32 * 2**20))
        ends = Ends(runtime)
        runtime.start(new_spec("held = [bytearray(2**20) for _ in range(1000)]"))
        assert ends.next() == 7
        assert runtime.poll(7) == RunReport(Phase.FINISHED, 137, "out of memory")


class TestContainers:
    """How containers are found, and that none is left."""

    def test_container_is_labelled_for_the_node_and_its_run(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        rig.runtime().start(new_spec(OBEY, run_id=3))
        labels = container_of(engine, rig)["Config"]["Labels"]
        expected = {"vantage6-type": "algorithm", "node": rig.node, "result_id": "7"}
        assert expected.items() <= labels.items()
        assert labels["run_id"] == "3"

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
        for result_id in range(1, 4):
            runtime.start(new_spec("", result_id, image=image))
            ends.next()
            assert runtime.poll(result_id).exit_code == 0, runtime.log(result_id)

    def test_helper_leaves_no_container_and_the_algorithm_goes_on(
        self, rig: DockerRig, new_spec: MakeSpec, engine: Any
    ) -> None:
        rig.runtime().start(new_spec(OBEY))
        left = engine.containers(all=True, filters={"label": "vantage6-type=algorithm-helper"})
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


class TestImages:
    """Images from a registry, and what is said when one cannot be had."""

    @pytest.fixture
    def pushed(self, engine: Any, registry: str, probe_image: str) -> Iterator[str]:
        """An image that is at the registry and not here."""
        name = f"{registry}/vantage6-test/nested/{uuid.uuid4().hex[:8]}"
        engine.tag(probe_image, name, "1")
        for line in engine.push(name, tag="1", stream=True, decode=True):
            assert "error" not in line, line
        engine.remove_image(f"{name}:1")
        yield f"{name}:1"
        for image in engine.images():
            for reference in [*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())]:
                if reference.startswith(name):
                    with suppress(APIError):
                        engine.remove_image(reference)

    def test_image_that_is_not_here_is_pulled(
        self, rig: DockerRig, new_spec: MakeSpec, pushed: str
    ) -> None:
        spec = new_spec("report(fine=True)", image=pushed)
        assert run_and_read(rig, spec) == {"fine": True}

    def test_digest_names_an_image_too(self, engine: Any, pushed: str, probe_image: str) -> None:
        digest = engine.inspect_distribution(pushed)["Descriptor"]["digest"]
        name = f"{pushed.rpartition(':')[0]}@{digest}"
        found = ImageStore(engine).obtain(name)
        engine.remove_image(name)
        assert found == engine.inspect_image(probe_image)["Id"]

    def test_newer_image_at_the_registry_is_pulled_when_asked_for(
        self, engine: Any, pushed: str, user_image: str
    ) -> None:
        old = ImageStore(engine).obtain(pushed)
        engine.tag(user_image, pushed)
        for _ in engine.push(pushed, stream=True, decode=True):
            pass
        engine.tag(old, pushed)
        assert ImageStore(engine).obtain(pushed) == old
        new = ImageStore(engine, PullPolicy.NEWER).obtain(pushed)
        assert new == engine.inspect_image(user_image)["Id"]

    def test_image_that_was_never_pushed_is_used_without_a_registry(
        self, engine: Any, probe_image: str
    ) -> None:
        name = "localhost:1/vantage6-test/local:1"
        engine.tag(probe_image, name)
        expected = engine.inspect_image(probe_image)["Id"]
        for policy in (PullPolicy.IF_MISSING, PullPolicy.NEWER, PullPolicy.NEVER):
            assert ImageStore(engine, policy).obtain(name) == expected
        with pytest.raises(StartError, match="localhost:1"):
            ImageStore(engine, PullPolicy.ALWAYS).obtain(name)
        engine.remove_image(name)

    def test_tag_that_the_registry_does_not_know_is_no_image(
        self, engine: Any, pushed: str
    ) -> None:
        with pytest.raises(StartError, match="nested") as caught:
            ImageStore(engine).obtain(pushed.rpartition(":")[0] + ":2")
        assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE

    @pytest.mark.parametrize("registry_host", ["localhost:1", "registry.invalid"])
    def test_registry_that_does_not_answer_is_a_failure_of_the_node(
        self, engine: Any, registry_host: str
    ) -> None:
        with pytest.raises(StartError, match=registry_host) as caught:
            ImageStore(engine).obtain(f"{registry_host}/nobody/made-this:1")
        assert caught.value.status is TaskStatus.FAILED
