import Market

/// An event of a book as it was stored.
struct BookEvent {
    /// What it was.
    enum Kind {
        /// Levels changed.
        case change
        /// The venue sent the whole book.
        case snapshot
        /// The feed said what state the book is in.
        case state
    }

    var seq: Int64
    var time: Int64
    var receiveTime: Int64
    var updateID: Int64
    var kind: Kind
    /// The book's state after it.
    var state: BookState
    /// Why the state changed, as a code of the dictionary of reasons; nil in all other events.
    var reason: StateReason?
    /// Changed levels, or those of a snapshot.
    var levels: [LevelChange] = []
    /// The whole book after the event, if it was written down behind the changes.
    var keyframe: [LevelChange]?
    var priceScale: Int
    var sizeScale: Int

    /// About what it occupies.
    var byteCount: Int {
        MemoryLayout<BookEvent>.stride + (levels.count + (keyframe?.count ?? 0)) * MemoryLayout<LevelChange>.stride
    }

    /// The same event at scales that are not smaller; false if a mantissa does not fit.
    mutating func raise(priceScale: Int, sizeScale: Int) -> Bool {
        guard let price = ExactDecimal.power(priceScale - self.priceScale),
            let size = ExactDecimal.power(sizeScale - self.sizeScale)
        else { return false }
        self.priceScale = priceScale
        self.sizeScale = sizeScale
        if price == 1, size == 1 { return true }
        guard Self.raise(&levels, price, size) else { return false }
        if var whole = keyframe {
            guard Self.raise(&whole, price, size) else { return false }
            keyframe = whole
        }
        return true
    }

    private static func raise(_ levels: inout [LevelChange], _ price: Int64, _ size: Int64) -> Bool {
        for index in levels.indices {
            let (newPrice, isFar) = levels[index].price.multipliedReportingOverflow(by: price)
            let (newSize, isLarge) = levels[index].size.multipliedReportingOverflow(by: size)
            if isFar || isLarge { return false }
            levels[index].price = newPrice
            levels[index].size = newSize
        }
        return true
    }
}
