import StoreSupport
import Testing

/// Random work on a store over a disk with faults, judged by a model. One seed decides everything; `TORTURE_SEED=n` runs
/// one, `TORTURE_SEEDS=n` that many, `TORTURE_SECONDS=n` as many as fit.
@Suite struct StoreTortureTests {
    /// A few seeds, on one core: other tests run beside it. `make torture` runs as many as one likes, optimised.
    @Test func everySeedKeepsEveryPromise() {
        var runner = TortureRunner(seedsMax: 200, seconds: 120)
        runner.workers = 1
        let report = runner.run()
        print(report.summary)
        for failure in report.failures { Issue.record("\(failure)") }
    }
}
