import NIOCore

/// Parsers of HTTP: the same events however the bytes are cut, and bounded buffers.
enum HTTPChecks {
    private static let headBytesMax = 2_048

    /// What was seen. Pieces of a body are one.
    private struct Seen: Equatable {
        var events: [String] = []
        var body: [UInt8] = []
        var violation: HTTPViolation?

        mutating func add(_ event: String) {
            events.append(event + "|\(body)")
            body.removeAll()
        }
    }

    static func requests(_ cuts: Cuts) {
        let (whole, cut) = (requests(cuts.whole), requests(cuts.pieces))
        precondition(whole == cut, "requests depend on cuts")
    }

    private static func requests(_ pieces: [ByteBuffer]) -> Seen {
        var parser = HTTPRequestParser(headBytesMax: headBytesMax, headerFieldsMax: 20)
        var (input, seen) = (ByteBuffer(), Seen())
        for piece in pieces {
            input.writeImmutableBuffer(piece)
            do throws(HTTPViolation) {
                while let part = try parser.next(&input) {
                    switch part {
                    case .head(let request, let framing):
                        precondition(request.fields.count <= 20 && request.path.hasPrefix("/"))
                        let hasLength = request.fields["content-length"] != nil
                        precondition(!hasLength || request.fields["transfer-encoding"] == nil)
                        seen.add("\(request.method.rawValue) \(request.target) \(request.fields.all) \(framing)")
                    case .body(let bytes):
                        precondition(bytes.readableBytes > 0)
                        seen.body += Array(bytes.readableBytesView)
                    case .end: seen.add("end")
                    }
                }
                precondition(input.readableBytes <= max(headBytesMax, HTTPBodyParser.trailerBytesMax), "unbounded input")
            } catch {
                seen.violation = error
                return seen
            }
        }
        return seen
    }

    static func response(_ cuts: Cuts) {
        let method: HTTPMethod = cuts.options & 1 == 0 ? .get : .head
        let (whole, cut) = (response(cuts.whole, method), response(cuts.pieces, method))
        precondition(whole == cut, "a response depends on cuts")
    }

    private static func response(_ pieces: [ByteBuffer], _ method: HTTPMethod) -> Seen {
        var parser = HTTPResponseParser(method: method)
        var (input, seen) = (ByteBuffer(), Seen())
        func take(_ part: HTTPResponseParser.Part) {
            switch part {
            case .head(let status, let fields): seen.add("\(status.code) \(fields.all)")
            case .body(let bytes): seen.body += Array(bytes.readableBytesView)
            case .end(let trailers): seen.add("end \(trailers.all)")
            }
        }
        do throws(HTTPViolation) {
            for piece in pieces {
                input.writeImmutableBuffer(piece)
                while let part = try parser.next(&input) { take(part) }
            }
            if let part = try parser.connectionEnded() { take(part) }
        } catch {
            seen.violation = error
        }
        return seen
    }
}
