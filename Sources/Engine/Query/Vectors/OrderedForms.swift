import Columnar

extension TableSchema {
    /// Whether the doubles of a table may lie in memory as decimals at one time, and as doubles at another.
    ///
    /// What a feed writes are decimals, and stay so. Doubles that somebody wrote may have become decimals when segments were
    /// merged, which keeps their values, but not the bits of their sums: decimals are summed exactly. The ordered path
    /// takes them as doubles always.
    var mayChangeForms: Bool {
        ![MarketTables.trades, MarketTables.quotes, MarketTables.book, MarketTables.bars].contains(name)
    }
}

extension Vector {
    /// The same values, decimals as doubles.
    var withPlainDoubles: Vector {
        guard case .scaledInteger = form else { return self }
        return Vector(type: type, form: .float64(float64Values), validity: validity)
    }
}
