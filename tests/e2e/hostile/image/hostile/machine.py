"""Ways to the engine, the host and its kernel."""

import ctypes
import hashlib
import os
import socket
import struct
from pathlib import Path

from hostile.asking import Told, answers, first, foreign_processes, is_allowed, libc, probe

_NEW_NAMESPACE, _NEW_USERS, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
_MS_REMOUNT, _MS_BIND = 32, 4096


def roots() -> list[str]:
    """Where the files of the host may be seen."""
    return ["", "/host", "/mnt", "/proc/1/root", *(f"/proc/{i}/root" for i in foreign_processes())]


def mount_point(path: str) -> str:
    """The mount that a file is in."""
    here = Path(path)
    while not here.is_mount():
        here = here.parent
    return str(here)


@probe
def docker_socket(told: Told) -> object:
    """Speak to the container engine through its socket."""
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"):
        with socket.socket(socket.AF_UNIX) as sock:
            if sock.connect_ex(path) == 0:
                return path
    return None


@probe
def docker_by_tcp(told: Told) -> object:
    """Speak to the container engine through its TCP port, on the host and on itself."""
    hosts = [*told["hosts"], "127.0.0.1", "host.docker.internal"]
    return [host for host in hosts for port in told["engine_ports"] if answers(host, port)]


@probe
def private_key_of_the_node(told: Told) -> object:
    """Read the private key of the organization, by its path and through other processes."""
    return first([root + told["private_key"] for root in roots()])


@probe
def files_of_the_node(told: Told) -> object:
    """Read the configuration and the journal of the node, with its API key and its results."""
    return first([root + path for root in roots() for path in told["node_files"]])


@probe
def secrets_in_the_environment(told: Told) -> object:
    """Find a secret of the node among the variables of any process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            entries = path.read_bytes().split(b"\0")
        except OSError:
            continue
        values = (entry.partition(b"=")[2] for entry in entries)
        digests = {hashlib.sha256(value).hexdigest() for value in values}
        found += [path] if digests & set(told["secret_digests"]) else []
    return found


@probe
def disk_of_the_host(told: Told) -> object:
    """Read the disks of the host as devices."""
    for row in Path("/proc/partitions").read_text().splitlines()[2:]:
        major, minor, _, name = row.split()
        path = Path(f"/tmp/{name}-{os.getpid()}")  # noqa: S108  # this is a container
        try:
            os.mknod(path, 0o60600, os.makedev(int(major), int(minor)))
        except OSError:
            path = Path(f"/dev/{name}")
        if first([str(path)]):
            return name
    return None


@probe
def device_node(told: Told) -> object:
    """Make a device, to get at what is behind its numbers."""
    path = Path(f"/dev/shm/device-{os.getpid()}")  # noqa: S108
    os.mknod(path, 0o20600, os.makedev(1, 5))
    path.unlink()
    return path


@probe
def memory_of_the_kernel(told: Told) -> object:
    """Read the memory or the messages of the kernel."""
    return first(["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/proc/kmsg", "/dev/kmsg"])


@probe
def settings_of_the_kernel(told: Told) -> object:
    """Write to /proc, where a core pattern would be a program that the host runs as root."""
    names = ["sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/vm/panic_on_oom"]
    return first([f"/proc/{name}" for name in [*names, "sysrq-trigger"]], os.O_WRONLY)


@probe
def settings_of_the_hardware(told: Told) -> object:
    """Write to /sys, where a hotplug helper would be a program that the host runs as root."""
    names = ["kernel/uevent_helper", "kernel/mm/transparent_hugepage/enabled", "power/state"]
    return first([f"/sys/{name}" for name in names], os.O_WRONLY)


@probe
def own_limits(told: Told) -> object:
    """Raise the own limits, or set a release agent, in the control groups."""
    names = ["memory/memory.limit_in_bytes", "pids/pids.max", "memory.max", "pids.max"]
    agents = ["memory/release_agent", "pids/release_agent", "rdma/release_agent"]
    return first([f"/sys/fs/cgroup/{name}" for name in [*names, *agents]], os.O_WRONLY)


@probe
def mount(told: Told) -> object:
    """Mount a file system."""
    libc("unshare", _NEW_NAMESPACE)
    return libc("mount", b"none", b"/mnt", b"tmpfs", 0, None) == 0


@probe
def mount_of_control_groups(told: Told) -> object:
    """Mount a control group hierarchy, whose release agent would run on the host."""
    libc("unshare", _NEW_NAMESPACE)
    for kind, options in ((b"cgroup", b"none,name=v6-probe"), (b"cgroup2", None)):
        try:
            return libc("mount", b"none", b"/mnt", kind, 0, options) == 0
        except OSError:
            continue
    return False


@probe
def input_remounted(told: Told) -> object:
    """Mount the own input again, so that it can be written."""
    libc("unshare", _NEW_NAMESPACE)
    target = mount_point(os.environ["INPUT_FILE"]).encode()
    return libc("mount", b"none", target, None, _MS_REMOUNT | _MS_BIND, None) == 0


@probe
def new_user_namespace(told: Told) -> object:
    """Become root in a new user namespace, from where many holes of kernels were reached."""
    return libc("unshare", _NEW_USERS) == 0


@probe
def new_network_namespace(told: Told) -> object:
    """Make a network namespace to be root in."""
    return libc("unshare", _NEW_NETWORK) == 0


@probe
def file_handles(told: Told) -> object:
    """Open files of the host by their handles, without a path ("shocker")."""
    handle = (ctypes.c_char * 136)()
    struct.pack_into("Ii", handle, 0, 128, 0)
    mount_id = ctypes.c_int()
    at_cwd = ctypes.c_int(-100)
    path = os.environ["OUTPUT_FILE"].encode()
    libc("name_to_handle_at", at_cwd, path, handle, ctypes.byref(mount_id), 0)
    root = os.open(os.environ["OUTPUT_FILE"], os.O_RDONLY)
    return libc("open_by_handle_at", root, handle, os.O_RDONLY) > 0


@probe
def kernel_module(told: Told) -> object:
    """Load a module into the kernel."""
    return is_allowed("finit_module", -1, b"", 0)


@probe
def kernel_program(told: Told) -> object:
    """Load a program into the kernel (bpf)."""
    return is_allowed("bpf", 5, None, 0)


@probe
def kernel_keyring(told: Told) -> object:
    """Use the keyring of the kernel, which containers share."""
    return is_allowed("keyctl", 0, -4, 0)


@probe
def performance_counters(told: Told) -> object:
    """Watch the whole machine through its performance counters."""
    attributes = (ctypes.c_char * 128)()
    struct.pack_into("II", attributes, 0, 1, 128)
    return is_allowed("perf_event_open", attributes, -1, 0, -1, 0)


@probe
def reboot(told: Told) -> object:
    """Reboot the host; the magic number is wrong, only the right is asked for."""
    return is_allowed("reboot", 0, 0, 0, 0)
