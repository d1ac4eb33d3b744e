import Foundation
import Testing

/// The arrows between the rooms, as docs/architecture.md draws them.
private let allowedImports: [String: Set<String>] = [
    "Documents": [],
    "Columnar": [],
    "Market": [],
    "CKernels": [],
    "CZlib": [],
    "CLZ4": [],
    "Store": ["Columnar", "CKernels", "CLZ4"],
    "QueryLang": ["Columnar"],
    "Engine": ["Columnar", "Market", "QueryLang", "CKernels"],
    "Wire": ["CZlib"],
    "Ingest": ["Market", "Columnar", "Wire", "CZlib"],
    "Simulator": ["Market", "Wire"],
    "MarketStore": ["Documents", "Columnar", "QueryLang", "Engine"],
    "Gateway": ["Documents", "Wire", "Engine", "QueryLang", "Columnar", "Market", "MarketStore"],
    "MarketStoreGRPC": ["MarketStore"],
]

/// Rooms that may know SwiftNIO.
private let networked: Set<String> = ["Wire", "Ingest", "Simulator", "Gateway", "Application", "MarketStoreGRPC"]

private let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources").standardized

private func swiftFiles(in room: String) throws -> [URL] {
    let folder = sources.appendingPathComponent(room)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return paths.filter { $0.hasSuffix(".swift") }.map { folder.appendingPathComponent($0) }
}

private func imports(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ").filter { $0 != "public" && $0 != "internal" && $0 != "private" }
        guard words.count >= 2, words[0] == "import" || (words[0].hasPrefix("@") && words[1] == "import") else {
            return nil
        }
        let name = words[0] == "import" ? words[1] : words[2]
        return name.split(separator: ".").first.map(String.init)
    }
}

@Suite("The rooms of the house")
struct ImportTests {
    @Test("import only what the arrows allow", arguments: allowedImports.keys.sorted())
    func arrowsRunOneWay(room: String) throws {
        let rooms = Set(allowedImports.keys).union(["Application", "tickgate"])
        let allowed = allowedImports[room] ?? []
        for file in try swiftFiles(in: room) {
            for name in try imports(of: file) where rooms.contains(name) {
                #expect(allowed.contains(name), "\(room)/\(file.lastPathComponent) imports \(name)")
            }
        }
    }

    @Test("know SwiftNIO only where sockets are", arguments: allowedImports.keys.sorted())
    func socketsStayAtTheEdge(room: String) throws {
        guard !networked.contains(room) else { return }
        for file in try swiftFiles(in: room) {
            for name in try imports(of: file) {
                #expect(!name.hasPrefix("NIO"), "\(room)/\(file.lastPathComponent) imports \(name)")
            }
        }
    }

    @Test("know gRPC only where it is served, so that nobody else builds it")
    func grpcIsOptional() throws {
        for room in allowedImports.keys.sorted() + ["Application", "tickgate"] where room != "MarketStoreGRPC" {
            for file in try swiftFiles(in: room) {
                for name in try imports(of: file) {
                    #expect(
                        !name.hasPrefix("GRPC") && name != "SwiftProtobuf" && name != "MarketStoreGRPC",
                        "\(room)/\(file.lastPathComponent) imports \(name)"
                    )
                }
            }
        }
    }

    @Test("and the leaf and the language need no Foundation", arguments: ["Columnar", "Market", "QueryLang"])
    func leavesAreLean(room: String) throws {
        for file in try swiftFiles(in: room) {
            for name in try imports(of: file) {
                #expect(!name.hasPrefix("Foundation"), "\(room)/\(file.lastPathComponent) imports \(name)")
            }
        }
    }
}
