import Columnar
import QueryLang

/// `count_distinct(x)` over frames that move: how often each value is in the frame. O(1) a row.
final class DistinctCountKernel: WindowKernel {
    /// What makes a value one: all NaN are, and both zeros.
    private enum Key: Hashable {
        case bits(UInt64)
        case text(String)

        init?(_ value: Scalar) {
            switch value {
            case .null: return nil
            case .boolean(let value): self = .bits(value ? 1 : 0)
            case .int64(let value), .timestamp(let value): self = .bits(UInt64(bitPattern: value))
            case .float64(let value):
                self = .bits(value.isNaN ? Double.nan.bitPattern : value == 0 ? 0 : value.bitPattern)
            case .text(let text): self = .text(text)
            }
        }

        static func == (left: Key, right: Key) -> Bool {
            switch (left, right) {
            case (.bits(let left), .bits(let right)): left == right
            // Text is equal byte by byte, not as Unicode has it.
            case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
            case (.bits, .text), (.text, .bits): false
            }
        }

        func hash(into hasher: inout Hasher) {
            switch self {
            case .bits(let bits): hasher.combine(bits)
            case .text(let text):
                for byte in text.utf8 { hasher.combine(byte) }
            }
        }
    }

    private let rows = KeptVectors()
    private var counts: [Key: Int] = [:]
    /// The rows that are counted.
    private var frame = 0..<0

    func beginPartition() {
        rows.reset()
        counts.removeAll(keepingCapacity: true)
        frame = 0..<0
    }

    func append(_ arguments: WindowArguments) { rows.append(arguments.vectors, count: arguments.rowCount) }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .integers(.int64, count: runs.rowCount) { target, _ in
            var place = 0
            for run in runs {
                for index in 0..<run.count {
                    move(to: run.start[index]..<run.end[index])
                    target[place] = Int64(counts.count)
                    place += 1
                }
            }
        }
    }

    private func move(to next: Range<Int>) {
        if next.lowerBound >= frame.upperBound {
            counts.removeAll(keepingCapacity: true)
            frame = next.lowerBound..<next.lowerBound
        }
        forEachKey(frame.lowerBound..<next.lowerBound) { key in
            guard let count = counts[key] else { return }
            counts[key] = count > 1 ? count - 1 : nil
        }
        forEachKey(frame.upperBound..<max(frame.upperBound, next.upperBound)) { counts[$0, default: 0] += 1 }
        frame = next.lowerBound..<max(frame.upperBound, next.upperBound)
    }

    private func forEachKey(_ range: Range<Int>, _ body: (Key) -> Void) {
        rows.forEachPart(of: range) { piece, part in
            for index in part { if let key = Key(piece.vectors[0].scalar(at: index)) { body(key) } }
        }
    }

    /// What is counted leaves only when the next frame is known.
    func release(_ floor: FrameFloor) { rows.forget(before: min(frame.lowerBound, floor.firstRow)) }

    var byteCount: Int { rows.byteCount + counts.capacity * MemoryLayout<(Key, Int)>.stride }
}

extension DistinctCountKernel {
    /// What is counted is that of the rows, and is counted again.
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(frame.lowerBound))
        writer.write(Int64(frame.upperBound))
        self.rows.encode(into: &writer, from: min(frame.lowerBound, rows.floor.firstRow))
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let end = rows.rowCount
        let lower = try reader.readNumber(upTo: end)
        let upper = try reader.readNumber(upTo: end)
        guard lower <= upper else { throw .malformed }
        try self.rows.decode(from: &reader, rowsMax: end, floor: min(lower, rows.floor.firstRow))
        guard self.rows.rowCount == end, self.rows.kept.allSatisfy({ !$0.vectors.isEmpty }) else { throw .malformed }
        frame = lower..<lower
        move(to: lower..<upper)
    }
}
