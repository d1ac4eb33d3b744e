import Columnar

/// All rows of a series in one segment as one slice: cheap to ask what is known of them, dear to read.
struct SegmentSummary: SeriesSlice {
    let reader: SegmentReader
    let series: SegmentSeries
    let context: SeriesContext

    var count: Int { series.rowCount }
    var firstTime: Int64 { series.firstTime }
    var lastTime: Int64 { series.lastTime }

    func vector(column: Int) throws(TableError) -> Vector {
        let type = context.schema.columns[column].type
        var parts: [Vector] = []
        for group in series.groups {
            parts.append(try reader.vector(group: group, column: column, type: type, series: context.name))
        }
        return VectorConcatenation.concatenate(parts, type: type)
    }

    func statistics(column: Int) -> ColumnStatistics? {
        if column == context.schema.timeColumn {
            return .ends(.timestamp(firstTime), .timestamp(lastTime))
        }
        if column == context.schema.seriesColumn { return .ends(.text(context.name), .text(context.name)) }
        return reader.summary(of: series, column: column, type: context.schema.columns[column].type)
    }
}

extension ColumnStatistics {
    /// What is known of rows and others after them; what is known of one side only is not known.
    func followed(by next: ColumnStatistics) -> ColumnStatistics {
        ColumnStatistics(
            nullCount: nullCount + next.nullCount,
            min: Self.extreme(min, next.min, isLargest: false),
            max: Self.extreme(max, next.max, isLargest: true),
            sum: Self.sum(sum, next.sum),
            first: first,
            last: next.last
        )
    }

    /// The extreme of two numbers. Where one side has none its rows hold no value to compare, or nothing is known: only the
    /// count of nulls tells these apart, so that nothing is said.
    private static func extreme(_ left: Scalar?, _ right: Scalar?, isLargest: Bool) -> Scalar? {
        func better<Value: Comparable>(_ a: Value, _ b: Value) -> Value {
            isLargest ? Swift.max(a, b) : Swift.min(a, b)
        }
        switch (left, right) {
        case (.float64(let a), .float64(let b)): return .float64(better(a, b))
        case (.int64(let a), .int64(let b)): return .int64(better(a, b))
        case (.timestamp(let a), .timestamp(let b)): return .timestamp(better(a, b))
        default: return nil
        }
    }

    private static func sum(_ left: ColumnSum?, _ right: ColumnSum?) -> ColumnSum? {
        switch (left, right) {
        case (.integer(let a), .integer(let b)):
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? nil : .integer(sum)
        case (.decimal(let a, let scale), .decimal(let b, let other)):
            // Brings the coarser one to the scale of the finer.
            let (coarse, fine) = scale < other ? (a, b) : (b, a)
            var scaled = coarse
            for _ in 0..<abs(other - scale) {
                let (product, overflow) = scaled.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                scaled = product
            }
            let (sum, overflow) = scaled.addingReportingOverflow(fine)
            return overflow ? nil : .decimal(mantissa: sum, scale: Swift.max(scale, other))
        default: return nil
        }
    }
}
