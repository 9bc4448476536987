"""The gate to an algorithm's network, as far as it can be seen without a container."""

import os
import platform
import subprocess
import sys

import pytest
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.network.isolated import LoopbackGate

OURS = {"KernelVersion": platform.release()}
ONLY_LINUX = pytest.mark.skipif(platform.system() != "Linux", reason="namespaces are Linux's")

AS_NOBODY = """
import os, platform
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.network.isolated import LoopbackGate
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
try:
    LoopbackGate().check({"KernelVersion": platform.release()})
except RuntimeUnavailable as error:
    print(error.message)
"""


def test_containers_have_no_network_and_find_the_proxy_by_name() -> None:
    gate = LoopbackGate()
    with gate.entrance() as entrance:
        options = entrance.host_options
    assert (gate.host, gate.port) == ("http://proxyserver", 8080)
    assert options["network_mode"] == "none"
    assert options["extra_hosts"]["proxyserver"] == "127.0.0.1"
    assert options["dns"] == ["127.0.0.1"]


def test_engine_on_another_machine_is_refused() -> None:
    with pytest.raises(RuntimeUnavailable, match="same Linux host"):
        LoopbackGate().check({"KernelVersion": "6.6.0-linuxkit"})


@ONLY_LINUX
def test_node_without_the_rights_is_refused_with_what_it_needs() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=True
    )
    assert "root" in answer.stdout
    assert "CAP_SYS_ADMIN" in answer.stdout


@ONLY_LINUX
def test_process_of_another_container_is_never_entered() -> None:
    with pytest.raises(ProcessLookupError, match="not of container"):
        LoopbackGate().listen("0" * 64, os.getpid())


@ONLY_LINUX
def test_process_that_has_ended_is_no_place_to_listen() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    with pytest.raises(ProcessLookupError):
        LoopbackGate().listen("0" * 64, process.pid)
