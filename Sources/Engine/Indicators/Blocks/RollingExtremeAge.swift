/// Which of two values is the more extreme.
protocol ExtremeOrder: Sendable {
    /// Whether the first is more extreme.
    static func isBeyond(_ value: Double, _ other: Double) -> Bool
}

/// The largest value.
enum Highest: ExtremeOrder {
    @inline(__always)
    static func isBeyond(_ value: Double, _ other: Double) -> Bool { value > other }
}

/// The smallest value.
enum Lowest: ExtremeOrder {
    @inline(__always)
    static func isBeyond(_ value: Double, _ other: Double) -> Bool { value < other }
}

/// How many values ago the most extreme of the last ones was; of equal ones the latest. NaN while one of them is NaN.
///
/// As in ``RollingRange``, with the places of the extremes of ends beside them.
struct RollingExtremeAge<Order: ExtremeOrder>: StatePart {
    private let length: Int
    private var memory = StateMemory(capacity: 0)
    private var places: StateMemory
    private var filled = 0
    private var hasBlock = false
    private var leading = 0.0
    private var leadingPlace = 0
    private var nanCount = 0

    init(_ length: Int) {
        self.length = max(length, 1)
        places = StateMemory(capacity: 0)
    }

    /// Takes a value; gives how long ago the extreme was once there are enough.
    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if filled == 0 || !Order.isBeyond(leading, value) { (leading, leadingPlace) = (value, filled) }
        if hasBlock {
            memory[filled] = value
        } else {
            memory.put(value, at: filled)
            places.put(0, at: filled)
        }
        if value != value { nanCount = length } else if nanCount > 0 { nanCount &-= 1 }
        let leadingAge = Double(filled &- leadingPlace)
        filled &+= 1
        if filled == length {
            filled = 0
            hasBlock = true
            Self.fillEnds(memory.base, places.base, length)
            return nanCount > 0 ? .nan : leadingAge
        }
        if !hasBlock { return nil }
        if nanCount > 0 { return .nan }
        // The end begins `filled` values after the block did, whose first value was `length + filled - 1` values ago.
        let isBefore = Order.isBeyond(memory[filled], leading)
        return isBefore ? Double(length &+ filled &- 1) - places[filled] : leadingAge
    }

    @inline(__always)
    private static func fillEnds(
        _ values: UnsafeMutablePointer<Double>,
        _ places: UnsafeMutablePointer<Double>,
        _ count: Int
    ) {
        var place = count &- 1
        var (extreme, extremePlace) = (values[place], Double(place))
        places[place] = extremePlace
        while place > 0 {
            place &-= 1
            if Order.isBeyond(values[place], extreme) { (extreme, extremePlace) = (values[place], Double(place)) }
            values[place] = extreme
            places[place] = extremePlace
        }
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&filled, upTo: length - 1)
        hasBlock.visit(&visitor)
        leading.visit(&visitor)
        visitor.visit(&leadingPlace, upTo: length - 1)
        visitor.visit(&nanCount, upTo: length)
        visitor.visit(&memory, count: hasBlock ? length : filled)
        visitor.visit(&places, count: hasBlock ? length : filled)
    }
}
