import Documents
import Foundation
import TestSupport
import Testing

@testable import MarketStore

/// Exchanges that were captured from a MarketStore server, one after the other against one store: the answers are the same,
/// but for what MarketStore has wrong, which stands here.
@Suite("The captured exchanges")
struct CapturedExchangeTests {
    private static let folder = "protocols/marketstore-wire"
    /// The version in all captured answers.
    private static let version = "007586568aa92a1c83189b3c06843dc27a23e5b3"
    /// When they were captured, in seconds.
    private static let instant: Int64 = 1_795_224_816

    /// Only its place is tested here: the lines of a plan, where MarketStore has an error.
    private static let plan = 47

    @Test(
        "are answered alike, right where MarketStore is wrong",
        .enabled(if: SharedData.has("\(folder)/INDEX.md"), Comment(rawValue: SharedData.skipMessage))
    )
    func all() throws {
        let fixture = try ServiceFixture(version: Self.version) { Self.instant * 1_000_000_000 }
        let server = RPCServer(fixture.service)
        var count = 0
        for name in try Self.names() {
            let number = try #require(Int(name.prefix(2)))
            guard number != 66 else { continue }
            let isJSON = name.hasSuffix("json")
            let codec: RPCCodec = isJSON ? .json : .messagePack
            let reply = server.reply(to: try Self.bytes(name), codec)
            let body = reply.body.flatMap { $0 }
            #expect((reply.contentType == nil) == body.isEmpty, "\(name)")
            let answer = body.isEmpty ? nil : try codec.value(of: body)
            if number == Self.plan {
                #expect(answer?.member("result") != nil)
                count += 1
                continue
            }
            let expected = try Self.expected(name, number, codec)
            #expect(answer.map(Self.normalized) == expected.map(Self.normalized), "\(name)")
            count += 1
        }
        #expect(count == 79)
    }

