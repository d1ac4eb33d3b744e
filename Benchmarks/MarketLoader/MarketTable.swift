import Columnar
import Engine

/// The tables that are made: those of the gateway, so that it serves them as it serves its own.
enum MarketTable: String, CaseIterable {
    case trades
    case quotes

    /// A column other than the series key. Its values are made as integers.
    struct MadeColumn {
        /// What the integers stand for.
        enum Meaning {
            /// Nanoseconds since the epoch.
            case time
            /// Themselves.
            case count
            /// Mantissas of decimals.
            case decimal(scale: Int)
            /// Indices into ``MarketTable/sides``.
            case side
        }

        let name: String
        let meaning: Meaning
    }

    /// The columns in the order in which ``RowMaker`` makes them: the time first.
    var columns: [MadeColumn] {
        let event: [(String, MadeColumn.Meaning)] = [("time", .time), ("seq", .count), ("receive_time", .time)]
        let more: [(String, MadeColumn.Meaning)] =
            switch self {
            case .trades:
                [("id", .count), ("side", .side), ("price", .decimal(scale: 2)), ("size", .decimal(scale: 3))]
            case .quotes:
                [
                    ("update_id", .count), ("bid", .decimal(scale: 2)), ("bid_size", .decimal(scale: 3)),
                    ("ask", .decimal(scale: 2)), ("ask_size", .decimal(scale: 3)),
                ]
            }
        return (event + more).map { MadeColumn(name: $0, meaning: $1) }
    }

    /// The sides of a trade, by their code.
    static let sides = StringDictionary(["buy", "sell"])

    /// The table as the gateway creates it.
    var schema: TableSchema {
        guard let schema = MarketTables.schemas.first(where: { $0.name == rawValue }),
            Set(schema.columns.map(\.name)) == Set(columns.map(\.name) + ["symbol"])
        else { preconditionFailure("BUG: the gateway's table \(rawValue) has other columns than are made") }
        return schema
    }
}
