import Columnar
import Engine
import QueryLang

/// The last bars of a coarser timeframe: their number says nothing of where they begin, so ever longer stretches are tried.
extension BucketPipelines {
    /// How many times as long as the bars would be without gaps the stretches are that are tried: the first goes over nights and
    /// weekends of minutes, the second over holidays of hours. What is not found there is looked for everywhere.
    private static let stretches: [Int64] = [8, 64]

    /// The last bars of each symbol; nil if the selection is of anything else, or a stretch would not help.
    func lastBars(_ selection: BucketSelection) throws(QueryError) -> Dataset? {
        guard let timeframe = selection.timeframe, let limit = selection.limit, limit > 0,
            !selection.isLimitFromStart, selection.functions.isEmpty, let last = try lastTime(selection)
        else { return nil }
        for stretch in Self.stretches {
            let bars = timeframe.nanoseconds.multipliedReportingOverflow(by: limit)
            let length = bars.partialValue.multipliedReportingOverflow(by: stretch)
            let start = last.subtractingReportingOverflow(length.partialValue)
            guard !bars.overflow, !length.overflow, !start.overflow,
                start.partialValue > selection.time.start
            else { return nil }
            var part = selection
            part.time.start = start.partialValue
            let answer = try self.answer(part)
            if answer.spans.allSatisfy({ Int64($0.count) == limit }) { return answer }
        }
        return nil
    }

    /// The earliest of the symbols' last times in the range; nil if a symbol has no rows there.
    private func lastTime(_ selection: BucketSelection) throws(QueryError) -> Int64? {
        var plain = selection
        (plain.timeframe, plain.limit, plain.columns) = (nil, nil, [])
        let rows = try SelectionPlan(plain, zone)
        guard case .select(var select) = rows.statement.kind else { return nil }
        let last = try Parser.parse("SELECT max(time) AS last FROM t")
        guard case .select(let ends) = last.kind else { return nil }
        select.items = Array(select.items.prefix(rows.hasSymbols ? 1 : 0)) + ends.items
        let statement = Statement(.select(select), span: SourceSpan(start: 0, end: 0))
        let stream = try engine.execute(try engine.prepare(statement))
        var (earliest, count): (Int64, Int) = (.max, 0)
        while let batch = try stream.next() {
            guard let ends = batch.columns.last else { return nil }
            for row in 0..<batch.rowCount {
                guard case .timestamp(let time) = ends.scalar(at: row) else { return nil }
                earliest = min(earliest, time)
                count += 1
            }
        }
        return count == selection.buckets.count ? earliest : nil
    }
}
