import Columnar
import QueryLang

/// First and last values in windows: rows come by time and arrival, so they are found by their places and copied.
struct WindowPicks {
    let windows: LeftWindows
    let argument: WindowArgument

    /// For each window the value of its first (or last) row that has one.
    func column(isFirst: Bool) throws(QueryError) -> Vector {
        let count = windows.count
        let picks = OwnedMemory<RowPick>(capacity: count)
        picks.base.initialize(repeating: Self.none, count: count)
        var sources: [Vector] = []
        for (index, span) in windows.spans.enumerated() {
            sources.append(try span.chunk.values(of: argument))
            let valid = try span.chunk.validRows(of: argument)
            let target = picks.base + span.leftRows.lowerBound
            for place in 0..<span.leftRows.count where !isFirst || target[place].source == Self.none.source {
                let rows = span.rows(place)
                guard let row = isFirst ? valid.first(in: rows) : valid.last(in: rows) else { continue }
                target[place] = RowPick(source: UInt32(index), row: UInt32(truncatingIfNeeded: row))
            }
        }
        return withExtendedLifetime(picks) {
            copy(UnsafeBufferPointer(start: picks.base, count: count), sources)
        }
    }

    /// Stands for a window without a value.
    private static let none = RowPick(source: .max, row: Partners.none)

    private func copy(_ picks: UnsafeBufferPointer<RowPick>, _ sources: [Vector]) -> Vector {
        if sources.count == 1 {
            let rows = Buffer<UInt32>.filled(count: picks.count) { target in
                for index in 0..<picks.count { target[index] = picks[index].row }
            }
            return Partners(rows).gather(sources[0])
        }
        if sources.isEmpty { return .nulls(argument.type, count: picks.count) }
        // Any row will do where there is no value.
        let some = picks.map { $0.source == Self.none.source ? RowPick(source: 0, row: 0) : $0 }
        let isPresent =
            picks.contains { $0.source == Self.none.source }
            ? Validity.filled(count: picks.count) { picks[$0].source != Self.none.source } : nil
        return Interleave.vector(sources, some, type: argument.type).nulled(except: isPresent)
    }
}
