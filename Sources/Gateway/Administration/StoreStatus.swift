/// How full a store is: what `GET /v1/admin/store` answers, and what `tickgate store stat` shows.
public struct StoreStatus: Sendable, Hashable, Decodable {
    /// One table.
    public struct Table: Sendable, Hashable, Decodable {
        /// Bytes of one column in the segments.
        public struct Column: Sendable, Hashable, Decodable {
            /// The column's name.
            public var name: String
            /// Its bytes.
            public var bytes: Int64

            /// Creates the size of a column.
            public init(name: String, bytes: Int64) {
                self.name = name
                self.bytes = bytes
            }
        }

        /// The table's name.
        public var name: String
        /// `event` or `regular`.
        public var kind: String
        /// `hour`, `day`, `month`, `year` or `all`.
        public var partition: String
        /// Series.
        public var series: Int64 = 0
        /// Rows in segments.
        public var rows: Int64 = 0
        /// Rows that are in no segment yet.
        public var memtableRows: Int64 = 0
        /// Segment files.
        public var segments: Int64 = 0
        /// Their bytes.
        public var bytes: Int64 = 0
        /// The earliest time of a row, ISO 8601; nil if there is none.
        public var firstTime: String?
        /// The latest time of a row, ISO 8601; nil if there is none.
        public var lastTime: String?
        /// How long rows are kept, in seconds; nil for ever.
        public var timeToLiveSeconds: Int64?
        /// Bytes by column; empty if they are not known.
        public var columns: [Column] = []

        private enum CodingKeys: String, CodingKey {
            case name, kind, partition, series, rows, segments, bytes, columns
            case memtableRows = "memtable_rows"
            case firstTime = "first_time"
            case lastTime = "last_time"
            case timeToLiveSeconds = "time_to_live_s"
        }

        /// Creates the status of an empty table.
        public init(name: String, kind: String, partition: String) {
            self.name = name
            self.kind = kind
            self.partition = partition
        }
    }

    /// Bytes of the WAL's files.
    public var walBytes: Int64 = 0
    /// Bytes of memory that hold rows which are in no segment yet.
    public var memtableBytes: Int64 = 0
    /// Why the store takes no more writes; nil if it does.
    public var readOnlyReason: String?
    /// The tables, in the order of their names.
    public var tables: [Table] = []

    private enum CodingKeys: String, CodingKey {
        case tables
        case walBytes = "wal_bytes"
        case memtableBytes = "memtable_bytes"
        case readOnlyReason = "read_only"
    }

    /// Creates the status of an empty store.
    public init() {}

    /// The status as JSON, a document of one line.
    public var json: [UInt8] {
        var json = JSONBuffer(capacity: 4_096)
        write(to: &json)
        json.newline()
        return json.bytes
    }

    func write(to json: inout JSONBuffer) {
        json.beginObject()
        json.member("wal_bytes", walBytes)
        json.member("memtable_bytes", memtableBytes)
        json.member("read_only", orNull: readOnlyReason)
        json.key("tables")
        json.beginArray()
        for table in tables { table.write(to: &json) }
        json.endArray()
        json.endObject()
    }
}

extension StoreStatus.Table {
    fileprivate func write(to json: inout JSONBuffer) {
        json.beginObject()
        json.member("name", name)
        json.member("kind", kind)
        json.member("partition", partition)
        json.member("series", series)
        json.member("rows", rows)
        json.member("memtable_rows", memtableRows)
        json.member("segments", segments)
        json.member("bytes", bytes)
        json.member("first_time", orNull: firstTime)
        json.member("last_time", orNull: lastTime)
        json.key("time_to_live_s")
        if let timeToLiveSeconds { json.value(timeToLiveSeconds) } else { json.null() }
        json.key("columns")
        json.beginArray()
        for column in columns {
            json.beginObject()
            json.member("name", column.name)
            json.member("bytes", column.bytes)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension JSONBuffer {
    fileprivate mutating func member(_ name: StaticString, orNull text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }
}
