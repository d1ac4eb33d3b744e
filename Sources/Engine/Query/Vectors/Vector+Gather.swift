import Columnar

extension Vector {
    /// The values at `rows`, each of which must be in range. The physical form is kept where it can be.
    func gather(_ rows: UnsafeBufferPointer<UInt32>) -> Vector {
        let form: Form =
            switch self.form {
            case .boolean(let values): .boolean(values.gather(rows))
            case .int64(let values): .int64(values.gather(rows))
            case .float64(let values): .float64(values.gather(rows))
            case .scaledInteger(let values, let scale): .scaledInteger(values.gather(rows), scale: scale)
            case .dictionary(let codes, let dictionary): .dictionary(codes.gather(rows), dictionary)
            case .text(let offsets, let bytes): Self.gatherText(offsets, bytes, rows)
            case .constant(let value, _): .constant(value, count: rows.count)
            case .sequence(let start, let step, _):
                .int64(
                    .filled(count: rows.count) { target in
                        for index in 0..<rows.count { target[index] = start &+ Int64(rows[index]) &* step }
                    }
                )
            }
        return Vector(type: type, form: form, validity: validity?.gather(rows))
    }

    private static func gatherText(
        _ offsets: Buffer<UInt32>,
        _ bytes: Buffer<UInt8>,
        _ rows: UnsafeBufferPointer<UInt32>
    ) -> Form {
        var newOffsets = BufferBuilder<UInt32>(capacity: rows.count + 1)
        var newBytes = BufferBuilder<UInt8>(capacity: rows.count * 8)
        newOffsets.append(0)
        offsets.withUnsafeBufferPointer { offsets in
            bytes.withUnsafeBufferPointer { bytes in
                for row in rows {
                    let range = Int(offsets[Int(row)])..<Int(offsets[Int(row) + 1])
                    newBytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[range]))
                    newOffsets.append(UInt32(newBytes.count))
                }
            }
        }
        return .text(offsets: newOffsets.take(), bytes: newBytes.take())
    }
}

extension Validity {
    /// The bits at `rows`.
    func gather(_ rows: UnsafeBufferPointer<UInt32>) -> Validity {
        Validity.filled(count: rows.count) { self[Int(rows[$0])] }
    }

    /// A bitmap of `count` rows.
    @inline(__always)
    static func filled(count: Int, _ isValid: (Int) -> Bool) -> Validity {
        let wordCount = (count + 63) / 64
        let words = Buffer<UInt64>.filled(count: wordCount) { target in
            for word in 0..<wordCount {
                var bits: UInt64 = 0
                for row in word * 64..<min(count, word * 64 + 64) where isValid(row) { bits |= 1 << UInt64(row & 63) }
                target[word] = bits
            }
        }
        return Validity(words: words, count: count)
    }

    /// Rows that hold a value in both; nil stands for all rows.
    static func both(_ left: Validity?, _ right: Validity?) -> Validity? {
        guard let left else { return right }
        guard let right else { return left }
        return .filled(count: left.count) { left[$0] && right[$0] }
    }
}
