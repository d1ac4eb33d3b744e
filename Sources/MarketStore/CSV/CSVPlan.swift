public import Columnar

/// What each field of a CSV file is: the time, parts of it, or a column of the bucket.
public struct CSVPlan: Sendable, Hashable {
    /// Why a plan cannot be made, or a record is no row.
    public struct Problem: Error, Sendable, Hashable {
        /// Field of the record, from 0; nil for the whole record.
        public var field: Int?
        /// What is wrong and what would be right.
        public var message: String
    }

    /// Where the time is.
    public enum Time: Sendable, Hashable {
        /// In one field.
        case whole(Int)
        /// Date and time of day, which are read with a space between them.
        case parts(date: Int, clock: Int)
    }

    /// Whether the first record has the names.
    public var hasHeader: Bool
    /// Where the time is.
    public var time: Time
    /// How it is written.
    public var form: CSVTimeForm
    /// The zone of times that do not say theirs.
    public var zone: ZoneRules
    /// A field with nanoseconds that are added to the time, as exports of variable buckets have it.
    public var nanoseconds: Int?
    /// The columns of the bucket and the fields that they are in.
    public var columns: [(field: Int, column: Bucket.Column)] { zip(fields, bucketColumns).map { ($0, $1) } }

    var fields: [Int]
    /// The columns of the bucket.
    public internal(set) var bucketColumns: [Bucket.Column]
    /// Fields that a record must have.
    var fieldCount: Int

    /// Reads a record and adds its row.
    public func append(_ record: CSVRecords.Record, to rows: inout BucketRows) throws(Problem) {
        guard record.count >= fieldCount else {
            throw Problem(field: nil, message: "\(record.count) fields, not \(fieldCount)")
        }
        let time = try self.time(record)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rows.rowBytes)
        for (field, column) in zip(fields, bucketColumns) {
            if let wanted = CSVValue.append(record.field(field), column.type, to: &bytes) {
                throw Problem(
                    field: field,
                    message: "'\(record.text(field))' is not \(wanted), as \(column.name) must be"
                )
            }
        }
        bytes.withUnsafeBytes { rows.append(time: time, $0) }
    }

    private func time(_ record: CSVRecords.Record) throws(Problem) -> Int64 {
        let (field, text): (Int, ArraySlice<UInt8>) =
            switch time {
            case .whole(let field): (field, record.field(field))
            case .parts(let date, let clock):
                (date, record.field(date) + [UInt8(ascii: " ")] + record.field(clock))
            }
        guard let time = form.nanoseconds(text, zone: zone) else {
            throw Problem(
                field: field,
                message: "'\(String(decoding: text, as: UTF8.self))' is no time of the file's form"
            )
        }
        guard let nanoseconds else { return time }
        guard let rest = Int64(record.text(nanoseconds)), (0..<CivilTime.second).contains(rest),
            case (let sum, let overflow) = time.addingReportingOverflow(rest), !overflow
        else {
            throw Problem(
                field: nanoseconds,
                message: "'\(record.text(nanoseconds))' is not 0 to 999999999 nanoseconds"
            )
        }
        return sum
    }
}
