/// The names of a disk: directories, and what lies in each. Paths are absolute and have no trailing slash.
struct NameTree: Sendable {
    enum Node: Sendable, Hashable {
        case file(Int)
        case directory
    }

    private(set) var directories: [String: [String: Node]] = ["/": [:]]

    func node(_ path: String) -> Node? {
        if path == "/" { return .directory }
        let (parent, name) = Self.split(path)
        return directories[parent]?[name]
    }

    func hasDirectory(_ path: String) -> Bool { directories[path] != nil }

    mutating func set(_ path: String, _ node: Node?) {
        let (parent, name) = Self.split(path)
        guard directories[parent] != nil else { return }
        directories[parent]?[name] = node
        switch node {
        case .directory where directories[path] == nil: directories[path] = [:]
        case nil: directories[path] = nil
        default: break
        }
    }

    /// Files by path.
    var files: [String: Int] {
        var result: [String: Int] = [:]
        for (directory, nodes) in directories {
            for case (let name, .file(let inode)) in nodes {
                result[directory == "/" ? "/" + name : directory + "/" + name] = inode
            }
        }
        return result
    }

    /// Parent and last name of a path.
    static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("/", path) }
        let name = String(path[path.utf8.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    /// An absolute path without doubled or trailing slashes.
    static func normal(_ path: String) -> String {
        if path.utf8.first == UInt8(ascii: "/"), path.utf8.last != UInt8(ascii: "/"), !path.contains("//") {
            return path
        }
        return "/" + path.split(separator: "/").joined(separator: "/")
    }
}

/// One step of a journal: a change to names that is durable once one of its directories is synced.
enum NameChange: Sendable {
    case addFile(String, inode: Int)
    case removeFile(String)
    case rename(from: String, to: String, inode: Int)
    case addDirectory(String)
    case removeDirectory(String)

    /// The directories whose entries it changes. What is in a new directory hangs on the directory itself.
    var directories: [String] {
        switch self {
        case .addFile(let path, _), .removeFile(let path): [NameTree.split(path).parent]
        case .rename(let source, let target, _): [NameTree.split(source).parent, NameTree.split(target).parent]
        case .addDirectory(let path), .removeDirectory(let path): [NameTree.split(path).parent, path]
        }
    }

    func apply(to tree: inout NameTree) {
        switch self {
        case .addFile(let path, let inode): tree.set(path, .file(inode))
        case .removeFile(let path), .removeDirectory(let path): tree.set(path, nil)
        case .addDirectory(let path): tree.set(path, .directory)
        case .rename(let source, let target, let inode):
            if tree.node(source) == .file(inode) { tree.set(source, nil) }
            tree.set(target, .file(inode))
        }
    }
}
