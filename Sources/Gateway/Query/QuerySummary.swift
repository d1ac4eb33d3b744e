internal import Engine
internal import QueryLang

/// What a query did, as JSON: `{"rows":3,"elapsed_us":840,"rows_scanned":19904,"blocks_scanned":5,…}`.
enum QuerySummary {
    static func text(_ statistics: QueryStatistics) -> String {
        var json = JSONBuffer()
        json.beginObject()
        write(statistics, elapsedNanoseconds: statistics.elapsedNanoseconds, to: &json)
        json.endObject()
        return json.text
    }

    /// Appends the members.
    static func write(_ statistics: QueryStatistics, elapsedNanoseconds: Int64, to json: inout JSONBuffer) {
        json.member("rows", statistics.rowsReturned)
        json.member("elapsed_us", elapsedNanoseconds / 1_000)
        json.member("rows_scanned", statistics.rowsScanned)
        json.member("blocks_scanned", statistics.slicesScanned)
        json.member("blocks_skipped", statistics.slicesSkipped)
        json.member("blocks_answered", statistics.slicesAnswered)
    }
}
