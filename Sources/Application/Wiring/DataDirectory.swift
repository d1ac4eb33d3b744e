import Columnar
import Foundation
import Glibc
import Store

/// A data directory as the commands find it: looked at before it is opened, so that a misspelt one is not made.
enum DataDirectory {
    /// Opens the store of a directory that exists. Nothing runs in the background: a command looks, copies and leaves.
    static func open(_ directory: String) throws -> Store {
        try check(directory)
        var options = StoreOptions()
        options.compacts = false
        do throws(TableError) {
            return try Store.open(directory: directory, options: options)
        } catch {
            guard error.code == .corrupt else { throw error }
            throw CommandError.Failure(
                "\(error.message)\nto see all damage: tickgate store verify --data \(directory)\n"
                    + "to go on without what is damaged: tickgate store repair --data \(directory)"
            )
        }
    }

    /// Throws if there is no store in a directory.
    static func check(_ directory: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandError.Failure("\(directory): no such directory")
        }
        guard FileManager.default.fileExists(atPath: "\(directory)/MANIFEST") || !walFiles(directory).isEmpty else {
            throw CommandError.Failure("\(directory): holds no store (neither MANIFEST nor wal-….log is in it)")
        }
    }

    /// Names of the WAL's files, in the order of their records.
    static func walFiles(_ directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix("wal-") && $0.hasSuffix(".log") }.sorted()
    }

    /// Bytes of a file; 0 if it is not there.
    static func byteCount(_ path: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Whether a path, which need not exist, is a directory or lies inside it.
    static func contains(_ path: String, in directory: String) -> Bool {
        let outer = resolved(directory)
        let inner = resolved(path)
        return inner == outer || inner.hasPrefix(outer == "/" ? outer : "\(outer)/")
    }

    /// The path without links and dots, as far as it exists.
    private static func resolved(_ path: String) -> String {
        var existing = URL(fileURLWithPath: path).standardizedFileURL
        var rest: [String] = []
        while existing.path != "/" {
            if let real = realpath(existing.path, nil) {
                defer { free(real) }
                return ([String(cString: real)] + rest).joined(separator: "/")
            }
            rest.insert(existing.lastPathComponent, at: 0)
            existing.deleteLastPathComponent()
        }
        return "/" + rest.joined(separator: "/")
    }
}
