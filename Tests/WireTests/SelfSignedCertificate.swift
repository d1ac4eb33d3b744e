import Foundation

/// A certificate for 127.0.0.1 that nobody trusts, made by the `openssl` command; its files go when it does.
final class SelfSignedCertificate {
    let certificate: String
    let key: String
    private let directory: URL

    struct Failure: Error { let status: Int32 }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("tickgate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        certificate = directory.appendingPathComponent("cert.pem").path
        key = directory.appendingPathComponent("key.pem").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out",
            certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }
}
