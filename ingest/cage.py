"""The cage of a process that opens untrusted files: memory, time and disk limited, no network, few folders.

The limits hold everywhere. The network is cut by a name space of its own where the kernel grants one, and folders and TCP
by Landlock where the kernel has it; programs that the process starts inherit all of it.
"""

import ctypes
import mimetypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MEMORY_BYTES = 4 << 30
OUTPUT_BYTES = 64 << 30
CPU_S = 900
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
"""System calls of Landlock, the same on all 64-bit machines."""
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14
_ALL_BY_VERSION = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1)
_TCP = 0b11
_NO_NEW_PRIVILEGES = 38
_DIE_WITH_PARENT = 1
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ssl", "/etc/alternatives", "/proc", "/sys/devices/system/cpu")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")


def cage(writable: Sequence[Path], cpu_s: int = CPU_S) -> None:
    """Limit this process for good; beside the system's and our programs it sees only `writable` folders."""
    # A reader whose worker was killed must not write on.
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for spaces in (os.CLONE_NEWNET, os.CLONE_NEWUSER | os.CLONE_NEWNET):
        with suppress(OSError):
            os.unshare(spaces)
            break
    _landlock(writable)


def _landlock(writable: Sequence[Path]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return
    everything = _ALL_BY_VERSION[min(version, 3)]
    attributes = struct.pack("QQ", everything, _TCP) if version >= 4 else struct.pack("Q", everything)
    rules = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return
    ours = (sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parent.parent), *sys.path)
    for path in (*_SYSTEM, *(str(each) for each in mimetypes.knownfiles), *ours):
        _allow(libc, rules, path, _READ & everything)
    for path in _DEVICES:
        _allow(libc, rules, path, everything & _FILE_RIGHTS)
    for folder in writable:
        _allow(libc, rules, str(folder), everything)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.syscall(_RESTRICT, rules, 0)
    os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    with suppress(OSError):
        handle = os.open(path or ".", os.O_PATH | os.O_CLOEXEC)
        try:
            granted = rights if os.path.isdir(path) else rights & _FILE_RIGHTS
            libc.syscall(_ADD_RULE, rules, 1, struct.pack("=Qi", granted, handle), 0)
        finally:
            os.close(handle)
