import Columnar
import Synchronization

/// A series' durable number in its table: 0, 1, 2 … in the order of first writes.
typealias SeriesID = UInt32

/// The series of one table: names by number and numbers by name.
///
/// Only the WAL thread (and recovery, before it starts) adds or takes back; anyone may look up.
final class SeriesRegistry: Sendable {
    private struct Content {
        var names: [String] = []
        var ids: [String: SeriesID] = [:]
    }

    private let content = Mutex(Content())

    /// Restores a registry from the names by number.
    init(names: [String] = []) {
        content.withLock { content in
            content.names = names
            content.ids.reserveCapacity(names.count)
            for (id, name) in names.enumerated() { content.ids[name] = SeriesID(id) }
        }
    }

    /// The number of a series, and whether it is new.
    func intern(_ name: String) -> (id: SeriesID, isNew: Bool) {
        content.withLock { content in
            if let id = content.ids[name] { return (id, false) }
            let id = SeriesID(content.names.count)
            content.names.append(name)
            content.ids[name] = id
            return (id, true)
        }
    }

    /// Takes back the series whose definition did not reach the WAL; they must be the last ones.
    func removeSeries(from count: Int) {
        content.withLock { content in
            while content.names.count > count {
                if let name = content.names.popLast() { content.ids[name] = nil }
            }
        }
    }

    func id(of name: String) -> SeriesID? { content.withLock { $0.ids[name] } }

    func name(of id: SeriesID) -> String? {
        content.withLock { Int(id) < $0.names.count ? $0.names[Int(id)] : nil }
    }

    /// All names, by number.
    var names: [String] { content.withLock { $0.names } }

    var count: Int { content.withLock { $0.names.count } }
}
