"""Breaks parts of a federation at moments that a seed decides."""

import random
import subprocess
from collections.abc import Callable

from tests.e2e.asking import until
from tests.e2e.faults.ledger import Ledger, now
from tests.e2e.faults.tcp_proxy import TcpProxy
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.client import Client
from vantage6.common.errors import InvalidInput


class Monkey:
    """Kills the server, nodes and algorithms, and cuts connections.

    Parameters
    ----------
    chance
        Decides what is broken.
    network, proxy
        What is broken.
    client
        How a user stops a task.
    ledger
        Where everything is noted that can change how a run ends.
    """

    def __init__(
        self,
        chance: random.Random,
        network: DemoNetwork,
        proxy: TcpProxy,
        client: Client,
        ledger: Ledger,
    ) -> None:
        self._chance = chance
        self._network = network
        self._proxy = proxy
        self._client = client
        self._ledger = ledger
        self.faults: tuple[Callable[[], None], ...] = (
            self.kill_server,
            self.kill_node,
            self.kill_container,
            self.kill_task,
            self.cut_connections,
        )

    def strike(self) -> None:
        """Break something."""
        self.do(self._chance.choice(self.faults))

    def do(self, fault: Callable[[], None]) -> None:
        """Break this."""
        fault()
        self._ledger.faults[fault.__name__] += 1

    def kill_server(self) -> None:
        """End the server as a crash would, and start it again."""
        self._network.server.kill()
        self._network.server.start()
        self._network.wait_for_server()

    def kill_node(self) -> None:
        """End a node as a crash would, and start it again."""
        number = self._chance.randrange(len(self._network.nodes))
        self._ledger.node_kills.append((self._ledger.members[number], now()))
        self._network.nodes[number].kill()
        self._network.nodes[number].start()

    def kill_container(self) -> None:
        """Kill some algorithm that runs; none may."""
        nodes = [member.node for member in self._network.plan.members]
        for line in docker("ps", "--format", '{{.Label "node"}} {{.Label "result_id"}} {{.ID}}'):
            node, _, rest = line.partition(" ")
            if node in nodes and self._chance.random() < 0.7:
                result_id, container = rest.split()
                self._ledger.killed_containers.add(int(result_id))
                # It may have ended meanwhile.
                subprocess.run(["docker", "kill", container], capture_output=True, check=False)
                return

    def kill_task(self) -> None:
        """Stop some task of the last ones, as its user."""
        task_id = self._chance.choice(list(self._ledger.asked)[-5:])
        self._ledger.killed_tasks.add(task_id)
        try:
            self._client.task.kill(task_id)
        except InvalidInput as error:
            assert "has ended already" in error.message

    def cut_connections(self) -> None:
        """Cut every connection of the nodes to the server; at least one is there in the end."""
        until(self._proxy.cut)


def docker(*command: str) -> list[str]:
    """Lines that a Docker command prints."""
    return subprocess.check_output(["docker", *command], text=True).splitlines()
