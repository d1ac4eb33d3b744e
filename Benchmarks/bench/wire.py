"""What a request and a frame cost in the codecs, in one process, beside SwiftNIO's pipeline: WireBench."""

import json

from .store import short

MEASURES = (("ns", "ns"), ("instructions", "instr"))


def measure_wire(tools, report):
    report.section("Requests and frames in memory, beside SwiftNIO's pipeline")
    if not tools.wire_bench.is_file():
        raise SystemExit(f"{tools.wire_bench} does not exist; run `make bench`, or name it with --wire-bench")
    command = [tools.wire_bench, "--json", *(["--smoke"] if tools.is_smoke else [])]
    report.command("WireBench", *command[1:])
    lines = [json.loads(line) for line in tools.run(*command).splitlines()]
    measures = [(key, name) for key, name in MEASURES if any(key in line for line in lines)]
    header = ["question", *(name for _, name in measures), *(f"NIO {name}" for _, name in measures), "ratio"]
    report.table(header, [row(line, measures) for line in lines])


def row(line, measures):
    """The cells of a question; the ratio is of the last measure, which is the steadier one."""
    key = measures[-1][0]
    cells = [short(line[prefix + name]) if prefix + name in line else "" for prefix in ("", "nio_") for name, _ in measures]
    ratio = f"{line['nio_' + key] / line[key]:.1f}" if "nio_" + key in line else ""
    return line["name"], *cells, ratio
