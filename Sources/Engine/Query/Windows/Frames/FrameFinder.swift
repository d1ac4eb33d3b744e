import Columnar
import QueryLang

/// Finds the frame of every row of a partition, as rows come.
protocol FrameFinder: AnyObject {
    /// Forgets the partition before.
    func beginPartition()
    /// Takes the next rows; `axis` is what RANGE measures, see ``WindowInput/axis``.
    func append(axis: Vector?, rowCount: Int) throws(QueryError)
    /// No row to come will be before this place of the axis.
    func advance(to place: Int64)
    /// No more rows will come.
    func endPartition()
    /// The frames of all rows before this one are known.
    var decidedEnd: Int { get }
    /// The frames of rows that are decided and not released. Valid until the next change.
    func runs(_ rows: Range<Int>) -> [FrameRun]
    /// Forgets the frames of rows before this one, and tells what the others can hold.
    func release(before row: Int) -> FrameFloor
    /// Bytes of memory.
    var byteCount: Int { get }
    /// Writes what is kept, when the frames of all rows are known and released.
    func encode(into writer: inout FoldStateWriter)
    /// Takes over what a finder of the same frames wrote after `rowCount` rows, in place of what it has.
    ///
    /// - Throws: ``FoldStateError`` if the bytes are not such a state; then the finder must not be used.
    func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError)
}

extension WindowFrame {
    /// Whether frames depend on the axis and not only on how many rows there are.
    var needsAxis: Bool {
        if exclusion == .group || exclusion == .ties { return true }
        return unit != .rows && !(start == .unboundedPreceding && end == .unboundedFollowing)
    }

    /// Whether the place of a row on the axis, not only what rows are equal, says where the frame ends.
    var measuresAxis: Bool {
        guard unit == .range else { return false }
        return [start, end].contains { bound in
            switch bound {
            case .preceding, .following: true
            case .unboundedPreceding, .currentRow, .unboundedFollowing: false
            }
        }
    }

    /// The same rows, with as few left out between the bounds as can be: what EXCLUDE CURRENT ROW leaves out at an end of
    /// ROWS is a frame that ends a row before.
    var simplified: WindowFrame {
        if exclusion == .noOthers { return self }
        var plain = self
        plain.exclusion = .noOthers
        if plain.isEmpty { return plain }
        guard unit == .rows, exclusion == .currentRow else { return self }
        if !holdsOwnRow { return plain }
        if end == .currentRow {
            plain.end = .preceding(1)
            return plain
        }
        guard start == .currentRow else { return self }
        plain.start = .following(1)
        return plain
    }

    /// Whether all frames begin with the first row.
    var beginsWithPartition: Bool { start == .unboundedPreceding }

    /// The distance from a row to a bound, following rows being positive; nil for the end of the partition.
    static func distance(_ bound: Bound) -> Int64? {
        switch bound {
        case .unboundedPreceding, .unboundedFollowing: nil
        case .preceding(let distance): distance == .min ? .max : -distance
        case .currentRow: 0
        case .following(let distance): distance
        }
    }

    /// Whether no row can be in the frame, because it ends before it begins.
    var isEmpty: Bool {
        if start == .unboundedFollowing || end == .unboundedPreceding { return true }
        guard let start = Self.distance(start), let end = Self.distance(end) else { return false }
        return start > end
    }

    /// Whether every row is in its own frame.
    var holdsOwnRow: Bool {
        !isEmpty && Self.distance(start) ?? 0 <= 0 && Self.distance(end) ?? 0 >= 0
    }

    /// Makes what finds these frames.
    func finder() -> any FrameFinder {
        guard exclusion == .noOthers else { return HoledFrames(self) }
        return needsAxis && !isEmpty ? RangeFrames(self) : RowFrames(self)
    }
}
