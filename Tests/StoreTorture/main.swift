// Runs seeds of the torture test of the store, optimised: `make torture`.
import Glibc
import StoreSupport

let report = TortureRunner(seedsMax: 100_000, seconds: .infinity).run()
print(report.summary)
for failure in report.failures { print(failure) }
exit(report.failures.isEmpty ? 0 : 1)
