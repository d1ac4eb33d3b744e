import Columnar

/// What a query's destination names: symbols, a timeframe, a group of columns.
struct Destination {
    /// The symbols in the order of their UTF-8 bytes, none twice; nil for all.
    var symbols: [String]?
    /// The timeframe as it was written, and what it means.
    var timeframeText: String
    var timeframe: Timeframe
    var attribute: String

    private static let parts = ["Symbol", "Timeframe", "AttributeGroup"]

    /// Reads `SYM[,SYM…]/TIMEFRAME/ATTRIBUTE`, with the names of the parts after a `:` or in `category` if they come in
    /// another order.
    init(_ text: String, category: String?) throws(DataServiceError) {
        // By bytes: a thousand symbols are some kilobytes.
        let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        let names = category ?? colon.map { String(text[text.utf8.index(after: $0)...]) } ?? ""
        let values = text.utf8[..<(colon ?? text.endIndex)]
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
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
        guard symbols.utf8.contains(where: { $0 != UInt8(ascii: ",") }) else {
            throw DataServiceError("\"\(text)\" names no symbol; it should be like: TSLA/1Min/OHLCV")
        }
        timeframeText = String(values[timeframe])
        self.attribute = String(values[attribute])
        guard let parsed = Timeframe(timeframeText) else {
            throw DataServiceError(
                "timeframe not found in TimeBucketKey=\(values.joined(separator: "/"))\(BucketKey.category): "
                    + "timeframe not found in \"\(timeframeText)\""
            )
        }
        self.timeframe = parsed
        self.symbols = symbols == "*" ? nil : Self.distinct(symbols)
    }

    private static func distinct(_ list: String) -> [String] {
        let symbols = list.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
        let isOrdered = zip(symbols, symbols.dropFirst()).allSatisfy { BucketKey.precedes($0, $1) }
        // Different bytes may be equal texts.
        return isOrdered && Set(symbols).count == symbols.count ? symbols : Set(symbols).sorted(by: BucketKey.precedes)
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
    ///
    /// Buckets of clients, those of the feed, and those that are named for short answer apart from one another.
    func resolve(_ catalog: BucketCatalog, zone: ZoneRules) throws(DataServiceError) -> [Answering] {
        let answering = found(catalog, zone: zone)
        if let symbols { try checkMeanings(of: symbols, answering, catalog) }
        return answering.flatMap(\.parts)
    }

    /// Tells of a symbol that is found nowhere since it is short for several instruments.
    private func checkMeanings(
        of symbols: [String],
        _ answering: [Answering],
        _ catalog: BucketCatalog
    ) throws(DataServiceError) {
        guard answering.reduce(0, { $0 + $1.buckets.count }) < symbols.count else { return }
        let found = Set(answering.flatMap { $0.buckets.map(\.key.symbol) })
        for symbol in symbols.sorted() where !found.contains(symbol) {
            let key = FeedBuckets.bucket(symbol).key
            guard attribute == key.attribute else { return }
            let meanings = catalog.meanings(of: key)
            if meanings.count > 1 {
                throw DataServiceError(
                    "\(symbol) is at several venues: name one of \(meanings.prefix(20).joined(separator: ", "))"
                )
            }
        }
    }

    private func found(_ catalog: BucketCatalog, zone: ZoneRules) -> [Answering] {
        // By symbol, as both the catalogue and the symbols are; `*` means the symbols that have such a bucket.
        let exact = buckets(catalog, timeframeText, symbols)
        if symbols.map({ $0.count == exact.count }) ?? !exact.isEmpty {
            return [Answering(buckets: exact, coarser: nil)]
        }
        let known = Set(exact.map(\.key.symbol))
        var missing = Set(symbols ?? []).subtracting(known)
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
        return zip(catalog.buckets(keys).buckets, keys).compactMap { $0 ?? catalog.readable($1) }
    }
}

extension Answering {
    /// The same buckets by who writes them, and whether they are named for short: none of these has a series twice. Each by
    /// series.
    fileprivate var parts: [Answering] {
        if !buckets.contains(where: \.isOfFeed) { return [self] }
        let groups = [
            buckets.filter { !$0.isOfFeed }, buckets.filter { $0.isOfFeed && $0.wholeName == nil },
            buckets.filter { $0.isOfFeed && $0.wholeName != nil }
                .sorted { $0.series.utf8.lexicographicallyPrecedes($1.series.utf8) },
        ]
        return groups.filter { !$0.isEmpty }.map { Answering(buckets: $0, coarser: coarser) }
    }
}
