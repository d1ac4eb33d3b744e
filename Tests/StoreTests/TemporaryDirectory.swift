import Foundation
import Glibc

/// A directory that vanishes when the process ends.
struct TemporaryDirectory {
    let path: String

    private static let root: String = {
        let path = NSTemporaryDirectory() + "/store-tests-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { TemporaryDirectory.removeRoot() }
        return path
    }()

    private static func removeRoot() { try? FileManager.default.removeItem(atPath: root) }

    init() { path = Self.root + "/" + UUID().uuidString }

    func file(_ name: String) -> String { path + "/" + name }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    /// Names of WAL files, ascending.
    func walFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("wal-") }.sorted()
    }

    /// Paths of segments below the directory, ascending.
    func segments() -> [String] {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".seg") }.sorted()
    }

    /// All files as they are now, as after a kill: another directory with the same bytes, but for the lock.
    func copy() throws -> TemporaryDirectory {
        let other = TemporaryDirectory()
        try FileManager.default.copyItem(atPath: path, toPath: other.path)
        return other
    }
}

/// A small generator whose numbers are the same everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
