// Runs seeds of the torture test of queries, optimised: `make torture`. TORTURE_SEED=n shows one failure again.
import Glibc
import QuerySupport

let (seeds, report) = QueryTortureRunner(seedsMax: 20_000, seconds: .infinity).run()
print("query torture: \(seeds) seeds; \(report)")
for (reason, count) in report.reasons.sorted(by: { $0.value > $1.value }).prefix(10) {
    print("  invalid \(count) times: \(reason)")
}
for failure in report.failures { print("\n\(failure)") }
exit(report.failures.isEmpty ? 0 : 1)
