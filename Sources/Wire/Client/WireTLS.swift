public import NIOSSL

/// TLS contexts: clients verify the peer, always.
public enum WireTLS {
    /// A context for clients, which trusts the system's roots, or only the certificates of a file.
    ///
    /// - Parameter caFile: a PEM file of certificates to trust instead of the system's; nil for the system's.
    public static func client(caFile: String? = nil) throws(WireError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        if let caFile { configuration.trustRoots = .file(caFile) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw WireError(.tls, "cannot set up TLS\(caFile.map { " with the CA file \($0)" } ?? ""): \(error)")
        }
    }

    /// A context for servers.
    ///
    /// - Parameters:
    ///   - certificateFile: a PEM file, the server's certificate first, then its chain.
    ///   - keyFile: a PEM file of the private key.
    public static func server(certificateFile: String, keyFile: String) throws(WireError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
            let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw WireError(.tls, "cannot serve TLS with \(certificateFile) and \(keyFile): \(error)")
        }
    }
}
