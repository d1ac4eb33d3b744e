/// A bound on the magnitudes of the values that frames to come can hold, so that an outlier is forgotten once it has left.
///
/// Values are noted in two generations: when frames have left the older one behind, the newer takes its place.
struct MagnitudeBound {
    private var older: UInt64 = 0
    private var newer: UInt64 = 0
    /// The first row of the newer generation.
    private var boundary = 0

    /// No value that is kept is larger than this.
    var value: UInt64 { max(older, newer) }

    /// Notes that no value of the next rows is larger than this.
    mutating func note(_ magnitude: UInt64) { newer = max(newer, magnitude) }

    /// No frame to come begins before `start`; `rowCount` rows were noted.
    mutating func release(before start: Int, rowCount: Int) {
        guard start >= boundary else { return }
        older = newer
        newer = 0
        boundary = rowCount
    }
}

extension MagnitudeBound {
    func encode(into writer: inout FoldStateWriter) {
        writer.write(older)
        writer.write(newer)
        writer.write(Int64(boundary))
    }

    mutating func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError) {
        older = try reader.read(UInt64.self)
        newer = try reader.read(UInt64.self)
        boundary = try reader.readNumber(upTo: rowCount)
    }
}
