import Columnar
import QueryLang

/// `first(x)` over frames that begin with the partition: one value once there is one; `first_value(x)`, which takes null for a
/// value.
final class FirstOfPartitionKernel: WindowKernel {
    private let type: ColumnType
    private let takesNulls: Bool
    private var first: (row: Int, value: Scalar)?
    private var rowCount = 0

    init(_ type: ColumnType, takesNulls: Bool = false) {
        self.type = type
        self.takesNulls = takesNulls
    }

    func beginPartition() {
        first = nil
        rowCount = 0
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        if takesNulls {
            if first == nil, arguments.rowCount > 0 { first = (0, vector.scalar(at: 0)) }
        } else if first == nil, !vector.isNull,
            let row = (0..<arguments.rowCount).first(where: { vector.validity?[$0] ?? true })
        {
            first = (rowCount + row, vector.scalar(at: row))
        }
        rowCount += arguments.rowCount
    }

    func values(_ runs: [FrameRun]) -> Vector {
        let count = runs.rowCount
        guard let first else { return .nulls(type, count: count) }
        // Ends never fall, so frames before the first value come first.
        let nullCount = runs.reduce(0) { sum, run in
            sum + (0..<run.count).prefix { run.end[$0] <= first.row }.count
        }
        if nullCount == 0 { return Vector(type: type, form: .constant(first.value, count: count)) }
        let builder = VectorBuilder(type)
        builder.append(.null, count: nullCount)
        builder.append(first.value, count: count - nullCount)
        return builder.take()
    }

    func release(_ floor: FrameFloor) {}

    var byteCount: Int { 0 }
}

extension FirstOfPartitionKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(first?.row ?? -1))
        writer.write(first?.value ?? .null)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        rowCount = rows.rowCount
        let row = try reader.readInt64()
        let value = try reader.readScalar()
        guard row >= -1, row < rowCount else { throw .malformed }
        if row >= 0 { first = (Int(row), value) }
    }
}
