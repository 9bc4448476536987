"""Every name and parameter that scripts of 3.5 to 4.x use is there.

The tables are protocol facts: names of `vantage6.client` and its modules, and the methods of each
group with the parameters of 3.x in their order, then those of other versions.
"""

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import MakeClient
from vantage6.client import Client, ClientBase, UserClient
from vantage6.client.resource.base import ListClient
from vantage6.common.errors import InvalidInput

MODULES = {
    "vantage6.client": (
        "APPNAME AuthenticationException Client ClientBase ContainerClient DummyCryptor LEGACY "
        "LogLevel RSACryptor ServerInfo UserClient WhoAmI __version__ base64s_to_bytes "
        "bytes_to_base64s deserialization json_lib jwt pickle post_filtering print_qr_code "
        "requests serialization"
    ),
    "vantage6.client.algorithm_client": "AlgorithmClient ContainerClient",
    "vantage6.client.constants": "APPNAME PACKAGE_FOLDER STRING_ENCODING",
    "vantage6.client.encryption": "CryptorBase DummyCryptor RSACryptor SEPARATOR",
    "vantage6.client.exceptions": "DeserializationException",
    "vantage6.client.filter": (
        "filter_dict_keys filter_dicts_by_values filter_dicts_from_results filter_dicts_keys "
        "filter_dicts_on_values filter_keys_from_result filter_keys_from_results post_filtering"
    ),
    "vantage6.client.utils": "LogLevel print_qr_code show_qr_code_image",
    "vantage6.client._version": "__version__ version_info",
}

PAGE = "page per_page include_metadata"
# Group and method -> positional parameters of 3.x | further keywords, of other versions or ours.
METHODS = {
    "authenticate": "username password mfa_code |",
    "setup_encryption": "private_key_file | overwrite",
    "refresh_token": "|",
    "generate_path_to": "endpoint |",
    "request": "endpoint json method params first_try retry |",
    "post_task": (
        "name image collaboration_id input_ description organization_ids data_format database "
        "| input collaboration organizations"
    ),
    "get_results": "id_ state include_task task_id node_id params | id",
    "wait_for_results": "task_id sleep | interval timeout",
    "setup_collaboration": "collaboration_id |",
    "util.get_server_version": "|",
    "util.get_server_health": "|",
    "util.change_my_password": "current_password new_password |",
    "util.reset_my_password": "email username |",
    "util.set_my_password": "token password |",
    "util.reset_two_factor_auth": "password email username |",
    "util.set_two_factor_auth": "token |",
    "util.generate_private_key": "file_ | overwrite",
    "collaboration.list": f"scope name encrypted organization {PAGE} | fields filters sort",
    "collaboration.get": "id_ | id field fields",
    "collaboration.create": "name organizations encrypted | fields organization_ids",
    "collaboration.update": "id_ name encrypted organizations | id fields organization_ids",
    "collaboration.delete": "id_ | id",
    "collaboration.add_organization": "organization collaboration |",
    "collaboration.remove_organization": "organization collaboration |",
    "node.get": "id_ | id fields",
    "node.list": (
        "name organization collaboration is_online ip last_seen_from last_seen_till "
        f"{PAGE} | field fields filter_ filters sort"
    ),
    "node.create": "collaboration organization name | fields",
    "node.update": "id_ name organization collaboration | id clear_ip fields",
    "node.delete": "id_ | id",
    "node.kill_tasks": "id_ | id",
    "organization.list": f"name country collaboration {PAGE} | fields filters sort",
    "organization.get": "id_ | id fields",
    "organization.update": (
        "id_ name address1 address2 zipcode country domain public_key | id fields"
    ),
    "organization.create": "name address1 address2 zipcode country domain public_key |",
    "organization.delete": "id_ | id",
    "user.list": (
        "username organization firstname lastname email role rule last_seen_from last_seen_till "
        f"{PAGE} | fields filters sort"
    ),
    "user.get": "id_ | id fields",
    "user.update": "id_ firstname lastname organization rules roles email | id fields",
    "user.create": (
        "username firstname lastname password email organization roles rules | fields"
    ),
    "user.delete": "id_ | id",
    "role.list": f"name description organization rule user include_root {PAGE} | fields sort",
    "role.get": "id_ | id role fields",
    "role.create": "name description rules organization | fields",
    "role.update": "role name description rules | id id_ fields",
    "role.delete": "role | id id_",
    "task.get": "id_ include_results | id fields",
    "task.list": (
        "initiator initiating_user collaboration image parent run name include_results "
        f"description database result status {PAGE} | init_org init_user job job_id fields sort"
    ),
    "task.create": (
        "collaboration organizations name image description input data_format database "
        "| input_ organization_ids collaboration_id databases fields"
    ),
    "task.delete": "id_ | id",
    "task.kill": "id_ | id",
    "result.get": "id_ include_task | id fields",
    "result.list": (
        "task organization state node include_task started assigned finished port "
        f"{PAGE} | fields filters sort task_id"
    ),
    "result.from_task": "task_id include_task | fields filters",
    "run.get": "id_ include_task | id",
    "run.from_task": "task_id include_task |",
    "rule.get": "id_ | id fields",
    "rule.list": f"name operation scope role {PAGE} | fields sort",
}


