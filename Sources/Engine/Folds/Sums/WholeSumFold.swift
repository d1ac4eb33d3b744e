import Columnar
import QueryLang

/// `sum(x)` over int64 in groups of a query: ``IntegerSumFold`` in a fifth of the room, since integers leave the parts of
/// a sum empty that are there for decimals and doubles. 128 bits hold any sum of 2^63 of them.
struct WholeSumFold: MergeableFold, Hashable {
    /// Version 1: count, sum.
    static let stateVersion: UInt8 = 1

    private var count: Int64 = 0
    private var sum: Int128 = 0

    init() {}

    mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        for row in rows where argument.isValid(row) {
            guard let (value, _) = argument.mantissa(row) else { continue }
            count &+= 1
            sum &+= Int128(value)
        }
    }

    static func update(
        _ states: UnsafeMutablePointer<WholeSumFold>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let (base, _) = arguments.first?.plainMantissas {
            let isDone = RunKernels(runs).withSums(base, rowCount: arguments.rowCount) { sums, _ in
                var place = 0
                for run in runs {
                    let state = states + run.group
                    state.pointee.sum &+= Int128(sums[place])
                    state.pointee.count &+= Int64(run.rows.count)
                    place &+= 1
                }
            }
            if isDone { return }
        }
        for run in runs { states[run.group].update(arguments, rows: run.rows) }
    }

    mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, case .integer(let sum)? = known.sum else {
            return statistics.hasNullArgument
        }
        count &+= Int64(statistics.rowCount - known.nullCount)
        self.sum &+= sum
        return true
    }

    mutating func merge(_ other: WholeSumFold) {
        count &+= other.count
        sum &+= other.sum
    }

    func finalize(output: Int) throws(QueryError) -> Scalar {
        if count == 0 { return .null }
        guard let value = Int64(exactly: sum) else { throw IntegerSumFold.doesNotFit }
        return .int64(value)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(sum)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        sum = try reader.read(Int128.self)
    }
}
