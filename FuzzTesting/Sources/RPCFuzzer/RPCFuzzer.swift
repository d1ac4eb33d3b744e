import CLibFuzzer
import Glibc

/// Knows one bucket; takes whatever it is told.
private struct FuzzService: DataService, BucketDirectory {
    private let only = Bucket(
        key: BucketKey(symbol: "A", timeframe: "1Min", attribute: "X"),
        columns: [Bucket.Column(name: "V", type: .float32)],
        isVariable: false,
        table: "1Min/X"
    )

    var directory: any BucketDirectory { self }
    var version: String { "v" }
    var timezone: String { "UTC" }
    var all: [Bucket] { [only] }

    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] {
        guard queries.allSatisfy({ $0.destination.isEmpty }) else { throw DataServiceError("no such bucket") }
        return queries.map { _ in
            Dataset(
                columns: [Dataset.Column(name: "Epoch", type: "i8", bytes: [UInt8](repeating: 1, count: 8_000))],
                rowCount: 1_000,
                spans: [Dataset.Span(key: "A/1Min/X", start: 0, count: 1_000)]
            )
        }
    }

    func write(_ writes: [DataWrite]) -> [DataServiceError?] {
        writes.map { $0.dataset.spans.isEmpty ? DataServiceError("no rows") : nil }
    }

    func create(_ creations: [BucketCreation]) -> [DataServiceError?] { creations.map { DataServiceError($0.key) } }
    func destroy(_ keys: [String]) -> [DataServiceError?] { keys.map { DataServiceError($0) } }
    func list(_ format: ListFormat) -> [String] { ["A\u{1}\"\\", "é😀"] }

    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] {
        keys.map { key in
            key.isEmpty
                ? .failure(DataServiceError("empty"))
                : .success(BucketInfo(latestYear: 2024, timeframe: 60_000_000_000, bucket: only))
        }
    }

    func bucket(_ key: BucketKey) -> Bucket? { key == only.key ? only : nil }
    func buckets(timeframe: String, attribute: String) -> [Bucket] { [only] }
}

/// Any bytes as the body of a call, in either codec: the first byte chooses. It must not trap, and what is answered must be
/// a document of the same codec.
@main
enum RPCFuzzer {
    private static let server = RPCServer(FuzzService())

    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                RPCFuzzer.check(Array(UnsafeBufferPointer(start: start, count: count)))
                return 0
            }
        )
    }

    private static func check(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let codec: RPCCodec = first == UInt8(ascii: "j") ? .json : .messagePack
        let body = server.reply(to: Array(bytes.dropFirst()), codec).body.flatMap { $0 }
        guard !body.isEmpty else { return }
        precondition((try? codec.value(of: body)) != nil, "an answer is no document")
    }
}
