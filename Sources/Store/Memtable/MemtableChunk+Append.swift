import Columnar
import Synchronization

extension MemtableChunk {
    /// Appends rows that ``hasRoom(rows:textBytes:lsn:)`` and that the layouts accept, and publishes them.
    ///
    /// Values are copied from where they lie: no slice and no plain copy of a vector is made on the way, since most
    /// groups of a feed are a few rows.
    func append(_ columns: [Vector?], rows: Range<Int>, lsn: LSN, symbols: [SymbolDictionary?]) {
        let start = count.load(ordering: .relaxed)
        for column in layouts.indices {
            if layouts[column].isNullable { writeNulls(columns[column], rows, nulls(column) + start) }
            write(columns[column], rows, column, start, symbols[column])
        }
        publish(rows.count, lsn: lsn)
    }

    private func writeNulls(_ vector: Vector?, _ rows: Range<Int>, _ target: UnsafeMutablePointer<UInt8>) {
        guard let vector else { return target.update(repeating: 1, count: rows.count) }
        if case .constant(.null, _) = vector.form { return target.update(repeating: 1, count: rows.count) }
        guard let validity = vector.validity else { return target.update(repeating: 0, count: rows.count) }
        for row in rows { target[row - rows.lowerBound] = validity[row] ? 0 : 1 }
    }

    private func write(
        _ vector: Vector?,
        _ rows: Range<Int>,
        _ column: Int,
        _ start: Int,
        _ symbols: SymbolDictionary?
    ) {
        switch vector?.form {
        case .boolean(let values): copy(values, rows, column, start)
        case .int64(let values), .scaledInteger(let values, _): copy(values, rows, column, start)
        case .float64(let values): copy(values, rows, column, start)
        case .dictionary(let codes, let dictionary):
            codes.withUnsafeBufferPointer { codes in
                let source = UnsafeBufferPointer(rebasing: codes[rows])
                symbols?.translate(source, of: dictionary, to: values(column, UInt32.self) + start)
            }
        case .text(let offsets, let bytes): appendText(offsets, bytes, rows, column, start)
        case .sequence(let first, let step, _):
            let target = values(column, Int64.self) + start
            for row in rows { target[row - rows.lowerBound] = first &+ Int64(row) &* step }
        case .constant(let value, _): fill(value, rows.count, column, start, symbols)
        case nil: fill(.null, rows.count, column, start, symbols)
        }
    }

    private func copy<Element>(_ source: Buffer<Element>, _ rows: Range<Int>, _ column: Int, _ start: Int) {
        precondition(rows.upperBound <= source.count, "BUG: a group has fewer values than rows")
        source.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            (values(column, Element.self) + start).update(from: base + rows.lowerBound, count: rows.count)
        }
    }

    /// Writes one value to all rows; for null what keeps the memory defined.
    private func fill(_ value: Scalar, _ rows: Int, _ column: Int, _ start: Int, _ symbols: SymbolDictionary?) {
        func fill<Element>(_ value: Element) {
            (values(column, Element.self) + start).update(repeating: value, count: rows)
        }
        switch layouts[column].kind {
        case .none: break
        case .boolean: if case .boolean(true) = value { fill(UInt8(1)) } else { fill(UInt8(0)) }
        case .float64: if case .float64(let value) = value { fill(value) } else { fill(0.0) }
        case .int64, .scaledInteger:
            switch value {
            case .int64(let value), .timestamp(let value): fill(value)
            default: fill(Int64(0))
            }
        case .code: if case .text(let text) = value { fill(symbols?.intern(text) ?? 0) } else { fill(UInt32(0)) }
        case .text: fillText(value, rows, column, start)
        }
    }

    // MARK: Text

    private func appendText(
        _ offsets: Buffer<UInt32>,
        _ bytes: Buffer<UInt8>,
        _ rows: Range<Int>,
        _ column: Int,
        _ start: Int
    ) {
        guard let arena = texts[column] else { return }
        let ends = values(column, UInt32.self) + start + 1
        let first = offsets[rows.lowerBound]
        let shift = UInt32(arena.used) &- first
        for row in rows { ends[row - rows.lowerBound] = offsets[row + 1] &+ shift }
        bytes.withUnsafeBufferPointer { bytes in
            arena.append(UnsafeBufferPointer(rebasing: bytes[Int(first)..<Int(offsets[rows.upperBound])]))
        }
    }

    private func fillText(_ value: Scalar, _ rows: Int, _ column: Int, _ start: Int) {
        guard let arena = texts[column] else { return }
        let ends = values(column, UInt32.self) + start + 1
        guard case .text(var text) = value else { return ends.update(repeating: UInt32(arena.used), count: rows) }
        text.withUTF8 { utf8 in
            for row in 0..<rows {
                arena.append(utf8)
                ends[row] = UInt32(arena.used)
            }
        }
    }
}
