"""What the 3.x protocol promises to an algorithm image, item by item, found in one real run."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.conftest import BuildImage
from tests.contract.runtime_rigs import DockerRig, Ends, make_spec, run_and_read
from vantage6.node.runtime.base import Database, StartError
from vantage6.node.runtime.docker_limits import Limits

pytestmark = pytest.mark.docker

LABELS_OF_DATABASES = [
    *("default", "same_name", "table", "sheet", "images", "mysql", "cdm", "graph", "old")
]
FOLDER = "/mnt/data/task-000000042"
SETTINGS = {"MY_SETTING": "$(id) `id`; 'x' \u00e9\n2", "CDM_DATABASE_TYPE": "5.4"}

LOOK = """
import glob, stat
databases = {label: os.environ[f"{label}_DATABASE_URI"]
             for label in ("DEFAULT", "SAME_NAME", "TABLE", "SHEET", "IMAGES")}
own = {name: os.environ[f"{name}_FILE"] for name in ("INPUT", "OUTPUT", "TOKEN")}
env = {f"env {name}": text for name, text in os.environ.items()}
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
report(
    **env,
    **{f"text {label}": open(uri).read() for label, uri in databases.items()
       if not os.path.isdir(uri)},
    **{f"bytes {name}": os.path.getsize(file) for name, file in own.items()},
    **{f"write {name}": outcome(lambda: open(file, "a").close())
       for name, file in [*databases.items(), *own.items()]},
    **{f"remove {name}": outcome(lambda: os.remove(file)) for name, file in own.items()},
    **{f"limit {name}": status[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs",
       "Seccomp", "Uid")},
    token=open(own["TOKEN"]).read(),
    folder=os.listdir(databases["IMAGES"]),
    data=sorted(os.listdir("/mnt/data")),
    runs=[sorted(os.listdir(run)) for run in glob.glob("/mnt/data/task-*")],
    mnt=sorted(os.listdir("/mnt")),
    temporary=outcome(lambda: open("/mnt/tmp/note", "w").close()),
    home=outcome(lambda: open(os.path.expanduser("~/note"), "w").close()),
    interfaces=[name for _, name in socket.if_nameindex()],
    me=socket.gethostbyname(socket.gethostname()),
)
"""

ENVIRONMENT = {
    "INPUT_FILE": f"{FOLDER}/input",
    "OUTPUT_FILE": f"{FOLDER}/output",
    "TOKEN_FILE": f"{FOLDER}/token",
    "TEMPORARY_FOLDER": "/mnt/tmp",
    "HOST": "http://proxyserver",
    "PORT": "8080",
    "API_PATH": "",
    "USER_REQUESTED_DATABASE_LABEL": "table",
    "DATABASE_URI": "/mnt/data/table.parquet",
    "DEFAULT_DATABASE_URI": "/mnt/data/data.csv",
    "DEFAULT_DATABASE_TYPE": "csv",
    "SAME_NAME_DATABASE_URI": "/mnt/data/same_name-data.csv",
    "SAME_NAME_DATABASE_TYPE": "csv",
    "TABLE_DATABASE_URI": "/mnt/data/table.parquet",
    "TABLE_DATABASE_TYPE": "parquet",
    "SHEET_DATABASE_URI": "/mnt/data/sheet.xlsx",
    "SHEET_DATABASE_TYPE": "excel",
    "IMAGES_DATABASE_URI": "/mnt/data/images",
    "IMAGES_DATABASE_TYPE": "other",
    "MYSQL_DATABASE_URI": "mysql://user:pass@tunnel:3306/db?x=1&y=2",
    "MYSQL_DATABASE_TYPE": "sql",
    "CDM_DATABASE_URI": "postgresql://omop:5432/cdm",
    "CDM_DATABASE_TYPE": "omop",
    "GRAPH_DATABASE_URI": "http://triples:7200/repositories/x",
    "GRAPH_DATABASE_TYPE": "sparql",
    "OLD_DATABASE_URI": "somewhere://else",
    "DB_LABELS": json.dumps(LABELS_OF_DATABASES),
    **SETTINGS,  # win over the contract's
}
FILES: dict[str, Any] = {
    "token": "token-42",
    "bytes OUTPUT": 0,
    "write OUTPUT": "done",
    "write INPUT": "PermissionError",
    "write TOKEN": "PermissionError",
    **{f"remove {name}": "PermissionError" for name in ("INPUT", "OUTPUT", "TOKEN")},
    **{f"write {label}": "PermissionError" for label in ("DEFAULT", "SAME_NAME", "TABLE")},
    "write IMAGES": "IsADirectoryError",
    "text DEFAULT": "a,b",
    "text SAME_NAME": "c,d",
    "text TABLE": "PAR1",
    "text SHEET": "PK",
    "folder": ["scan.dcm"],
    "data": [
        "data.csv",
        "images",
        "same_name-data.csv",
        "sheet.xlsx",
        "table.parquet",
        "task-000000042",
    ],
    "runs": [["input", "output", "token"]],
    "mnt": ["data", "tmp"],
    "temporary": "done",
    "home": "done",
}
RIGHTS = {
    "limit CapEff": "0" * 16,
    "limit CapBnd": "0" * 16,
    "limit NoNewPrivs": "1",
    "limit Seccomp": "2",
    "limit Uid": "\t".join(["65534"] * 4),
    "interfaces": ["lo"],
    "me": "127.0.0.1",
}
LABELS = {
    "vantage6-type": "algorithm",
    "result_id": "42",
    "run_id": "3",
    "org.opencontainers.image.title": "a label of the image",
}


def make_databases(folder: Path) -> tuple[Database, ...]:
    contents = {
        "one/data.csv": "a,b",
        "two/data.csv": "c,d",
        "table.parquet": "PAR1",
        "sheet.xlsx": "PK",
        "images/scan.dcm": "",
    }
    for name, text in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return (
        Database("default", str(folder / "one/data.csv"), "csv"),
        Database("same_name", str(folder / "two/data.csv"), "csv"),
        Database("table", str(folder / "table.parquet"), "parquet"),
        Database("sheet", str(folder / "sheet.xlsx"), "excel"),
        Database("images", str(folder / "images"), "other"),
        Database("mysql", ENVIRONMENT["MYSQL_DATABASE_URI"], "sql"),
        Database("cdm", ENVIRONMENT["CDM_DATABASE_URI"], "omop"),
        Database("graph", ENVIRONMENT["GRAPH_DATABASE_URI"], "sparql"),
        Database("old", ENVIRONMENT["OLD_DATABASE_URI"]),
    )


class Seen:
    """One run, from inside (`report`) and from outside (`container`, as the engine shows it)."""

    def __init__(self, rig: DockerRig, engine: Any, image: str, folder: Path) -> None:
        self.folder = folder
        spec = make_spec(
            folder,
            image,
            LOOK,
            42,
            run_id=3,
            databases=make_databases(folder),
            requested_label="table",
            environment=SETTINGS,
        )
        self.report = run_and_read(rig, spec)
        name = f"vantage6-{rig.node.replace(' ', '-')}-result-42"
        self.container: dict[str, Any] = engine.inspect_container(name)
        self.node = rig.node


@pytest.fixture(scope="module")
def labelled_image(build_image: BuildImage) -> str:
    entry = "import os; exec(open(os.environ['INPUT_FILE']).read())"
    title = "org.opencontainers.image.title"
    stolen = "vantage6-type=none result_id=1 node=another"
    lines = [f'LABEL {title}="a label of the image" {stolen}', "ENV HOST=x PATH_OF_IMAGE=kept"]
    return build_image("\n".join([*lines, f'CMD ["python3", "-c", "{entry}"]']))


@pytest.fixture(scope="module")
def seen(
    labelled_image: str, engine: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    rig = DockerRig(f"contract {os.getpid()}", labelled_image, "")
    yield Seen(rig, engine, labelled_image, tmp_path_factory.mktemp("contract"))
    rig.close()


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_environment_variable(seen: Seen, name: str) -> None:
    assert seen.report[f"env {name}"] == ENVIRONMENT[name]


def test_there_is_no_variable_beyond_the_contract_and_the_image(seen: Seen) -> None:
    found = {key.removeprefix("env ") for key in seen.report if key.startswith("env ")}
    of_systems = {"PATH", "HOME", "HOSTNAME", "LANG", "LC_CTYPE", "PATH_OF_IMAGE"}
    assert found - of_systems == set(ENVIRONMENT)


@pytest.mark.parametrize("item", FILES)
def test_file(seen: Seen, item: str) -> None:
    assert seen.report[item] == FILES[item]


@pytest.mark.parametrize("item", RIGHTS)
def test_right(seen: Seen, item: str) -> None:
    assert seen.report[item] == RIGHTS[item]


@pytest.mark.parametrize("label", LABELS)
def test_label(seen: Seen, label: str) -> None:
    assert seen.container["Config"]["Labels"][label] == LABELS[label]


def test_label_of_the_node_and_name_of_the_container(seen: Seen) -> None:
    assert seen.container["Config"]["Labels"]["node"] == seen.node
    assert seen.container["Name"] == f"/vantage6-{seen.node.replace(' ', '-')}-result-42"


def test_command_is_the_images_own(seen: Seen, engine: Any) -> None:
    config = engine.inspect_image(seen.container["Image"])["Config"]
    for part in ("Cmd", "Entrypoint", "WorkingDir"):
        assert seen.container["Config"][part] == config[part]


def test_every_mount_but_output_and_temporary_folder_is_read_only(seen: Seen) -> None:
    writable = {mount["Destination"] for mount in seen.container["Mounts"] if mount["RW"]}
    assert writable == {f"{FOLDER}/output", "/mnt/tmp"}
    assert {mount["Type"] for mount in seen.container["Mounts"]} == {"bind"}


SHELL = r"""#!/bin/sh
set -e
test -z "$API_PATH"
test "$(cat "$TOKEN_FILE")" = token-7
{ cat "$INPUT_FILE"; cat "$DATABASE_URI"; cat "$DEFAULT_DATABASE_URI"; } > "$OUTPUT_FILE"
printf 'warn > \377\000 \342\202' >&2
"""


def test_image_in_another_language_reads_and_writes_the_same_files(
    docker_rig: DockerRig, build_image: BuildImage, tmp_path: Path
) -> None:
    """As published R images do, which know `DATABASE_URI` only."""
    script = SHELL.replace("\\", "\\\\").replace("\n", "\\n").replace("'", "'\\''")
    image = build_image(f"RUN printf '%b' '{script}' > /main && chmod 755 /main\nCMD /main")
    (tmp_path / "table.csv").write_text("x;y")
    databases = (Database("default", str(tmp_path / "table.csv"), "csv"),)
    spec = make_spec(tmp_path, image, "", 7, databases=databases, requested_label="default")
    (spec.folder / "input").write_bytes(b"json.{}")
    runtime = docker_rig.runtime()
    ends = Ends(runtime)
    runtime.start(spec)
    ends.next()
    assert (spec.folder / "output").read_bytes() == b"json.{}x;yx;y"
    assert runtime.log(7).replace("\N{REPLACEMENT CHARACTER}", "?") == "warn > ?\0 ??"


def test_runs_of_one_tree_share_a_folder_and_see_nothing_else_of_each_other(
    docker_rig: DockerRig, tmp_path: Path
) -> None:
    note = "os.environ['TEMPORARY_FOLDER'] + '/note'"
    write = f"open({note}, 'w').write('for later'); report(); order('never')"
    runtime = docker_rig.runtime()
    runtime.start(make_spec(tmp_path, docker_rig.image, write, 1, run_id=3))
    read = f"""