@pytest.mark.parametrize("module", MODULES)
def test_names_are_importable(module: str) -> None:
    found = importlib.import_module(module)

    assert [name for name in MODULES[module].split() if not hasattr(found, name)] == []


def method_of(client: Client, path: str) -> Any:
    found: Any = client
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", METHODS)
def test_method_takes_its_parameters(make_client: MakeClient, path: str) -> None:
    method = method_of(make_client(), path)
    positional, _, keywords = METHODS[path].partition("|")

    parameters = inspect.signature(method).parameters
    takes_picks = "fields" in parameters or "selection" in parameters
    picks = {"field", "fields", "filter_", "filters"} if takes_picks else set()
    known = {*parameters, *getattr(method, "also_as", {}), *picks}

    assert list(parameters)[: len(positional.split())] == positional.split()
    assert set(keywords.split()) - known == set()


@pytest.mark.parametrize("path", METHODS)
def test_further_names_mean_parameters_that_exist(make_client: MakeClient, path: str) -> None:
    method = method_of(make_client(), path)

    former = getattr(method, "also_as", {})

    assert set(former.values()) <= set(inspect.signature(method).parameters)
    assert not former.keys() & inspect.signature(method).parameters.keys()


def test_every_list_can_be_iterated(make_client: MakeClient) -> None:
    client = make_client()
    groups = ("collaboration", "node", "organization", "user", "role", "task", "result", "rule")

    assert all(isinstance(getattr(client, group), ListClient) for group in groups)
    assert client.run is client.result


def test_groups_are_of_the_classes_that_the_client_names(make_client: MakeClient) -> None:
    client = make_client()
    groups = {path.partition(".")[0] for path in METHODS if "." in path} - {"run"}

    assert len(groups) == 9
    for group in groups:
        assert type(getattr(client, group)) is getattr(UserClient, group.capitalize())


def test_a_value_may_have_only_one_name(make_client: MakeClient) -> None:
    with pytest.raises(InvalidInput, match="'id_' is given under two names: also as 'id'"):
        make_client().task.get(id_=3, id=4)


def test_other_name_that_is_none_is_not_given(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/3", {"id": 3})

    assert client.task.get(id_=3, id=None)["id"] == 3


def test_hierarchy_is_that_of_3x() -> None:
    assert UserClient is Client
    assert issubclass(Client, ClientBase)


@pytest.mark.parametrize("group", ["study", "store", "algorithm"])
def test_group_of_a_later_version_says_what_to_do_instead(
    make_client: MakeClient, group: str
) -> None:
    with pytest.raises(AttributeError, match="servers of version 3 have no"):
        getattr(make_client(), group)
    with pytest.raises(AttributeError, match="no attribute 'unknown'"):
        _ = make_client().unknown


def test_groups_of_other_packages_have_their_parent(client: Client, rest: FakeRest) -> None:
    class Greeting(ClientBase.SubClient):
        def get(self) -> Any:
            return self.parent.request("greeting")

    rest.on("GET /greeting", {"msg": "hello"})

    assert Greeting(client).get() == {"msg": "hello"}


def test_clients_of_algorithms_are_loaded_only_when_asked_for() -> None:
    code = (
        "import sys, vantage6.client as c; before = 'vantage6.tools' in sys.modules; "
        "from vantage6.client import ContainerClient; print(before, ContainerClient.__name__)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "ContainerClient"]
