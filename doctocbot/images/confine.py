"""Take from a process, for good, what reading a picture never needs: programs, sockets, files, other processes.

Whatever a malformed picture makes of its decoder, it can then neither call out nor read what the bot keeps. Needs no
rights and no library; where the kernel offers no system call filter, the limits of `resource` are all there is.
Source: Linux, Documentation/userspace-api/seccomp_filter.rst and no_new_privs.rst; asm/unistd.h for the numbers.
"""

import ctypes
import errno
import os
import resource
import struct
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
# Classic BPF: load a word of `struct seccomp_data`, compare, return.
_LOAD, _IF_EQUAL, _IF_GREATER_OR_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_INSTRUCTION = "HBBI"
_CLONE_THREAD = 0x10000

# Name, number on x86_64, number on aarch64 (which never had those that others replaced).
_REFUSED: tuple[tuple[str, int, int | None], ...] = (
    ("open", 2, None),
    ("openat", 257, 56),
    ("openat2", 437, 437),
    ("creat", 85, None),
    ("memfd_create", 319, 279),
    ("truncate", 76, 45),
    ("unlink", 87, None),
    ("unlinkat", 263, 35),
    ("rename", 82, None),
    ("renameat", 264, 38),
    ("renameat2", 316, 276),
    ("mount", 165, 40),
    ("socket", 41, 198),
    ("socketpair", 53, 199),
    ("connect", 42, 203),
    ("bind", 49, 200),
    ("fork", 57, None),
    ("vfork", 58, None),
    ("execve", 59, 221),
    ("execveat", 322, 281),
    # A group or session of its own would escape the signal that ends its group.
    ("setpgid", 109, 154),
    ("setsid", 112, 157),
    ("kill", 62, 129),
    ("ptrace", 101, 117),
    ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271),
    ("pidfd_getfd", 438, 438),
    ("unshare", 272, 97),
    ("setns", 308, 268),
    ("keyctl", 250, 219),
    ("bpf", 321, 280),
    ("userfaultfd", 323, 282),
    ("perf_event_open", 298, 241),
    ("io_uring_setup", 425, 425),
)


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine's mark in a filter, the first number of its second set of calls (None: it has one), and the calls.

    `clone` starts threads, which are needed, and processes, which are not; `clone3` cannot be told apart, and the
    C library does without it where the kernel says that it has none.
    """

    mark: int
    second_set: int | None
    clone: int
    clone3: int
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0x40000000, 56, 435, tuple(number for _, number, _ in _REFUSED)),
    "aarch64": _Machine(0xC00000B7, None, 220, 435, tuple(number for _, _, number in _REFUSED if number)),
}


def limit(memory: int, cpu_seconds: int) -> None:
    """Limit this process to bytes of address space and seconds of CPU, a few open files, and none written."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def seal() -> bool:
    """Let every system call that could reach out of this process fail from now on; False where that is not offered.

    Threads stay possible, and so do the pipes that are open already.
    """
    machine = _MACHINES.get(os.uname().machine) if sys.platform == "linux" else None
    if machine is None:
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    program = _filter(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // struct.calcsize(_INSTRUCTION), ctypes.addressof(buffer))
    return bool(library.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0) == 0)


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)


def _filter(machine: _Machine) -> bytes:
    refused = [(_IF_EQUAL, number) for number in machine.refused]
    if machine.second_set is not None:
        refused.insert(0, (_IF_GREATER_OR_EQUAL, machine.second_set))
    # Jumps count from the instruction that follows. The end: threads alone, all else, refusal, and no such call.
    program = [
        (_LOAD, 0, 0, _MACHINE_AT),
        # Calls of another machine, which the kernel may know too, are numbered otherwise.
        (_IF_EQUAL, 0, len(refused) + 6, machine.mark),
        (_LOAD, 0, 0, _NUMBER_AT),
        *((test, len(refused) - at + 4, 0, number) for at, (test, number) in enumerate(refused)),
        (_IF_EQUAL, 5, 0, machine.clone3),
        (_IF_EQUAL, 0, 2, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_IF_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
        (_RETURN, 0, 0, _FAIL | errno.ENOSYS),
    ]
    return b"".join(struct.pack(_INSTRUCTION, *instruction) for instruction in program)
