/// Columns of the rows of one or several buckets, as MarketStore's clients exchange them (its `NumpyMultiDataset`).
///
/// Rows of one bucket lie together: those of ``spans``' entry `s` are `s.start ..< s.start + s.count` of every column.
public struct Dataset: Sendable, Hashable {
    /// One column: its name, its type as it came over the wire, and its values one after the other, little-endian.
    public struct Column: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The type's name; not always one of ``WireType`` in what a client sends.
        public var type: String
        /// `count * size of the type` bytes.
        public var bytes: [UInt8]

        /// Creates a column.
        public init(name: String, type: String, bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.bytes = bytes
        }
    }

    /// Where the rows of one bucket are.
    public struct Span: Sendable, Hashable {
        /// The bucket's key, with or without `:Symbol/Timeframe/AttributeGroup`.
        public var key: String
        /// The first row.
        public var start: Int
        /// The number of rows.
        public var count: Int

        /// Creates a span.
        public init(key: String, start: Int, count: Int) {
            self.key = key
            self.start = start
            self.count = count
        }
    }

    /// The columns, `Epoch` first.
    public var columns: [Column]
    /// The number of rows.
    public var rowCount: Int
    /// Which bucket has which rows.
    public var spans: [Span]

    /// Creates a dataset.
    public init(columns: [Column] = [], rowCount: Int = 0, spans: [Span] = []) {
        self.columns = columns
        self.rowCount = rowCount
        self.spans = spans
    }
}
