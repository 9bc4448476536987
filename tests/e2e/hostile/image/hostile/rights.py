"""Ways to more rights."""

import os
import subprocess
import tempfile
from pathlib import Path

from hostile.asking import Told, foreign_processes, libc, probe

_PTRACE_SEIZE = 0x4206


@probe
def setuid_program(told: Told) -> object:
    """Become root through a program of the image that has the setuid bit."""
    if os.geteuid() == 0:
        os.setresuid(65534, 65534, 65534)
    program = subprocess.run(["/usr/local/bin/setuid-id"], capture_output=True, check=True)
    return b"euid=0" in program.stdout


@probe
def another_user(told: Told) -> object:
    """Become another user."""
    os.setresuid(*[12345 if os.geteuid() == 0 else 0] * 3)
    return os.geteuid()


@probe
def file_of_another_user(told: Told) -> object:
    """Give a file to another user."""
    with tempfile.NamedTemporaryFile() as file:
        os.chown(file.name, 12345, 12345)
    return True


@probe
def new_root(told: Told) -> object:
    """Change the root folder, and climb out of it."""
    os.chroot("/mnt")
    return True


@probe
def capabilities(told: Told) -> object:
    """Have any capability, or a way to one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["CapEff"], 16) or int(fields["CapBnd"], 16)


@probe
def other_processes(told: Told) -> object:
    """See processes of others, or send them signals."""
    others = list(foreign_processes())
    for pid in others:
        os.kill(pid, 0)
    return others


@probe
def memory_of_other_processes(told: Told) -> object:
    """Trace a process of the host, to read and change its memory."""
    # The end of this process lets go of the other one.
    libc("ptrace", _PTRACE_SEIZE, told["host_process"], None, None)
    return told["host_process"]


@probe
def shared_memory(told: Told) -> object:
    """Find memory that processes of the host share."""
    segments = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return segments + [name for name in told["shared_memory"] if Path(name).exists()]
