import Columnar

/// What a query's destination names: symbols, a timeframe, a group of columns.
struct Destination {
    /// The symbols; nil for all.
    var symbols: [String]?
    /// The timeframe as it was written, and what it means.
    var timeframeText: String
    var timeframe: Timeframe
    var attribute: String

    private static let parts = ["Symbol", "Timeframe", "AttributeGroup"]

    /// Reads `SYM[,SYM…]/TIMEFRAME/ATTRIBUTE`, with the names of the parts after a `:` or in `category` if they come in
    /// another order.
    init(_ text: String, category: String?) throws(DataServiceError) {
        let colon = text.firstIndex(of: ":")
        let names = category ?? colon.map { String(text[text.index(after: $0)...]) } ?? ""
        let values = text[..<(colon ?? text.endIndex)].split(separator: "/", omittingEmptySubsequences: false)
        guard values.count == 3 else {
            throw DataServiceError("\"\(text)\" is not in proper format, should be like: TSLA/1Min/OHLCV")
        }
        let order = names.isEmpty ? Self.parts : names.split(separator: "/").map(String.init)
        guard order.sorted() == Self.parts.sorted(), let symbol = order.firstIndex(of: Self.parts[0]),
            let timeframe = order.firstIndex(of: Self.parts[1]), let attribute = order.firstIndex(of: Self.parts[2])
        else {
            throw DataServiceError("\"\(names)\" does not name the parts Symbol, Timeframe and AttributeGroup of a key")
        }
        let symbols = String(values[symbol])
        timeframeText = String(values[timeframe])
        self.attribute = String(values[attribute])
        guard let parsed = Timeframe(timeframeText) else {
            throw DataServiceError(
                "timeframe not found in TimeBucketKey=\(values.joined(separator: "/"))\(BucketKey.category): "
                    + "timeframe not found in \"\(timeframeText)\""
            )
        }
        self.timeframe = parsed
        self.symbols = symbols == "*" ? nil : Array(Set(symbols.split(separator: ",").map(String.init)))
    }
}

/// Buckets of one timeframe that answer a query.
struct Answering {
    /// By symbol.
    var buckets: [Bucket]
    /// The timeframe that bars of them are to be made of; nil if they are answered as they are.
    var coarser: Timeframe?
}

extension Destination {
    /// The buckets that answer: for each symbol its bucket of the very timeframe, or else that of the longest timeframe
    /// that divides it, of which bars are made. Symbols that have neither are left out.
    func resolve(_ catalog: BucketCatalog, zone: ZoneRules) -> [Answering] {
        var (exact, missing) = (buckets(catalog, timeframeText, symbols), Set<String>())
        exact.sort { $0.key < $1.key }
        let known = Set(exact.map(\.key.symbol))
        if let symbols {
            missing = Set(symbols).subtracting(known)
            if missing.isEmpty { return [Answering(buckets: exact, coarser: nil)] }
        } else if !exact.isEmpty {
            // `*` means the symbols that have such a bucket.
            return [Answering(buckets: exact, coarser: nil)]
        }
        var answering = exact.isEmpty ? [] : [Answering(buckets: exact, coarser: nil)]
        let others = catalog.timeframes(attribute: attribute).compactMap { text in
            Timeframe(text).flatMap { text != timeframeText && $0.divides(timeframe, in: zone) ? (text, $0) : nil }
        }
        var taken = known
        for (text, other) in others.sorted(by: { ($0.1.nanoseconds, $0.0) > ($1.1.nanoseconds, $1.0) }) {
            let found = buckets(catalog, text, symbols == nil ? nil : Array(missing))
                .filter { taken.insert($0.key.symbol).inserted }
            guard !found.isEmpty else { continue }
            missing.subtract(found.map(\.key.symbol))
            // Another spelling of the same timeframe is no coarser.
            let isSame = other.divides(timeframe, in: zone) && timeframe.divides(other, in: zone)
            let sorted = found.sorted { $0.key < $1.key }
            answering.append(Answering(buckets: sorted, coarser: isSame ? nil : timeframe))
        }
        return answering
    }

    private func buckets(_ catalog: BucketCatalog, _ timeframe: String, _ symbols: [String]?) -> [Bucket] {
        guard let symbols else { return catalog.buckets(timeframe: timeframe, attribute: attribute) }
        let keys = symbols.map { BucketKey(symbol: $0, timeframe: timeframe, attribute: attribute) }
        return catalog.buckets(keys).buckets.compactMap { $0 }
    }
}
