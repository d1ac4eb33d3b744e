"""Wall time and processor time of calls, taken in turns."""

import time
from dataclasses import dataclass, field
from statistics import median

# A run of a fast call is many calls: until a clock of 10 ms can tell what they cost.
RUN_SECONDS_MIN = 0.05


@dataclass
class Cost:
    """What a call costs, by several runs."""

    medians: list = field(default_factory=list)
    cpu_seconds: float = 0
    calls: int = 0

    @property
    def seconds(self):
        """The median of the runs' medians."""
        return median(self.medians)

    @property
    def cpu_seconds_per_call(self):
        return self.cpu_seconds / self.calls

    def run(self, call, cpu_clock):
        """Calls for at least a run's time."""
        times, cpu_before, before = [], cpu_clock(), time.perf_counter()
        now = before
        while now - before < RUN_SECONDS_MIN:
            start = now
            call()
            now = time.perf_counter()
            times.append(now - start)
        self.medians.append(median(times))
        self.cpu_seconds += cpu_clock() - cpu_before
        self.calls += len(times)


def in_turns(runs, *timed):
    """Runs each pair of a call and its process's CPU clock, in turns; a cost each. Warming up is the caller's part."""
    costs = [Cost() for _ in timed]
    for _ in range(runs):
        for cost, (call, cpu_clock) in zip(costs, timed):
            cost.run(call, cpu_clock)
    return costs


def milliseconds(seconds):
    """A time in milliseconds, to three digits or so."""
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
