import Columnar
import QueryLang

/// Smallest and largest integers and decimals in windows, where no row is null: a plain loop, without the state of a fold for
/// each window, which costs more than the few rows that are in most.
struct WindowExtremes {
    let windows: LeftWindows
    let argument: WindowArgument
    let context: ExecutionContext

    /// The extreme of each window; nil if only the fold can tell.
    func column(isSmallest: Bool) throws(QueryError) -> Vector? {
        if windows.spans.isEmpty { return .nulls(argument.type, count: windows.count) }
        var scale: Int?
        var values: [Buffer<Int64>] = []
        for span in windows.spans {
            let vector = try span.chunk.values(of: argument)
            guard vector.validity == nil else { return nil }
            switch vector.form {
            case .scaledInteger(let mantissas, let own) where own == scale ?? own:
                scale = own
                values.append(mantissas)
            case .int64(let integers) where argument.type != .float64: values.append(integers)
            default: return nil
            }
        }
        let extremes = OwnedMemory<Int64>(capacity: windows.count)
        extremes.base.initialize(repeating: isSmallest ? .max : .min, count: windows.count)
        for (span, values) in zip(windows.spans, values) {
            let target = extremes.base + span.leftRows.lowerBound
            if isSmallest {
                try find(span, values, target) { $0 < $1 }
            } else {
                try find(span, values, target) { $0 > $1 }
            }
        }
        let found = Buffer(base: UnsafePointer(extremes.base), count: windows.count, owner: extremes)
        let form = scale.map { Vector.Form.scaledInteger(found, scale: $0) } ?? .int64(found)
        return Vector(type: argument.type, form: form, validity: LeftWindows.validity(windows.rowCounts()))
    }

    @inline(__always)
    private func find(
        _ span: WindowSpan,
        _ values: Buffer<Int64>,
        _ target: UnsafeMutablePointer<Int64>,
        _ isBetter: (Int64, Int64) -> Bool
    ) throws(QueryError) {
        let base = values.base
        var room = WindowFolds.checkedRows
        for place in 0..<span.leftRows.count {
            let rows = span.rows(place)
            var extreme = target[place]
            for row in rows {
                let value = base[row]
                extreme = isBetter(value, extreme) ? value : extreme
            }
            target[place] = extreme
            room -= rows.count
            if room < 0 {
                room = WindowFolds.checkedRows
                try context.checkpoint()
            }
        }
        withExtendedLifetime(values) {}
    }
}
