import Foundation
import Testing

@testable import Application
@testable import MarketStore

@Suite("What an import refuses, or cannot take over")
struct ImportRefusalTests {
    private static func target(_ data: String?) -> BucketTarget {
        var target = BucketTarget()
        target.data = data
        return target
    }

    @Test("is a store among MarketStore's files, by whatever name")
    func apart() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        let link = files.root + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: files.root)
        defer { try? FileManager.default.removeItem(atPath: link) }
        let parent = URL(fileURLWithPath: files.root).deletingLastPathComponent().path
        for data in [files.root, files.root + "/", link, "\(link)/new/store", "\(files.root)/x/../y", parent] {
            let target = Self.target(data)
            let error = #expect(throws: ConfigurationError.self, "\(data)") { try target.checkApart(from: files.root) }
            #expect(error?.message.contains("is not apart from \(files.root)") == true)
        }
        for data in [files.root + "2", "\(files.root)/../other", "./tickgate-data"] {
            try Self.target(data).checkApart(from: files.root)
        }
        try Self.target(nil).checkApart(from: files.root)
    }

    @Test("is a choice of buckets that leaves none")
    func nothing() throws {
        let files = try MarketStoreFiles()
        defer { files.remove() }
        try files.bucket("GR/1Min/X")
        let header = MarketStoreFiles.header(2024, 60_000_000_000, [MarketStoreFiles.float], isVariable: false)
        try Data(header).write(to: URL(fileURLWithPath: files.path("GR/1Min/X", 2024)))
        for (pattern, problems) in [("*/5Min/X", 1), ("GR", 0)] {
            let told = Told()
            var options = MarketStoreImport.Options()
            let patterns = try KeyPatterns([pattern])
            options.isWanted = { patterns.matches($0) }
            var run = MarketStoreImport(try MarketStoreTree(root: files.root), options: options, report: told.report)
            // The file is a header alone, which is a problem of its own where it is read.
            let found = try run.run(into: nil).problems
            #expect(found == 1)
            #expect(told.text.contains("nothing that is there was asked for") == (problems == 1))
            if problems == 1 { #expect(told.text.contains("1 files of years, such as GR/1Min/X/2024.bin")) }
        }
    }

    @Test(
        "is a key, with what is wrong in it",
        arguments: [
            ("A", "SYMBOL/TIMEFRAME/ATTRIBUTE"), ("A/1d/X", "did you mean 1D?"), ("A/foo/X", "such as 5Min"),
        ]
    )
    func keys(key: String, words: String) {
        let error = #expect(throws: CommandError.Failure.self) {
            try CSVImport(key: key, options: CSVImport.Options(), report: Told().report)
        }
        #expect(error?.description.contains(words) == true)
    }

    @Test("is told in the configuration that is made")
    func configuration() throws {
        func made(_ text: String) throws -> String {
            ConfigurationImport(try MktsConfiguration(yaml: text, path: "mkts.yml")).yaml
        }
        for root in ["data", "./data", "data/", "data/mktsdb"] {
            let yaml = try made("root_directory: \(root)\n")
            #expect(yaml.contains("\ndata: ./tickgate-data\n") && yaml.contains("--data ./tickgate-data\n"), "\(root)")
        }
        #expect(try made("root_directory: /var/data\n").contains("\ndata: ./data\n"))
        let wrong = try made("listen_port: abc\ngrpc_listen_port: 70000\ntimezone: Mars/X\ngrpc_max_send_msg_size: x\n")
        #expect(!wrong.contains("\nmarketstore:"))
        for words in ["'abc' is no port", "'70000' is no port", "no time zone 'Mars/X'", "'x' is no size"] {
            #expect(wrong.contains(words), "\(words)")
        }
        let sizes = try made("grpc_max_send_msg_size: 64\ngrpc_max_recv_msg_size: 256\n")
        #expect(sizes.contains("  grpc_message_bytes: 268435456\n"))
        var settings = ResolvedSettings()
        try settings.read(yaml: sizes, path: "made")
    }
}
