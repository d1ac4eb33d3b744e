import Columnar
import QueryLang

/// An indicator over the rows of one partition after the other: the columns that it gives, as far as they were not
/// taken.
///
/// Several calls of one query that ask for outputs of the same indicator share one of these.
class IndicatorColumns {
    /// A buffer for each output.
    fileprivate let outputs: [SlidingBuffer<Double>]
    /// 1 where a row has values.
    fileprivate let validity = SlidingBuffer<UInt8>()

    fileprivate init(outputCount: Int) {
        outputs = (0..<outputCount).map { _ in SlidingBuffer() }
    }

    fileprivate func beginPartition() {
        for output in outputs { output.reset() }
        validity.reset()
    }

    fileprivate func append(_ arguments: WindowArguments) {}

    fileprivate func release(_ row: Int) {
        for output in outputs { output.forget(before: row) }
        validity.forget(before: row)
    }

    fileprivate var byteCount: Int { outputs.reduce(validity.byteCount) { $0 + $1.byteCount } }
}

/// The columns of an indicator of one kind. A row in which an input is null gives null and is not shown to the
/// indicator.
final class IndicatorRun<State: IndicatorState>: IndicatorColumns {
    private let start: State
    private var state: State
    /// About how many values the state keeps at most.
    private let keptMax: Int
    private var rowCount = 0

    init(_ state: State, outputCount: Int, keptMax: Int) {
        start = state
        self.state = state
        self.keptMax = keptMax
        super.init(outputCount: outputCount)
    }

    override fileprivate func beginPartition() {
        super.beginPartition()
        state = start
        rowCount = 0
    }

    override fileprivate func append(_ arguments: WindowArguments) {
        let count = arguments.rowCount
        rowCount += count
        let targets = outputs.map { $0.extend(by: count) }
        let flags = validity.extend(by: count)
        let vectors = arguments.vectors
        if vectors.contains(where: \.isNull) {
            for target in targets { target.initialize(repeating: 0, count: count) }
            flags.initialize(repeating: 0, count: count)
            return
        }
        let masks = vectors.compactMap(\.validity)
        let values = vectors.map(\.float64Values)
        let columns = values.map(\.base)
        columns.withUnsafeBufferPointer { columns in
            // A state takes at least one column.
            guard let columns = columns.baseAddress else { return }
            if masks.isEmpty {
                Self.run(&state, columns, count, targets, flags) { _ in true }
            } else {
                Self.run(&state, columns, count, targets, flags) { row in masks.allSatisfy { $0[row] } }
            }
        }
        withExtendedLifetime(values) {}
    }

    @inline(__always)
    private static func run(
        _ state: inout State,
        _ columns: UnsafePointer<UnsafePointer<Double>>,
        _ count: Int,
        _ targets: [UnsafeMutablePointer<Double>],
        _ flags: UnsafeMutablePointer<UInt8>,
        hasValues: (Int) -> Bool
    ) {
        for row in 0..<count {
            if hasValues(row), let output = state.update(State.Input(columns, at: row)) {
                for index in targets.indices { targets[index][row] = output.column(index) }
                flags[row] = 1
            } else {
                for index in targets.indices { targets[index][row] = 0 }
                flags[row] = 0
            }
        }
    }

    override fileprivate var byteCount: Int {
        super.byteCount + min(rowCount, keptMax) * MemoryLayout<Double>.stride
    }
}

/// One output of an indicator as a window call.
final class IndicatorKernel: WindowKernel {
    private let columns: IndicatorColumns
    private let output: Int
    private let type: ColumnType
    /// Whether this kernel feeds the columns: the others that share them only look.
    private let isFirst: Bool

    /// The first kernel of an indicator.
    init(_ columns: IndicatorColumns, output: Int, _ type: ColumnType) {
        self.columns = columns
        self.output = output
        self.type = type
        isFirst = true
    }

    /// Another output of what a kernel computes.
    init(sharing kernel: IndicatorKernel, output: Int, _ type: ColumnType) {
        columns = kernel.columns
        self.output = output
        self.type = type
        isFirst = false
    }

    func beginPartition() { if isFirst { columns.beginPartition() } }

    func append(_ arguments: WindowArguments) { if isFirst { columns.append(arguments) } }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let count = runs.rowCount
        let first = runs.first?.rows.lowerBound ?? columns.validity.first
        guard columns.outputs.indices.contains(output) else { return .nulls(type, count: count) }
        let source = columns.outputs[output].pointer(to: first)
        let flags = columns.validity.pointer(to: first)
        func mark(_ mask: inout ValidityMask) {
            for index in 0..<count where flags[index] == 0 { mask.setNull(index) }
        }
        if type == .float64 {
            return try .doubles(count: count) { target, mask in
                target.initialize(from: source, count: count)
                mark(&mask)
            }
        }
        return try .integers(type, count: count) { target, mask in
            for index in 0..<count { target[index] = Int64(exactly: source[index]) ?? 0 }
            mark(&mask)
        }
    }

    func release(_ floor: FrameFloor) { if isFirst { columns.release(floor.row) } }

    var byteCount: Int { isFirst ? columns.byteCount : 0 }
}

extension [WindowCall] {
    /// What computes each call; outputs of one indicator over the same arguments are computed once.
    func kernels(checkpoint: @escaping () throws(QueryError) -> Void) -> [any WindowKernel] {
        var first: [WindowCall: IndicatorKernel] = [:]
        return map { call in
            guard case .indicator(let indicator) = call.function else { return call.kernel(checkpoint: checkpoint) }
            var key = call
            key.function = .indicator(IndicatorCall(function: indicator.function, parameters: indicator.parameters))
            if let shared = first[key] { return IndicatorKernel(sharing: shared, output: indicator.output, call.type) }
            let kernel = IndicatorKernel(indicator.makeColumns(), output: indicator.output, call.type)
            first[key] = kernel
            return kernel
        }
    }
}
