import Columnar
import QueryLang

/// Rows of one partition, in order, that one window call is computed over.
struct WindowArguments {
    /// The call's arguments.
    var vectors: [Vector]
    /// The designated timestamps, for folds that look at them.
    var times: Vector?
    /// The number of rows.
    var rowCount: Int
}

/// One window call over the rows of one partition after the other.
///
/// Rows are numbered from 0 in their partition. A kernel takes them batch by batch and keeps what frames to come can hold;
/// ``WindowMachine`` finds the frames, asks for the values of each row once and in order, and says what is not needed any
/// more. Values do not depend, not in one bit, on how rows are cut into batches or when values are asked for.
protocol WindowKernel: AnyObject {
    /// Forgets the partition before.
    func beginPartition()
    /// Takes the next rows.
    func append(_ arguments: WindowArguments) throws(QueryError)
    /// The values of the next rows, which have these frames.
    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector
    /// Rows before the floor were asked for; the frames of the others are above it.
    func release(_ floor: FrameFloor)
    /// Bytes of memory.
    var byteCount: Int { get }
    /// Writes what is kept, when the values of all rows were asked for.
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows)
    /// Takes over what a kernel of the same call wrote, in place of what it has: after it, rows `rows` tells of were taken.
    ///
    /// - Throws: ``FoldStateError`` if the bytes are not such a state; then the kernel must not be used.
    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError)
}

extension [FrameRun] {
    /// How many rows have these frames.
    var rowCount: Int { reduce(0) { $0 + $1.count } }
}

extension Vector {
    /// Doubles that are made in place.
    static func doubles(
        count: Int,
        _ fill: (UnsafeMutablePointer<Double>, inout ValidityMask) throws(QueryError) -> Void
    ) throws(QueryError) -> Vector {
        let memory = OwnedMemory<Double>(capacity: count)
        var mask = ValidityMask(count: count)
        try fill(memory.base, &mask)
        let buffer = Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
        return Vector(type: .float64, form: .float64(buffer), validity: mask.validity)
    }

    /// Integers or timestamps that are made in place.
    static func integers(
        _ type: ColumnType,
        count: Int,
        _ fill: (UnsafeMutablePointer<Int64>, inout ValidityMask) throws(QueryError) -> Void
    ) throws(QueryError) -> Vector {
        let memory = OwnedMemory<Int64>(capacity: count)
        var mask = ValidityMask(count: count)
        try fill(memory.base, &mask)
        let buffer = Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
        return Vector(type: type, form: .int64(buffer), validity: mask.validity)
    }
}
