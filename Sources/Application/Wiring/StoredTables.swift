import Columnar
import Store

/// What the process knows of its store and its settings, as virtual tables.
enum StoredTables {
    /// `system.segments` and `system.partitions`.
    static func all(_ store: Store) -> [ComputedTable] { [segments(store), partitions(store)] }

    private static func segments(_ store: Store) -> ComputedTable {
        let columns = [
            Column("table", .string), Column("partition", .string), Column("segment", .int64), Column("rows", .int64),
            Column("bytes", .int64), Column("first_time", .timestamp), Column("last_time", .timestamp),
        ]
        return ComputedTable("segments", columns) { [weak store] _ in
            (store?.segments ?? []).map { segment in
                [
                    .text(segment.table), .text(segment.partition), .int64(Int64(clamping: segment.id)),
                    .int64(Int64(clamping: segment.rows)), .int64(Int64(clamping: segment.bytes)),
                    .timestamp(segment.firstTime), .timestamp(segment.lastTime),
                ]
            }
        }
    }

    /// Rows that are not in a segment yet are in none of them.
    private static func partitions(_ store: Store) -> ComputedTable {
        let columns = [
            Column("table", .string), Column("partition", .string), Column("segments", .int64), Column("rows", .int64),
            Column("bytes", .int64), Column("first_time", .timestamp), Column("last_time", .timestamp),
        ]
        return ComputedTable("partitions", columns) { [weak store] _ in
            var rows: [[Scalar]] = []
            var last: SegmentStatistics?
            var count: Int64 = 0
            func finish() {
                guard let whole = last else { return }
                rows.append([
                    .text(whole.table), .text(whole.partition), .int64(count), .int64(Int64(clamping: whole.rows)),
                    .int64(Int64(clamping: whole.bytes)), .timestamp(whole.firstTime), .timestamp(whole.lastTime),
                ])
            }
            for segment in store?.segments ?? [] {
                if var whole = last, whole.table == segment.table, whole.partition == segment.partition {
                    whole.rows += segment.rows
                    whole.bytes += segment.bytes
                    whole.firstTime = min(whole.firstTime, segment.firstTime)
                    whole.lastTime = max(whole.lastTime, segment.lastTime)
                    last = whole
                    count += 1
                } else {
                    finish()
                    last = segment
                    count = 1
                }
            }
            finish()
            return rows
        }
    }

    /// `system.settings`: each setting, its value, and where that came from.
    static func settings(_ settings: ResolvedSettings) -> ComputedTable {
        let columns = [Column("name", .string), Column("value", .string), Column("origin", .string)]
        return ComputedTable("settings", columns) { _ in
            Setting.all.map { setting in
                [
                    .text(setting.key), .text(settings.text(setting.key)), .text("\(settings.origin(setting.key))"),
                ]
            }
        }
    }
}
