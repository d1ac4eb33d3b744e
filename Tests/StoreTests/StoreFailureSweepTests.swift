import Store
import StoreSupport
import Testing

/// Every call to the disk that an operation makes fails once: with an error, for want of room, and as the last thing that
/// the machine does.
@Suite struct StoreFailureSweepTests {
    @Test(arguments: FailureSweep.Operation.allCases, DiskFailure.allCases)
    func anyCallMayFail(operation: FailureSweep.Operation, failure: DiskFailure) throws {
        let calls = try FailureSweep(readMode: .buffered).run(operation, failure)
        #expect(calls > 0)
    }

    @Test(arguments: [.read, .flush, .compact, .open] as [FailureSweep.Operation])
    func mappedFilesFailAlike(operation: FailureSweep.Operation) throws {
        _ = try FailureSweep(readMode: .mapped).run(operation, .io)
    }
}
