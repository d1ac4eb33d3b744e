/// The first and the last values of a row of them, as many as a lag: so that each value meets the one `lag` before it, and rows
/// that were cut can be joined.
struct LaggedValues: Sendable, Hashable {
    /// The longest lag: 1.6 MB a state.
    static let lagMax: Int64 = 100_000

    /// The lag of the first row; nil before it.
    private(set) var lag: Int64?
    /// Values taken.
    private(set) var count: Int64 = 0
    /// The first `lag` values.
    private(set) var head: [Double] = []
    /// The last `lag` values, a ring: value i lies at i mod lag.
    private var tail: [Double] = []
    /// Where the next value goes: the count mod lag, without a division a row.
    private var place = 0

    init() {}

    /// Whether the lag is one; a state with another takes no values.
    var isUsable: Bool { lag.map { $0 >= 0 && $0 <= Self.lagMax } ?? false }

    /// The lag counts if it is the first.
    mutating func use(lag: Int64) {
        if self.lag == nil { self.lag = lag }
    }

    /// Takes values in their order and writes beside each the one `lag` before it; gives how many of the first values have
    /// none, whose places in `earlier` are not written. The lag must be usable.
    mutating func take(
        _ values: UnsafePointer<Double>,
        _ number: Int,
        earlier: UnsafeMutablePointer<Double>
    ) -> Int {
        guard let lag = lag.map({ Int($0) }), number > 0 else { return number }
        count &+= Int64(number)
        if lag == 0 {
            earlier.update(from: values, count: number)
            return 0
        }
        let alone = min(number, lag - tail.count)
        for index in 0..<alone {
            head.append(values[index])
            tail.append(values[index])
        }
        place = (place + alone) % lag
        let rest = number - alone
        let oldest = place
        place = tail.withUnsafeMutableBufferPointer { ring in
            var place = oldest
            for index in alone..<alone + min(rest, lag) {
                earlier[index] = ring[place]
                place = place + 1 == lag ? 0 : place + 1
            }
            if rest > lag { (earlier + alone + lag).update(from: values + alone, count: rest - lag) }
            let first = number - min(rest, lag)
            place = (oldest + first - alone) % lag
            for index in first..<number {
                ring[place] = values[index]
                place = place + 1 == lag ? 0 : place + 1
            }
            return place
        }
        return alone
    }

    /// Goes on with another row of the same lag, whose head was taken.
    mutating func append(afterHead other: LaggedValues) {
        let rest = other.count &- Int64(other.head.count)
        guard let lag, lag > 0, rest > 0 else {
            count &+= rest
            return
        }
        // The last values are all the other's now, at places that go by the joint count.
        count &+= rest
        place = Int(count % lag)
        for age in 1...lag {
            tail[Int((count &- age) % lag)] = other.tail[Int((other.count &- age) % lag)]
        }
    }

    /// Bytes of the ends.
    var heldBytes: Int { (head.capacity + tail.capacity) * MemoryLayout<Double>.stride }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(lag != nil)
        writer.write(lag ?? 0)
        writer.write(count)
        writer.write(UInt32(head.count))
        for value in head + tail { writer.write(value) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasLag = try reader.readBool()
        let lag = try reader.readInt64()
        self.lag = hasLag ? lag : nil
        count = try reader.readInt64()
        let ends = Int64(try reader.read(UInt32.self))
        guard count >= 0, count < .max / 2, ends <= Self.lagMax else { throw .malformed }
        // As many ends as there are values, up to the lag.
        guard ends == (isUsable ? min(count, lag) : 0), isUsable || count == 0 else { throw .malformed }
        for _ in 0..<ends { head.append(try reader.readDouble()) }
        for _ in 0..<ends { tail.append(try reader.readDouble()) }
        place = lag > 0 && isUsable ? Int(count % lag) : 0
    }
}
