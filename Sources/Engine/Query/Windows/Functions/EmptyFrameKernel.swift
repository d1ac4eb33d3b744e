import Columnar
import QueryLang

/// An aggregate over frames that never hold a row.
final class EmptyFrameKernel: WindowKernel {
    private let type: ColumnType
    private let value: Scalar

    /// `value` is that of the aggregate over no rows.
    init(_ type: ColumnType, value: Scalar) {
        self.type = type
        self.value = value
    }

    func beginPartition() {}

    func append(_ arguments: WindowArguments) {}

    func values(_ runs: [FrameRun]) -> Vector { Vector(type: type, form: .constant(value, count: runs.rowCount)) }

    func release(_ floor: FrameFloor) {}

    var byteCount: Int { 0 }
}

extension EmptyFrameKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {}

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) {}
}
