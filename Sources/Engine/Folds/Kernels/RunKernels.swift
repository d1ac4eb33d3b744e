import CKernels

/// Reductions of all runs of a batch in one call, by the best instructions that the processor has.
///
/// Each gives what adding row by row would: where 64 or 128 bits might not hold a sum, it gives nothing, and the caller
/// goes row by row. Runs of aggregates are short, so what is done once a run counts as much as what is done once a row.
struct RunKernels {
    private let runs: [FoldRun]
    private let level: Int32

    /// Reductions of runs, none of which is empty.
    init(_ runs: [FoldRun], level: Int32 = TICKGATE_BEST) {
        precondition(
            MemoryLayout<FoldRun>.stride == MemoryLayout<tickgate_run>.stride,
            "BUG: a run does not lie in memory as the kernels read it"
        )
        self.runs = runs
        self.level = level
    }

    /// Smallest and largest value of rows, of which there are some.
    static func bounds(_ values: UnsafePointer<Int64>, _ rows: Range<Int>) -> ClosedRange<Int64> {
        var run = tickgate_run(group: 0, start: Int64(rows.lowerBound), end: Int64(rows.upperBound))
        var (least, greatest) = (Int64.max, Int64.min)
        tickgate_run_bounds(values, &run, 1, TICKGATE_BEST, &least, &greatest)
        return least...max(least, greatest)
    }

    /// Smallest and largest value of each run.
    func withBounds<Result>(
        _ values: UnsafePointer<Int64>,
        _ body: (_ minima: UnsafePointer<Int64>, _ maxima: UnsafePointer<Int64>) -> Result
    ) -> Result {
        withScratch(of: Int64.self, 2) { scratch in
            let maxima = scratch + runs.count
            withRuns { tickgate_run_bounds(values, $0, runs.count, level, scratch, maxima) }
            return body(scratch, maxima)
        }
    }

    /// The sum of each run of `rowCount` rows in all, and a bound: every sum of some of a run's values is below 2^bits in
    /// magnitude. False, without a call of `body`, if 64 bits might not hold a sum.
    func withSums(
        _ values: UnsafePointer<Int64>,
        rowCount: Int,
        _ body: (_ sums: UnsafePointer<Int64>, _ bits: Int) -> Void
    ) -> Bool {
        let bits = magnitudeBits(values, rowCount) + countBits(rowCount)
        guard bits <= 63 else { return false }
        withScratch(of: Int64.self, 1) { sums in
            withRuns { tickgate_run_sums(values, $0, runs.count, level, sums) }
            body(sums, bits)
        }
        return true
    }

    /// Σ left × right of each run, and a bound: every sum of some of a run's products is below 2^bits in magnitude. False,
    /// without a call of `body`, if 127 bits might not hold a sum.
    func withProducts(
        _ left: UnsafePointer<Int64>,
        _ right: UnsafePointer<Int64>,
        rowCount: Int,
        _ body: (_ sums: ProductSums, _ bits: Int) -> Void
    ) -> Bool {
        let leftBits = magnitudeBits(left, rowCount)
        let rightBits = magnitudeBits(right, rowCount)
        let bits = leftBits + rightBits + countBits(rowCount)
        guard bits <= 126 else { return false }
        withScratch(of: Int64.self, 2) { scratch in
            if leftBits <= 31, rightBits <= 31, bits <= 63 {
                withRuns { tickgate_run_products(left, right, $0, runs.count, level, scratch) }
                body(ProductSums(narrow: scratch), bits)
            } else {
                let low = UnsafeMutableRawPointer(scratch + runs.count).assumingMemoryBound(to: UInt64.self)
                withRuns { tickgate_run_wide_products(left, right, $0, runs.count, low, scratch) }
                body(ProductSums(high: scratch, low: low), bits)
            }
        }
        return true
    }

    private func magnitudeBits(_ values: UnsafePointer<Int64>, _ rowCount: Int) -> Int {
        64 - tickgate_magnitude_bits(values, rowCount, level).leadingZeroBitCount
    }

    /// 2^n is at least the count.
    private func countBits(_ count: Int) -> Int { 64 - max(count - 1, 0).leadingZeroBitCount }

    private func withRuns(_ body: (UnsafePointer<tickgate_run>) -> Void) {
        runs.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { body(base.assumingMemoryBound(to: tickgate_run.self)) }
        }
    }

    private func withScratch<Value, Result>(
        of type: Value.Type,
        _ each: Int,
        _ body: (UnsafeMutablePointer<Value>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: max(each * runs.count, 1)) { scratch in
            body(scratch.baseAddress.unsafelyUnwrapped)  // not empty
        }
    }
}

/// Sums of products of each run, in 64 or in 128 bits.
struct ProductSums {
    private let high: UnsafePointer<Int64>
    private let low: UnsafePointer<UInt64>?

    init(narrow sums: UnsafePointer<Int64>) {
        high = sums
        low = nil
    }

    init(high: UnsafePointer<Int64>, low: UnsafePointer<UInt64>) {
        self.high = high
        self.low = low
    }

    /// The sum of a run.
    @inline(__always)
    subscript(run: Int) -> Int128 {
        guard let low else { return Int128(high[run]) }
        return Int128(high[run]) << 64 | Int128(low[run])
    }
}
