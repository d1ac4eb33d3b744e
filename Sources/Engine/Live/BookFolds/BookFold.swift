public import Market

/// The state machine of a feature of the order book: one step a state of the book, in `seq` order.
///
/// What ``Fold`` is to columns: a plain value, one definition behind live features and features over history, with a
/// versioned state. Results are mantissas or ratios of mantissas; whoever shows them knows the instrument's scales.
public protocol BookFold: Sendable, Hashable {
    /// The version of the encoded state; decoding another one fails.
    static var stateVersion: UInt8 { get }
    /// Takes the next state of the book.
    mutating func update(_ book: borrowing OrderBook)
    /// Writes the state.
    func encode(into writer: inout FoldStateWriter)
    /// Replaces the state by what ``encode(into:)`` wrote.
    mutating func decode(from reader: inout FoldStateReader) throws(FoldStateError)
}

extension BookFold {
    /// The state as bytes, the version first.
    public func encodeState() -> [UInt8] {
        var writer = FoldStateWriter()
        writer.write(Self.stateVersion)
        encode(into: &writer)
        return writer.bytes
    }

    /// Replaces the state by one that ``encodeState()`` gave; throws, unchanged, if the bytes are not one.
    public mutating func decodeState(_ bytes: [UInt8]) throws(FoldStateError) {
        var reader = FoldStateReader(bytes)
        let version = try reader.readUInt8()
        guard version == Self.stateVersion else { throw .unknownVersion(version) }
        var decoded = self
        try decoded.decode(from: &reader)
        guard reader.isAtEnd else { throw .malformed }
        self = decoded
    }
}

/// `numerator / denominator` of exact integers, rounded three times at most; nil if the denominator is not above 0.
@inline(__always)
func ratio(_ numerator: Int128, _ denominator: Int128) -> Double? {
    guard denominator > 0 else { return nil }
    return wideDouble(numerator) / wideDouble(denominator)
}

/// The double nearest to an integer, fast for those of 64 bits.
@inline(__always)
func wideDouble(_ value: Int128) -> Double {
    let low = Int64(truncatingIfNeeded: value)
    return Int128(low) == value ? Double(low) : NearestDouble.decimal(value, scale: 0)
}
