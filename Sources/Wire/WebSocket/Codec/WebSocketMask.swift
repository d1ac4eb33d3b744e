/// The masking of client frames (RFC 6455 §5.3): byte `i` of a payload is XORed with byte `i mod 4` of the key.
enum WebSocketMask {
    /// Bytes that one step masks.
    private static let stepBytes = MemoryLayout<SIMD4<UInt64>>.size

    /// The key as a word whose lowest byte is the key's first.
    static func key(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) -> UInt32 {
        UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16 | UInt32(fourth) << 24
    }

    /// Masks or unmasks bytes into another place, which has room for as many.
    ///
    /// - Parameters:
    ///   - key: the key, from ``key(_:_:_:_:)``.
    ///   - offset: the place of the first byte in its frame's payload.
    ///   - source: the bytes.
    ///   - target: where to; may be where they are.
    static func apply(
        _ key: UInt32,
        at offset: Int,
        from source: UnsafeRawBufferPointer,
        to target: UnsafeMutableRawPointer
    ) {
        let shift = UInt32(truncatingIfNeeded: 8 * (offset & 3))
        let word = key &>> shift | key &<< (32 &- shift & 31)
        let wide = SIMD4<UInt64>(repeating: (UInt64(word) | UInt64(word) << 32).littleEndian)
        var index = 0
        while index &+ stepBytes <= source.count {
            let bytes = source.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            target.storeBytes(of: bytes ^ wide, toByteOffset: index, as: SIMD4<UInt64>.self)
            index &+= stepBytes
        }
        while index < source.count {
            let byte = UInt8(truncatingIfNeeded: word &>> UInt32(truncatingIfNeeded: 8 * (index & 3)))
            target.storeBytes(of: source[index] ^ byte, toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
    }
}
