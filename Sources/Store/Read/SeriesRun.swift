import Columnar

/// Rows of one series out of one source, clipped to a time range. Never empty.
struct SeriesRun: Sendable {
    let source: any RowSource
    /// Place among the runs of the series in the order of arrival of their equal times.
    let arrival: Int
    /// Runs of the same number came out of one segment: they hold no two rows of which one replaces the other.
    let origin: Int
    /// The rows in the time range, if they ascend.
    let rows: Range<Int>
    /// The rows in the time range, if they do not: a late chunk.
    let scattered: [Int]?
    /// Earliest and latest time of the rows.
    let firstTime: Int64
    let lastTime: Int64

    var count: Int { scattered?.count ?? rows.count }
}

extension SeriesRun {
    /// Clips rows whose times ascend, by two binary searches; nil if none is left.
    init?(sorted source: any RowSource, _ times: Buffer<Int64>, in time: TimeRange, arrival: Int, origin: Int) {
        let rows = times.withUnsafeBufferPointer { times in
            let lower = Search.lowerBound(times, time.start)
            return lower..<max(lower, time.end == .max ? times.count : Search.lowerBound(times, time.end))
        }
        self.init(source, times, rows, arrival: arrival, origin: origin)
    }

    private init?(_ source: any RowSource, _ times: Buffer<Int64>, _ rows: Range<Int>, arrival: Int, origin: Int) {
        guard !rows.isEmpty else { return nil }
        self.init(
            source: source,
            arrival: arrival,
            origin: origin,
            rows: rows,
            scattered: nil,
            firstTime: times[rows.lowerBound],
            lastTime: times[rows.upperBound - 1]
        )
    }

    /// Keeps the rows of a range, in any order; nil if there is none.
    init?(
        scattered source: any RowSource,
        _ times: Buffer<Int64>,
        rows candidates: some Sequence<Int>,
        arrival: Int,
        origin: Int,
        where isKept: (Int64) -> Bool
    ) {
        var rows: [Int] = []
        var first = Int64.max
        var last = Int64.min
        for row in candidates where isKept(times[row]) {
            rows.append(row)
            first = min(first, times[row])
            last = max(last, times[row])
        }
        guard !rows.isEmpty else { return nil }
        self.init(
            source: source,
            arrival: arrival,
            origin: origin,
            rows: 0..<0,
            scattered: rows,
            firstTime: first,
            lastTime: last
        )
    }

    /// The rows before a time and those from it on. Reads times only if the run spans it.
    func split(at time: Int64, timeColumn: Int) throws(TableError) -> (before: SeriesRun?, after: SeriesRun?) {
        if lastTime < time { return (self, nil) }
        if firstTime >= time { return (nil, self) }
        let times = Plain.int64(try source.vector(column: timeColumn))
        if let scattered {
            return (
                SeriesRun(scattered: source, times, rows: scattered, arrival: arrival, origin: origin) { $0 < time },
                SeriesRun(scattered: source, times, rows: scattered, arrival: arrival, origin: origin) { $0 >= time }
            )
        }
        let cut = times.slice(rows).withUnsafeBufferPointer { Search.lowerBound($0, time) } + rows.lowerBound
        return (
            SeriesRun(source, times, rows.lowerBound..<cut, arrival: arrival, origin: origin),
            SeriesRun(source, times, cut..<rows.upperBound, arrival: arrival, origin: origin)
        )
    }

    /// What is left without the rows of some time ranges.
    func without(_ ranges: [TimeRange], timeColumn: Int) throws(TableError) -> [SeriesRun] {
        var left = [self]
        for range in ranges where !range.isEmpty {
            var next: [SeriesRun] = []
            for run in left {
                let (before, rest) = try run.split(at: range.start, timeColumn: timeColumn)
                if let before { next.append(before) }
                guard let rest, range.end != .max else { continue }
                if let after = try rest.split(at: range.end, timeColumn: timeColumn).after { next.append(after) }
            }
            left = next
        }
        return left
    }
}

/// Searches in ascending values.
enum Search {
    /// The first index whose value is not below `value`.
    static func lowerBound(_ values: UnsafeBufferPointer<Int64>, _ value: Int64) -> Int {
        var lower = 0
        var upper = values.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if values[middle] < value { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
