import Glibc

/// Vigna's generator: small, fast, the same everywhere; and distributions of its numbers.
public struct SplitMix64: Sendable {
    private var state: UInt64

    /// Starts at a state, which may be any number.
    public init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// In 0 ..< 1.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// In 0 ..< bound; the bias is far below what is measured.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Standard normal, by Box and Muller.
    public mutating func normal() -> Double { sqrt(-2 * log(1 - unit())) * cos(2 * .pi * unit()) }

    /// The exponential of a normal number around `mean`.
    public mutating func lognormal(_ mean: Double) -> Double { exp(mean + normal()) }
}
