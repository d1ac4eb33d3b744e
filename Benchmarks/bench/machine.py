"""The limits of the machine, to read every other figure by."""

import json
import os
import platform

from .report import number


def measure_machine(tools, report):
    report.section("Machine")
    command = [tools.compiled("machine"), tools.folder, tools.size(1, 0.1)]
    report.command("machine", "DATA", command[-1])
    limits = json.loads(tools.run(*command))
    rows = [
        ("processor", processor()),
        ("cores", os.cpu_count()),
        ("kernel", platform.release()),
        ("memcpy, one core", f"{number(limits['memcpy_gb_per_s'], 1)} GB/s"),
        ("append 4 KiB + fdatasync", f"{number(limits['fdatasync_per_s'])}/s"),
        ("load average before", f"{os.getloadavg()[0]:.2f}"),
    ]
    report.table(("limit", "value"), rows)


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