    private static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: SharedData.path(folder))
            .filter { $0.contains(".req.") && $0.first?.isNumber == true }.sorted()
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: SharedData.path("\(folder)/\(name)"))))
    }

    // MARK: What is expected

    private static func expected(_ name: String, _ number: Int, _ codec: RPCCodec) throws -> DocumentValue? {
        if let dataset = datasets[number] { return dataset.answer(version: version) }
        if let text = different[number] { return try JSONReader.value(of: Array(text.utf8)) }
        let bytes = try bytes(name.replacingOccurrences(of: ".req.", with: ".resp."))
        guard !bytes.isEmpty else { return nil }
        let value = try codec.value(of: bytes)
        return try changes[number]?(value) ?? value
    }

    private static let columns = """
        {"Name": "Epoch", "Type": 3}, {"Name": "Open", "Type": 0}, {"Name": "High", "Type": 0}, {"Name": "Low", "Type": 0},
        {"Name": "Close", "Type": 0}, {"Name": "Volume", "Type": 3}
        """

    private static func failure(_ message: String) -> String {
        #"{"jsonrpc": "2.0", "error": {"code": -32000, "message": "\#(message)", "data": null}, "id": "1"}"#
    }

    private static func responses(_ error: String) -> String {
        """
        {"jsonrpc": "2.0", "result": {"responses": [{"error": "\(error)", "version": "\(version)"}]}, "id": "1"}
        """
    }

    private static func info(_ names: String, _ kind: Int, year: Int = 2024) -> String {
        """
        {"LatestYear": \(year), "TimeFrame": 60000000000, "DSV": [\(names)], "RecordType": \(kind),
         "ServerResp": {"error": "", "version": "\(version)"}}
        """
    }

    private static func unknown(_ key: String) -> String {
        """
        {"LatestYear": 0, "TimeFrame": 0, "DSV": null, "RecordType": 0, "ServerResp":
         {"error": "unable to get info about key \(key): not found in catalog", "version": "\(version)"}}
        """
    }

    private static let bid = #"{"Name": "Epoch", "Type": 3}, {"Name": "Bid", "Type": 0}"#

    private static let prices = ["Open", "High", "Low", "Close"]

    /// The columns of bars.
    private static func bars(_ epochs: [Int64], _ values: [[Float]], volumes: [Int64]) -> [Dataset.Column] {
        [.epoch(epochs)] + zip(prices, values).map { .of($0, "f4", $1) } + [.of("Volume", "i8", volumes)]
    }

    private static func rows(_ key: String, _ columns: [Dataset.Column], count: Int) -> Dataset {
        Dataset(columns: columns, rowCount: count, spans: [.init(key: key, start: 0, count: count)])
    }

    private static let seconds: [Int64] = [1_704_205_800, 1_704_205_860, 1_704_205_980]
    private static let stored: [[Float]] = [[1, 1.5, 2], [2, 2.5, 3], [0.5, 1, 1.5], [1.5, 2, 2.5]]
    private static let close: [Float] = [1.5, 2, 2.5]

    /// Rows where MarketStore has none, others, or an error.
    private static let datasets: [Int: Dataset] = [
        // Bars of a timeframe that is not stored.
        30: rows(
            "AAPL/5Min/OHLCV\(BucketKey.category)",
            bars([seconds[0]], [[1], [3], [0.5], [2.5]], volumes: [600]),
            count: 1
        ),
        31: rows(
            "AAPL/7Min/OHLCV\(BucketKey.category)",
            bars([1_704_205_440, seconds[1]], [[1, 1.5], [2, 3], [0.5, 1], [1.5, 2.5]], volumes: [100, 500]),
            count: 2
        ),
        // The semicolon may be missing.
        38: rows("SELECT * FROM `AAPL/1Min/OHLCV`:SQL", bars(seconds, stored, volumes: [100, 200, 300]), count: 3),
        // BETWEEN includes both ends; the key is the whole statement.
        39: rows(
            "SELECT Epoch, Close AS C FROM `AAPL/1Min/OHLCV` WHERE Epoch BETWEEN '2024-01-02-14:30' AND "
                + "'2024-01-02-14:33' AND Close > 1.6;:SQL",
            [.epoch([seconds[1], seconds[2]]), .of("C", "f4", [2, 2.5] as [Float])],
            count: 2
        ),
        // OR is no AND.
        40: rows(
            "SELECT Epoch, Close FROM `AAPL/1Min/OHLCV` WHERE Close > 2.2 OR Close < 1.6;:SQL",
            [.epoch([seconds[0], seconds[2]]), .of("Close", "f4", [1.5, 2.5] as [Float])],
            count: 2
        ),
        44: rows(
            "SELECT * FROM `AAPL/1Min/OHLCV` ORDER BY Epoch DESC;:SQL",
            bars(seconds.reversed(), stored.map { $0.reversed() }, volumes: [300, 200, 100]),
            count: 3
        ),
        45: rows(
            "SELECT count(*) FROM `AAPL/1Min/OHLCV` GROUP BY Close;:SQL",
            [.of("Count", "i8", [1, 1, 1] as [Int64])],
            count: 3
        ),
        46: rows(
            "SELECT Close+1 FROM `AAPL/1Min/OHLCV`;:SQL",
            [.of("Close+1", "f8", [2.5, 3, 3.5] as [Double])],
            count: 3
        ),
    ]

    /// Whole answers that differ, or that the captured ones hold paths in.
    private static let different: [Int: String] = [
        // Which column, which key, and what would do.
        55: responses("unexpected data type:zz of column 'Open'; \(WireType.choice)"),
        59: responses("unsupported type string c8 of column 'Open'; \(WireType.choice)"),
        60: responses(
            #"error: Unable to get timeframe from key \"ZZ/foo/OHLCV\": "# + Timeframe.explanation(of: "foo")
        ),
        48: failure("syntax Error[1:0]: unexpected 'SELEC'; did you mean SELECT?"),
        // MarketStore names a path.
        49: failure(
            "bucket AAPL/5Min/OHLCV not found in catalog; INSERT takes one that exists: create it, or write to it first"
        ),
        // MarketStore drops the connection.
        33: failure(#"\"AAPL/1Min\" is not in proper format, should be like: TSLA/1Min/OHLCV"#),
        53: """
        {"jsonrpc": "2.0", "result": {"responses": [{"error": "creation of new catalog entry failed: NEW/1Min/OHLCV: \
        Can not overwrite file: File is already in directory", "version": "\(version)"}]}, "id": "1"}
        """,
        // The bucket that pymarketstore asked to be variable is.
        56: """
        {"jsonrpc": "2.0", "result": {"responses": [\(info(columns, 0)),
         \(info(bid + #", {"Name": "Ask", "Type": 0}"#, 1)), \(info(bid, 1, year: 2026)), \(info(bid, 1, year: 2026)),
         \(unknown("NOPE/1Min/X"))]}, "id": "1"}
        """,
        75: """
        {"jsonrpc": "2.0", "result": {"Responses": [\(info(columns, 0)), \(unknown("NOPE/1D/X"))]}, "id": 7}
        """.replacingOccurrences(of: #""error""#, with: #""Error""#)
            .replacingOccurrences(of: #""version""#, with: #""Version""#),
    ]

    /// What is changed in a captured answer to make it right.
    private static let changes: [Int: @Sendable (DocumentValue) throws -> DocumentValue] = [
        // A start within a slot leaves the slot out.
        12: { try CapturedDataset.changing($0) { $0.dropRows(1) } },
        // Epoch comes once.
        17: { try CapturedDataset.changing($0) { $0.dropColumn(1) } },
        // Nanoseconds are those that were written.
        20: {
            try CapturedDataset.changing($0) {
                $0.columns[3] = [0x88, 0x13, 0, 0, 0x80, 0xB2, 0xE6, 0x0E, 0xFF, 0xC9, 0x9A, 0x3B]
            }
        },
        21: { try CapturedDataset.changing($0) { $0.columns[3] = [0x80, 0xB2, 0xE6, 0x0E] } },
        // Columns keep their order.
        29: { try CapturedDataset.changing($0) { $0.order(["Epoch"] + prices + ["Volume"]) } },
        // The key is the whole statement.
        42: {
            try CapturedDataset.changing($0) { dataset in
                dataset.rename(
                    "SELECT candlecandler('5Min',Open,High,Low,Close,Sum::Volume) FROM `AAPL/1Min/OHLCV`;:SQL"
                )
            }
        },
        // Both spellings of the limit count in JSON.
        72: { try CapturedDataset.changing($0) { $0.dropRows(2) } },
    ]

    // MARK: Comparison

    /// Without what has no order: rows by bucket, entries of maps and lists of names sorted.
    private static func normalized(_ value: DocumentValue) -> DocumentValue {
        switch value {
        case .object(let members):
            if let dataset = CapturedDataset(value) { return dataset.byBucket }
            return .object(
                members.map { DocumentValue.Member(key: $0.key, value: normalized($0.value)) }.sorted {
                    $0.key < $1.key
                }
            )
        case .array(let values):
            let inner = values.map(normalized)
            let texts = inner.compactMap(\.string)
            return .array(texts.count == inner.count ? texts.sorted().map { .string($0) } : inner)
        case .null, .boolean, .integer, .number, .string, .binary, .timestamp: return value
        }
    }
}

/// A dataset of an answer, in either codec.
private struct CapturedDataset {
    var names: [String]
    var types: [String]
    var columns: [[UInt8]]
    var length: Int
    var starts: [String: Int]
    var lengths: [String: Int]

    init?(_ value: DocumentValue) {
        guard case .array(let names) = value.member("names", "columnnames"),
            case .array(let types) = value.member("types", "columntypes"),
            case .array(let data) = value.member("data", "columndata"),
            case .integer(let length) = value.member("length"),
            let starts = Self.counts(value.member("startindex")), let lengths = Self.counts(value.member("lengths"))
        else { return nil }
        self.names = names.compactMap(\.string)
        self.types = types.compactMap(\.string)
        columns = data.map { column in
            switch column {
            case .binary(let bytes): Array(bytes)
            case .string(let text): Base64.bytes(of: text) ?? []
            default: []
            }
        }
        self.length = Int(length)
        self.starts = starts
        self.lengths = lengths
    }

    private static func counts(_ value: DocumentValue?) -> [String: Int]? {
        guard case .object(let members) = value else { return nil }
        var counts: [String: Int] = [:]
        for member in members {
            guard case .integer(let count) = member.value else { return nil }
            counts[member.key] = Int(count)
        }
        return counts
    }

    /// The bytes of each bucket's rows, column by column.
    var byBucket: DocumentValue {
        var buckets: [DocumentValue.Member] = []
        for key in starts.keys.sorted() {
            let (start, count) = (starts[key] ?? 0, lengths[key] ?? 0)
            let rows = columns.map { column -> DocumentValue in
                let size = length == 0 ? 0 : column.count / length
                return .binary(ArraySlice(Array(column[start * size..<(start + count) * size])))
            }
            buckets.append(DocumentValue.Member(key: key, value: .array(rows)))
        }
        return .array([
            .array(names.map { .string($0) }), .array(types.map { .string($0) }), .integer(Int64(length)),
            .object(buckets),
        ])
    }

    // MARK: Changes

    mutating func dropRows(_ count: Int) {
        for index in columns.indices { columns[index].removeFirst(columns[index].count / length * count) }
        length -= count
        for key in lengths.keys { lengths[key]? -= count }
    }

    mutating func dropColumn(_ index: Int) {
        names.remove(at: index)
        types.remove(at: index)
        columns.remove(at: index)
    }

    mutating func order(_ order: [String]) {
        let places = order.compactMap { names.firstIndex(of: $0) }
        names = places.map { names[$0] }
        types = places.map { types[$0] }
        columns = places.map { columns[$0] }
    }

    mutating func rename(_ key: String) {
        starts = [key: 0]
        lengths = [key: length]
    }

    private var value: DocumentValue {
        func map(_ counts: [String: Int]) -> DocumentValue {
            .object(counts.map { DocumentValue.Member(key: $0.key, value: .integer(Int64($0.value))) })
        }
        return .object([
            .init(key: "names", value: .array(names.map { .string($0) })),
            .init(key: "types", value: .array(types.map { .string($0) })),
            .init(key: "data", value: .array(columns.map { .binary(ArraySlice($0)) })),
            .init(key: "length", value: .integer(Int64(length))), .init(key: "startindex", value: map(starts)),
            .init(key: "lengths", value: map(lengths)),
        ])
    }

    /// A value with the datasets in it changed.
    static func changing(_ value: DocumentValue, _ change: (inout CapturedDataset) -> Void) throws -> DocumentValue {
        if var dataset = CapturedDataset(value) {
            change(&dataset)
            return dataset.value
        }
        switch value {
        case .object(let members):
            return .object(try members.map { .init(key: $0.key, value: try changing($0.value, change)) })
        case .array(let values): return .array(try values.map { try changing($0, change) })
        case .null, .boolean, .integer, .number, .string, .binary, .timestamp: return value
        }
    }
}

extension Dataset {
    /// The answer of a query of one request in UTC.
    fileprivate func answer(version: String) -> DocumentValue {
        func texts(_ values: [String]) -> DocumentValue { .array(values.map { .string($0) }) }
        func counts(_ count: (Span) -> Int) -> DocumentValue {
            .object(spans.map { .init(key: $0.key, value: .integer(Int64(count($0)))) })
        }
        let result = DocumentValue.object([
            .init(key: "types", value: texts(types)), .init(key: "names", value: texts(names)),
            .init(key: "data", value: .array(columns.map { .binary(ArraySlice($0.bytes)) })),
            .init(key: "length", value: .integer(Int64(rowCount))), .init(key: "startindex", value: counts(\.start)),
            .init(key: "lengths", value: counts(\.count)),
        ])
        let responses = DocumentValue.array([.object([.init(key: "result", value: result)])])
        let answer = DocumentValue.object([
            .init(key: "responses", value: responses), .init(key: "version", value: .string(version)),
            .init(key: "timezone", value: .string("UTC")),
        ])
        return .object([
            .init(key: "jsonrpc", value: .string("2.0")), .init(key: "result", value: answer),
            .init(key: "id", value: .string("1")),
        ])
    }
}
