"""Which runtime a configuration stands for."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.runtime import FakeDoor
from vantage6.common.config.loader import Loaded
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.docker import DockerRuntime
from vantage6.node.runtime.process import ProcessRuntime
from vantage6.node.runtime_choice import build_runtime, check_choice


def loaded(environment: str, **changes: Any) -> Loaded[NodeConfig]:
    settings = NodeConfig(api_key="key", server_url="http://server", **changes)
    return Loaded(settings, environment, Path("node.yaml"))


def test_processes_are_for_development_only(tmp_path: Path) -> None:
    chosen = loaded("dev", runtime="process", process_algorithms={"image": "package"})

    check_choice(chosen)
    runtime = build_runtime(chosen, tmp_path, FakeDoor())

    assert isinstance(runtime, ProcessRuntime)
    runtime.check()
    runtime.close()


@pytest.mark.parametrize("environment", ["prod", "acc", "test", "application"])
def test_processes_are_refused_elsewhere(environment: str) -> None:
    with pytest.raises(ConfigurationError, match="no isolation"):
        check_choice(loaded(environment, runtime="process"))


def test_processes_are_refused_where_signatures_are_demanded() -> None:
    chosen = loaded("dev", runtime="process", content_trust={"enabled": True})

    with pytest.raises(ConfigurationError, match="could be signed"):
        check_choice(chosen)


@pytest.mark.docker
def test_containers_are_the_default(tmp_path: Path) -> None:
    account = {"registry": "r.example.org", "username": "u", "password": "p"}
    chosen = loaded("prod", docker_registries=[account], limits={"memory_mb": 100, "cpus": 1})

    check_choice(chosen)
    runtime = build_runtime(chosen, tmp_path, FakeDoor())

    assert isinstance(runtime, DockerRuntime)
    runtime.check()
    assert runtime.known() == frozenset()
    runtime.close()
