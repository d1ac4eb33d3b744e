import Columnar

/// Values of an answer's vectors as little-endian bytes of MarketStore's types. It has no null: of integers and times it becomes
/// 0, of decimals NaN, of texts the empty one.
enum WireValues {
    /// Code points of a ``WireType/string16``.
    static let textCharacters = 16

    /// Appends the values of a vector: timestamps as seconds, numbers beyond the type as the nearest one that it has.
    static func append(_ vector: Vector, as type: WireType, to bytes: inout WireBytes) {
        bytes.append(count: vector.count * type.size) { target in
            guard vector.type == .timestamp, type == .int64 else {
                return WireEncoding.write(vector, as: type, to: target)
            }
            WireEncoding.write(times: vector, seconds: target, nanoseconds: nil)
            guard let validity = vector.validity else { return }
            for row in 0..<vector.count where !validity[row] {
                target.storeBytes(of: 0, toByteOffset: row * type.size, as: Int64.self)
            }
        }
    }

    /// Appends a text of so many code points, cut or padded with zeros.
    static func append(_ text: String, characters: Int, to bytes: inout [UInt8]) {
        var count = 0
        for scalar in text.unicodeScalars.prefix(characters) {
            withUnsafeBytes(of: scalar.value.littleEndian) { bytes.append(contentsOf: $0) }
            count += 1
        }
        bytes.append(contentsOf: repeatElement(0, count: 4 * (characters - count)))
    }

    /// Integers one after the other, little-endian.
    static func bytes<Word: FixedWidthInteger>(of values: [Word]) -> [UInt8] {
        values.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }

    /// The values as texts.
    static func texts(_ vector: Vector) -> [String] {
        (0..<vector.count).map { row in
            if case .text(let text) = vector.scalar(at: row) { text } else { "" }
        }
    }
}
