import Columnar
import QueryLang

/// One output of an indicator as a window call.
final class IndicatorKernel: WindowKernel {
    private let columns: IndicatorColumns
    private let output: Int
    private let type: ColumnType
    /// Whether this kernel feeds the columns: the others that share them only look.
    private let isFirst: Bool

    /// The first kernel of an indicator.
    init(_ machine: IndicatorMachine, output: Int, _ type: ColumnType) {
        columns = IndicatorColumns(machine)
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
        guard let first = runs.first?.rows.lowerBound else { return .nulls(type, count: count) }
        return try columns.values(output, from: first, count: count, type)
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
            let kernel = IndicatorKernel(indicator.makeMachine(), output: indicator.output, call.type)
            first[key] = kernel
            return kernel
        }
    }
}

extension IndicatorKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        if isFirst { columns.encode(into: &writer) }
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        if isFirst { try columns.decode(from: &reader, rowCount: rows.rowCount) }
    }
}
