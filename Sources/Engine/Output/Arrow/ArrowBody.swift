/// The body of a message: the buffers of its columns, one behind the other, and where each is.
///
/// It shows memory of the columns that it was made of, and is good until they change.
struct ArrowBody {
    /// Rows and nulls of each column.
    private(set) var nodes: [(Int64, Int64)] = []
    /// Offset and size of each buffer, without what fills it up.
    private(set) var places: [(Int64, Int64)] = []
    /// Bytes of all buffers, filled up.
    private(set) var byteCount = 0
    private var buffers: [UnsafeBufferPointer<UInt8>] = []

    /// Adds a column; its buffers follow.
    mutating func addColumn(rowCount: Int, nullCount: Int) { nodes.append((Int64(rowCount), Int64(nullCount))) }

    /// Adds the next buffer of a column.
    mutating func add(_ buffer: UnsafeBufferPointer<UInt8>) {
        places.append((Int64(byteCount), Int64(buffer.count)))
        buffers.append(buffer)
        byteCount += Self.filledUp(buffer.count)
    }

    /// Adds a buffer that is not there, as the validity of a column without nulls.
    mutating func addNothing() { add(UnsafeBufferPointer(start: nil, count: 0)) }

    /// Appends the buffers.
    func append(to bytes: inout [UInt8]) {
        for buffer in buffers {
            bytes.append(contentsOf: buffer)
            bytes.append(contentsOf: repeatElement(0, count: Self.filledUp(buffer.count) - buffer.count))
        }
    }

    private static func filledUp(_ count: Int) -> Int {
        (count + ArrowMessage.alignment - 1) / ArrowMessage.alignment * ArrowMessage.alignment
    }
}
