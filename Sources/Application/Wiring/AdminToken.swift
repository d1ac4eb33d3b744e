import Foundation

/// The secret that administration needs: made at the first start of a data directory, kept beside the store.
enum AdminToken {
    /// 32 random bytes: beyond guessing.
    private static let byteCount = 32

    /// The token of a data directory, and whether it was made just now.
    static func load(directory: String) throws(ConfigurationError) -> (token: String, isNew: Bool) {
        let path = path(directory)
        if let token = stored(directory: directory) {
            guard token.count >= byteCount else {
                throw ConfigurationError("\(path): not a token; remove the file to have a new one made")
            }
            return (token, false)
        }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let token = digits.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: Data((token + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isWritten else { throw ConfigurationError("\(path): cannot be written") }
        return (token, true)
    }

    /// The token that lies in a data directory; nil if none can be read there.
    static func stored(directory: String) -> String? {
        FileManager.default.contents(atPath: path(directory)).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private static func path(_ directory: String) -> String { "\(directory)/admin-token" }
}
