import Columnar
import MarketStore
import TestSupport
import Testing

/// Buckets that are named when it is made.
private final class FixedDirectory: BucketDirectory {
    let all: [Bucket]
    init(_ all: [Bucket]) { self.all = all.sorted { $0.key < $1.key } }
    func bucket(_ key: BucketKey) -> Bucket? { all.first { $0.key == key } }
    func buckets(timeframe: String, attribute: String) -> [Bucket] {
        all.filter { $0.key.timeframe == timeframe && $0.key.attribute == attribute }
    }
}

@Suite("Rows of buckets as messages")
struct RowStreamTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute: Int64 = 60 * second

    private static func bucket(
        _ key: String,
        _ columns: [(String, WireType)],
        isVariable: Bool = false,
        table: String? = nil
    ) -> Bucket {
        let key = BucketKey(key)!
        return Bucket(
            key: key,
            columns: columns.map { Bucket.Column(name: $0.0, type: $0.1) },
            isVariable: isVariable,
            table: table ?? "\(key.timeframe)/\(key.attribute)"
        )
    }

    private static let bars: [(String, WireType)] = [
        ("Open", .float32), ("High", .float32), ("Low", .float32), ("Close", .float32), ("Volume", .float64),
    ]

    private static func group(_ bucket: Bucket, _ times: [Int64], _ columns: [Vector?]) -> AppendGroup {
        AppendGroup(
            table: bucket.table,
            series: bucket.key.symbol,
            columns: [.timestamps(times), nil] + columns,
            rowCount: times.count
        )
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { (0x100 + Int($0)).formattedHex }.joined()
    }

    /// Takes a group and gives the messages that it makes.
    private func messages(_ stream: inout RowStream, _ group: AppendGroup, now: Int64 = 0) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        stream.take(group, now: now, isFollowed: { _ in true }) { messages.append($1) }
        return messages
    }

    @Test("are the bytes that MarketStore pushed")
    func captured() {
        let bucket = Self.bucket("BTC-USD/1Min/OHLCV", Self.bars)
        var stream = RowStream(directory: FixedDirectory([bucket]))
        let group = Self.group(
            bucket,
            [1_795_224_600 * Self.second],
            [1, 2, 0.5, 1.5, 10].map { Vector.float64([$0]) }
        )
        #expect(
            messages(&stream, group).map(Self.hex) == [
                "82a36b6579b24254432d5553442f314d696e2f4f484c4356a46461746186a545706f6368d3000000006b00f418a44f70656eca3f"
                    + "800000a448696768ca40000000a34c6f77ca3f000000a5436c6f7365ca3fc00000a6566f6c756d65cb4024000000000000"
            ]
        )
    }

    @Test("of a variable bucket have exact nanoseconds at their end")
    func variable() {
        let bucket = Self.bucket("BTC-USD/1Min/TICK", [("Px", .float32)], isVariable: true)
        var stream = RowStream(directory: FixedDirectory([bucket]))
        let time = 1_795_225_140 * Self.second
        let group = Self.group(bucket, [time + 123_456, time + 999_999_999, -1], [.float64([5, 6, 7])])
        let head = "82a36b6579b14254432d5553442f314d696e2f5449434ba46461746183a545706f6368d3"
        let name = "ab4e616e6f7365636f6e6473d2"
        #expect(
            messages(&stream, group).map(Self.hex) == [
                head + "000000006b00f634a25078ca40a00000" + name + "0001e240",
                head + "000000006b00f634a25078ca40c00000" + name + "3b9ac9ff",
                head + "ffffffffffffffffa25078ca40e00000" + name + "3b9ac9ff",
            ]
        )
    }

    @Test("have every value in the width of its column, and something where SQL has a null")
    func types() {
        let types = WireType.allCases
        let bucket = Self.bucket("A/1Min/X", types.map { ($0.rawValue, $0) })
        var stream = RowStream(directory: FixedDirectory([bucket]))
        let values: [WireType: Vector] = [
            .int8: .int64([-5, 127]), .int16: .int64([-300, 1]), .int32: .int64([-70_000, 2]), .int64: .int64([-1, 3]),
            .uint8: .int64([255, 4]), .uint16: .int64([65_535, 5]), .uint32: .int64([4_294_967_295, 6]),
            .uint64: .int64([-1, 7]), .float32: .float64([0.1, .nan]), .float64: .decimals([12_345, -1], scale: 2),
            .string16: .strings(["héllo", ""]),
        ]
        let group = Self.group(bucket, [0, Self.minute], types.map { values[$0] })
        let texts = messages(&stream, group).map(Self.hex)
        let expected: [WireType: [String]] = [
            .int8: ["d0fb", "d07f"], .int16: ["d1fed4", "d10001"], .int32: ["d2fffeee90", "d200000002"],
            .int64: ["d3ffffffffffffffff", "d30000000000000003"], .uint8: ["ccff", "cc04"],
            .uint16: ["cdffff", "cd0005"],
            .uint32: ["ceffffffff", "ce00000006"], .uint64: ["cfffffffffffffffff", "cf0000000000000007"],
            .float32: ["ca3dcccccd", "ca7fc00000"], .float64: ["cb405edccccccccccd", "cbbf847ae147ae147b"],
            .string16: ["a668c3a96c6c6f", "a0"],
        ]
        for row in 0..<2 {
            let body = types.map { type in
                (0xA0 + type.rawValue.utf8.count).formattedHex + Self.hex(Array(type.rawValue.utf8))
                    + expected[type]![row]
            }
            #expect(texts[row].hasSuffix(body.joined()), "row \(row): \(texts[row])")
        }
        // Columns that the group does not have, and null ones.
        let nulls = messages(&stream, Self.group(bucket, [0], [nil]))
        #expect(nulls.count == 1)
        let vector = Vector(type: .int64, form: .constant(.null, count: 1))
        #expect(messages(&stream, Self.group(bucket, [0], types.map { _ in vector })) == nulls)
    }

    @Test("are all there, in order, not only the last of a batch")
    func everyRow() {
        let bucket = Self.bucket("A/1Min/X", [("V", .int64)])
        var stream = RowStream(directory: FixedDirectory([bucket]))
        let times = (0..<1_000).map { Int64($0) * Self.minute }
        let rows = messages(&stream, Self.group(bucket, times, [.int64((0..<1_000).map { Int64($0) })]))
        #expect(rows.count == 1_000)
        #expect(rows.enumerated().allSatisfy { Array($1.suffix(2)) == [UInt8($0 >> 8), UInt8($0 & 255)] })
    }

    @Test("belong to the bucket whose table they are in, a family's further tables included")
    func families() {
        let first = Self.bucket("A/1Min/X", [("V", .int64)])
        let second = Self.bucket("B/1Min/X", [("V", .float64)], table: "1Min/X~2")
        let odd = Self.bucket("C/1Min/X~2", [("V", .int64)], table: "1Min/X~2~3")
        var stream = RowStream(directory: FixedDirectory([first, second, odd]))
        var keys: [String] = []
        for (table, series) in [
            ("1Min/X", "A"), ("1Min/X~2", "B"), ("1Min/X~2~3", "C"), ("1Min/X", "B"), ("trades", "A"),
        ] {
            let group = AppendGroup(
                table: table,
                series: series,
                columns: [.timestamps([0]), nil, .int64([1])],
                rowCount: 1
            )
            stream.take(group, now: 0, isFollowed: { _ in true }) { key, _ in keys.append(key.description) }
        }
        #expect(keys == ["A/1Min/X", "B/1Min/X", "C/1Min/X~2"])
        #expect(stream.unknownCount == 1)
    }

    @Test("of long bars wait for the end of their slot, and the newest wins")
    func shelf() {
        let bucket = Self.bucket("A/5Min/X", [("V", .int8)])
        var stream = RowStream(directory: FixedDirectory([bucket]))
        let start = 1_000 * 5 * Self.minute
        let now = start + Self.minute
        #expect(
            messages(&stream, Self.group(bucket, [start, start + 5 * Self.minute], [.int64([1, 2])]), now: now) == []
        )
        #expect(messages(&stream, Self.group(bucket, [start], [.int64([3])]), now: now) == [])
        #expect(stream.nextEnd == start + 5 * Self.minute)
        #expect(stream.shelved.count == 2)
        var pushed: [UInt8] = []
        stream.close(now: start + 5 * Self.minute - 1) { pushed.append($1.last!) }
        #expect(pushed == [])
        stream.close(now: start + 5 * Self.minute) { pushed.append($1.last!) }
        #expect(pushed == [3])
        stream.close(now: .max) { pushed.append($1.last!) }
        #expect(pushed == [3, 2])
        #expect(stream.shelved == (0, 0))
        // A slot that has ended is pushed at once, not dropped.
        #expect(
            messages(&stream, Self.group(bucket, [0, start], [.int64([4, 5])]), now: start + 5 * Self.minute).count == 2
        )
    }

    @Test("of days and months wait for the end of their day in the zone of the buckets")
    func calendar() {
        var day = Self.bucket("A/1D/X", [("V", .int8)])
        var month = Self.bucket("A/1M/X", [("V", .int8)])
        day.zone = "America/New_York"
        month.zone = "America/New_York"
        var stream = RowStream(directory: FixedDirectory([day, month]))
        // 2026-03-08, midnight in New York: a day of 23 hours.
        let midnight: Int64 = 1_772_946_000 * Self.second
        _ = messages(&stream, Self.group(day, [midnight], [.int64([1])]), now: midnight)
        #expect(stream.nextEnd == midnight + 23 * 60 * Self.minute)
        var other = RowStream(directory: FixedDirectory([day, month]))
        _ = messages(&other, Self.group(month, [midnight], [.int64([1])]), now: midnight)
        // 2026-04-01 in New York.
        #expect(other.nextEnd == 1_775_016_000 * Self.second)
    }

    @Test("of variable buckets never wait: each is a row of its own")
    func variableLongTimeframe() {
        let bucket = Self.bucket("A/1D/TICK", [("V", .int8)], isVariable: true)
        var stream = RowStream(directory: FixedDirectory([bucket]))
        #expect(messages(&stream, Self.group(bucket, [1, 1, 2], [.int64([1, 2, 3])]), now: 0).count == 3)
    }

    @Test("are pushed early rather than dropped when too many bars wait")
    func fullShelf() {
        let bucket = Self.bucket("A/5Min/X", [("V", .int8)])
        var stream = RowStream(directory: FixedDirectory([bucket]), shelfBytesMax: 1_000)
        let times = (0..<10).map { Int64($0) * 5 * Self.minute }
        let early = messages(&stream, Self.group(bucket, times, [.int64((0..<10).map { Int64($0) })]), now: 0)
        #expect(early.map(\.last!) == [3, 4, 5, 6, 7, 8, 9])
        #expect(stream.earlyCount == 7)
        #expect(stream.shelved.bytes <= 1_000)
        var pushed: [UInt8] = []
        stream.close(now: .max) { pushed.append($1.last!) }
        #expect(pushed == [0, 1, 2])
    }

    @Test("of buckets that nobody follows are not made, but bars wait for those who come later")
    func notFollowed() {
        let short = Self.bucket("A/1Min/X", [("V", .int8)])
        let long = Self.bucket("A/1H/X", [("V", .int8)])
        var stream = RowStream(directory: FixedDirectory([short, long]))
        var count = 0
        for bucket in [short, long] {
            let group = Self.group(bucket, [0], [.int64([1])])
            stream.take(group, now: 0, isFollowed: { _ in false }) { _, _ in count += 1 }
        }
        #expect(count == 0)
        #expect(stream.shelved.count == 1)
    }
}

extension Int {
    /// Two hexadecimal digits of the low byte.
    fileprivate var formattedHex: String {
        let text = String(self & 0xFF, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
