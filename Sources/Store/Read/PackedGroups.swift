import Columnar
import Synchronization

/// The columns of packed row groups that a scan decoded last: many small series lie in one group, and each would decode it
/// anew.
final class PackedGroups: Sendable {
    /// Holds the reader, so that no other can come to lie at its address.
    private struct Key: Hashable {
        let reader: SegmentReader
        let group: Int
        let column: Int

        static func == (one: Key, other: Key) -> Bool {
            one.reader === other.reader && one.group == other.group && one.column == other.column
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(reader))
            hasher.combine(group)
            hasher.combine(column)
        }
    }

    private struct Content {
        var vectors: [Key: Vector] = [:]
        var order: [Key] = []
    }

    /// 64 KiB each: series that are read in the order of names jump between groups.
    private static let vectorsMax = 256

    private let content = Mutex(Content())

    /// The column of a group, decoded if it is not known.
    func vector(
        _ reader: SegmentReader,
        group: Int,
        column: Int,
        decode: () throws(TableError) -> Vector
    ) throws(TableError) -> Vector {
        let key = Key(reader: reader, group: group, column: column)
        if let known = content.withLock({ $0.vectors[key] }) { return known }
        let vector = try decode()
        content.withLock { content in
            guard content.vectors.updateValue(vector, forKey: key) == nil else { return }
            content.order.append(key)
            if content.order.count > Self.vectorsMax {
                for old in content.order.prefix(Self.vectorsMax / 4) { content.vectors[old] = nil }
                content.order.removeFirst(Self.vectorsMax / 4)
            }
        }
        return vector
    }
}
