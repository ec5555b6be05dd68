"""The machine that the report is made on."""

import os
import pathlib
import platform


def _field(path, name, default=""):
    try:
        for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    except OSError:
        pass
    return default


def _distribution():
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    except OSError:
        return "unknown"


def commands(contexts):
    return [context.get("command") or context.get("executable", "unknown") for context in contexts]


def describe(contexts):
    """Names and values, for people. Sizes come from the first result's context; nothing
    without one."""
    if not contexts:
        return {}
    context = contexts[0]
    memory = int(_field("/proc/meminfo", "MemTotal", "0 kB").split()[0]) / 2**20
    caches = ", ".join(f"L{cache['level']} {cache['type'].lower()} {cache['size'] // 1024:,} KiB"
                       for cache in context.get("caches", []))
    hypervisor = "yes" if "hypervisor" in _field("/proc/cpuinfo", "flags").split() else "no"
    return {
        "processors": f"{context.get('num_cpus', os.cpu_count())}, "
                      f"{_field('/proc/cpuinfo', 'model name', platform.machine())}",
        "caches": caches or "unknown",
        "memory": f"{memory:.1f} GiB",
        "virtual machine": hypervisor,
        "system": f"{_distribution()}, Linux {platform.release()}, {platform.machine()}",
        "C library": " ".join(platform.libc_ver()),
        "measured": ", ".join(sorted({str(each.get("date", "unknown")) for each in contexts})),
    }
