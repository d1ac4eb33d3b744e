import Foundation
import Ingest
import Market
import NIOCore
import NIOPosix
import Simulator
import Testing

/// A loop that nothing runs on, for what needs one to be made.
enum EventLoopOfNobody {
    static let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct FeedTLSTests {
    static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// A self-signed certificate for 127.0.0.1.
    static func makeCertificate(_ folder: TemporaryFolder) throws -> (certificate: String, key: String) {
        let paths = (folder.file("certificate.pem"), folder.file("key.pem"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl ?? "")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=simulator", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", paths.1, "-out", paths.0,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return paths
    }

    @Test(.enabled(if: openssl != nil, "the openssl command is not there"))
    func aSelfSignedVenueIsRefusedAndThenAcceptedWithItsCertificate() async throws {
        let folder = TemporaryFolder()
        let files = try Self.makeCertificate(folder)
        var options = FeedBench.options(BinanceFeedTests.symbols)
        options.tls = (files.certificate, files.key)

        let refused = try await FeedBench(options: options)
        #expect(refused.simulator.webSocketURL.hasPrefix("wss://"))
        let statistics = refused.feed.statistics
        // The books stay as they were; what changes is the feed's own account of itself.
        while statistics.lastError == nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(statistics.lastError?.contains("TLS") == true, "\(statistics.lastError ?? "")")
        #expect(statistics.connects == 0)
        #expect(refused.probe.seen.events.allSatisfy { $0.kind == .state })
        try await refused.stop()

        let accepted = try await FeedBench(options: options) { $0.caFile = files.certificate }
        await accepted.untilLive()
        #expect(accepted.feed.statistics.connects == 1)
        try await accepted.stop()
    }

    @Test func aMissingCAFileIsSaidAtOnce() async throws {
        let error = await #expect(throws: IngestError.self) {
            _ = try await FeedBench {
                $0.webSocketURL = "wss://127.0.0.1:1"
                $0.caFile = "/nowhere/ca.pem"
            }
        }
        #expect(error?.code == .configuration && error?.detail?.contains("/nowhere/ca.pem") == true)
    }
}
