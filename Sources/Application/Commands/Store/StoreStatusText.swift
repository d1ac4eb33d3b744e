import Gateway

/// The report of `tickgate store stat` for people.
enum StoreStatusText {
    static func lines(_ status: StoreStatus, showsColumns: Bool) -> [String] {
        var lines = tables(status)
        if showsColumns { lines += [""] + columns(status) }
        let bytes = status.tables.reduce(0) { $0 + $1.bytes }
        lines += [
            "",
            "segments \(SizeText.bytes(bytes)), WAL \(SizeText.bytes(status.walBytes)), "
                + "rows in memory \(SizeText.bytes(status.memtableBytes))",
        ]
        if let reason = status.readOnlyReason { lines.append("the store is read-only: \(reason)") }
        return lines
    }

    private static func tables(_ status: StoreStatus) -> [String] {
        var table = TextTable([
            ("table", .left), ("kind", .left), ("partition", .left), ("series", .right), ("rows", .right),
            ("segments", .right), ("bytes", .right), ("bytes/row", .right), ("from", .left), ("to", .left),
            ("kept", .left),
        ])
        for entry in status.tables {
            table.add([
                entry.name, entry.kind, entry.partition, "\(entry.series)", "\(entry.rows + entry.memtableRows)",
                "\(entry.segments)", SizeText.bytes(entry.bytes), perRow(entry.bytes, entry.rows),
                entry.firstTime ?? "-", entry.lastTime ?? "-",
                entry.timeToLiveSeconds.map { SizeText.duration(seconds: $0) } ?? "for ever",
            ])
        }
        return table.lines
    }

    private static func columns(_ status: StoreStatus) -> [String] {
        var table = TextTable([("table", .left), ("column", .left), ("bytes", .right), ("bytes/row", .right)])
        for entry in status.tables {
            for column in entry.columns {
                table.add([entry.name, column.name, SizeText.bytes(column.bytes), perRow(column.bytes, entry.rows)])
            }
        }
        let isKnown = status.tables.contains { !$0.columns.isEmpty }
        return isKnown ? table.lines : ["the bytes of columns are not known"]
    }

    private static func perRow(_ bytes: Int64, _ rows: Int64) -> String {
        rows > 0 ? SizeText.tenths(Double(bytes) / Double(rows)) : "-"
    }
}
