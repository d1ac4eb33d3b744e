import Columnar
import Engine
import QueryLang

/// Where the count of an instrument's events goes on after a restart.
struct StoredSequence: Sendable {
    let engine: QueryEngine

    /// The largest stored `seq` of an instrument plus 1; 1 if nothing is stored.
    func next(of instrument: String) -> Int64 {
        let name = instrument.replacing("'", with: "''")
        var largest: Int64 = 0
        for table in [MarketTables.trades, MarketTables.quotes, MarketTables.book] {
            if case .int64(let seq)? = largestSequence("SELECT max(seq) FROM \(table) WHERE symbol = '\(name)'") {
                largest = max(largest, seq)
            }
        }
        return largest + 1
    }

    private func largestSequence(_ text: String) -> Scalar? {
        do throws(QueryError) {
            let stream = try engine.execute(try engine.prepare(text))
            guard let batch = try stream.next(), batch.rowCount > 0 else { return nil }
            return batch.columns.first?.scalar(at: 0)
        } catch {
            return nil
        }
    }
}