while not os.path.exists({note}) or not os.path.getsize({note}):
    time.sleep(0.01)
report(note=open({note}).read(), data=os.listdir("/mnt/data"), token=open(
    os.environ["TOKEN_FILE"]).read())
"""
    spec = make_spec(tmp_path, docker_rig.image, read, 2, run_id=3)
    found = run_and_read(docker_rig, spec)
    assert found == {"note": "for later", "data": ["task-000000002"], "token": "token-2"}


def test_gpu_is_asked_for_and_its_absence_is_named(
    docker_rig: DockerRig, tmp_path: Path, engine: Any
) -> None:
    if "nvidia" in engine.info()["Runtimes"]:
        pytest.skip("this engine has GPUs, so that nothing is absent")
    runtime = docker_rig.runtime(limits=Limits(gpus=True))
    with pytest.raises(StartError, match="GPU"):
        runtime.start(make_spec(tmp_path, docker_rig.image, "", 7))


def test_image_user_that_the_image_names_is_kept(
    docker_rig: DockerRig, user_image: str, tmp_path: Path
) -> None:
    spec = make_spec(tmp_path, user_image, "report(uid=os.getuid(), gid=os.getgid())", 7)
    assert run_and_read(docker_rig, spec) == {"uid": 12345, "gid": 12345}


def test_closed_databases_can_be_read_by_whoever_may(
    docker_rig: DockerRig, tmp_path: Path
) -> None:
    """Those of a group through that group; those of root by root, who has no other right."""
    program = """
report(uid=os.getuid(), groups=os.getgroups(), text=open(os.environ["DATABASE_URI"]).read(),
       rights=[line.split()[1] for line in open("/proc/self/status") if "CapEff" in line])
"""
    reports = []
    for result_id, mode in enumerate((0o640, 0o600), start=1):
        file = tmp_path / f"table{result_id}.csv"
        file.write_text("a")
        file.chmod(mode)
        os.chown(file, 0, 4321)
        database = Database("default", str(file))
        options = {"databases": (database,), "requested_label": "default"}
        spec = make_spec(tmp_path, docker_rig.image, program, result_id, **options)
        reports.append(run_and_read(docker_rig, spec))
    assert [report["text"] for report in reports] == ["a", "a"]
    assert (reports[0]["uid"], 4321 in reports[0]["groups"]) == (65534, True)
    assert (reports[1]["uid"], reports[1]["rights"]) == (0, ["0" * 16])
