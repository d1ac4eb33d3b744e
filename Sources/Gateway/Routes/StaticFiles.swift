internal import Foundation
internal import NIOCore
internal import Wire

/// The files of a directory, read once at the start: a request is a look-up by name, and cannot reach anything else.
struct StaticFiles: Sendable {
    private struct File: Sendable {
        let bytes: ByteBuffer
        let type: String
        let tag: String
    }

    /// A console is a few hundred kilobytes; a directory given by mistake should not fill the memory.
    private static let bytesMax = 32 << 20
    private static let filesMax = 1_000

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "json": "application/json",
        "txt": "text/plain; charset=utf-8", "yaml": "application/yaml", "woff2": "font/woff2",
        "webmanifest": "application/manifest+json",
    ]

    /// What pages may do: load from here and talk to here, and nothing inline.
    static let pageFields: HTTPFields = [
        "Content-Security-Policy":
            "default-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    ]

    private var files: [String: File] = [:]

    /// Reads a directory, and the descriptions beside it.
    init(directory: String?, openAPIFile: String?, asyncAPIFile: String? = nil) throws(GatewayError) {
        if let directory { try load(directory) }
        if let openAPIFile { try add("/openapi.yaml", openAPIFile) }
        if let asyncAPIFile { try add("/asyncapi.yaml", asyncAPIFile) }
        if let index = files["/index.html"] { files["/"] = index }
    }

    private mutating func load(_ directory: String) throws(GatewayError) {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: directory) else {
            throw GatewayError(.unreadableFile, "the directory \(directory) of the console cannot be read")
        }
        var total = 0
        for name in names.sorted() {
            let path = directory + "/" + name
            // Hidden files are no part of a site, and a link may lead out of it.
            guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
                let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                attributes[.type] as? FileAttributeType == .typeRegular
            else { continue }
            total += (attributes[.size] as? Int) ?? 0
            guard total <= Self.bytesMax, files.count < Self.filesMax else {
                throw GatewayError(
                    .unreadableFile,
                    "\(directory) is larger than a console may be; is it the right one?"
                )
            }
            try add("/" + name, path)
        }
    }

    private mutating func add(_ name: String, _ path: String) throws(GatewayError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw GatewayError(.unreadableFile, "the file \(path) cannot be read")
        }
        let suffix = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        files[name] = File(
            bytes: ByteBuffer(bytes: data),
            type: Self.types[suffix] ?? "application/octet-stream",
            tag: "\"\(String(hash, radix: 16))-\(data.count)\""
        )
    }

    /// The response for a path; nil if there is no such file.
    func response(to request: HTTPRequest) -> HTTPResponse? {
        guard let file = files[request.path] else { return nil }
        var fields: HTTPFields = ["Content-Type": file.type, "ETag": file.tag, "Cache-Control": "no-cache"]
        for (name, value) in Self.pageFields.all { fields[name] = value }
        let known = request.fields.values(of: "If-None-Match").joined(separator: ",").split(separator: ",")
            .map { $0.drop { $0 == " " } }
        if known.contains(where: { $0 == file.tag || $0 == "*" }) {
            return HTTPResponse(status: .notModified, fields: fields)
        }
        return HTTPResponse(status: .ok, fields: fields, body: file.bytes)
    }
}
