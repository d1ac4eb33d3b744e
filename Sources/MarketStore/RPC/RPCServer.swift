internal import Documents

/// Answers the bodies of `POST /rpc`: JSON-RPC 2.0 as MarketStore speaks it, over MessagePack or JSON.
///
/// It is sans-IO, bytes in and bytes out, and blocks while the service does.
public struct RPCServer: Sendable {
    private let service: any DataService

    /// Creates a server of a service.
    public init(_ service: any DataService) { self.service = service }

    /// What the header `Marketstore-Version` says.
    public var version: String { service.version }

    /// Why a call failed: a number of JSON-RPC, and what is told.
    private struct Failure: Error {
        /// What handlers of MarketStore fail with.
        static let server: Int64 = -32_000
        static let invalidRequest: Int64 = -32_600
        static let invalidParameters: Int64 = -32_602

        var code: Int64
        var message: String
        /// What is wrong, given back.
        var value = DocumentValue.null

        init(_ code: Int64, _ message: String, _ value: DocumentValue = .null) {
            self.code = code
            self.message = message
            self.value = value
        }

        init(_ invalid: RPCParameters.Invalid) { self.init(Self.invalidParameters, invalid.message) }
    }

    /// The answer to a body. One that is no request gets an empty one, as does a notification once it was done.
    public func reply(to body: [UInt8], _ codec: RPCCodec) -> RPCReply {
        guard let request = try? codec.value(of: body), case .object = request else {
            return RPCReply(contentType: nil, body: [], method: nil, isFailure: true)
        }
        let name = request.member("method")?.string ?? ""
        let method = RPCMethod(rawValue: name)
        var writer = RPCWriter(codec)
        writer.beginObject(3)
        writer.key(Name.version)
        writer.value("2.0")
        var hasPartFailed = false
        var failure: Failure?
        do throws(Failure) {
            guard request.member("jsonrpc")?.string == "2.0" else {
                throw Failure(Failure.invalidRequest, "jsonrpc must be 2.0", request)
            }
            guard let method else { throw Failure(Failure.server, "rpc: can't find method \"\(name)\"") }
            hasPartFailed = try call(method, try Self.parameters(request), &writer)
        } catch {
            failure = error
        }
        guard let id = request.member("id") else {
            return RPCReply(contentType: nil, body: [], method: method, isFailure: failure != nil || hasPartFailed)
        }
        if let failure { Self.write(failure, &writer) }
        writer.key(Name.id)
        writer.value(id)
        writer.endObject()
        return RPCReply(
            contentType: codec.contentType,
            body: writer.finish(),
            method: method,
            isFailure: failure != nil || hasPartFailed
        )
    }

    /// The map of parameters, which may be in a list of one.
    private static func parameters(_ request: DocumentValue) throws(Failure) -> DocumentValue {
        switch request.member("params") {
        case nil: return .object([])
        case .object(let members): return .object(members)
        case .array(let values):
            if values.isEmpty { return .object([]) }
            if values.count == 1, case .object = values[0] { return values[0] }
        case .null, .boolean, .integer, .number, .string, .binary, .timestamp: break
        }
        throw Failure(Failure.invalidParameters, "params must be a map, or a list of one map")
    }

    private static func write(_ failure: Failure, _ writer: inout RPCWriter) {
        writer.key(Name.error)
        writer.beginObject(3)
        writer.key(Name.code)
        writer.value(failure.code)
        writer.key(Name.message)
        writer.value(failure.message)
        writer.key(Name.errorValue)
        writer.value(failure.value)
        writer.endObject()
    }

    // MARK: Methods

    /// Calls a method and writes its result, once nothing can fail as a whole. Whether a part failed.
    private func call(
        _ method: RPCMethod,
        _ parameters: DocumentValue,
        _ writer: inout RPCWriter
    ) throws(Failure) -> Bool {
        switch method {
        case .query: return try query(parameters, &writer)
        case .write: return try write(parameters, &writer)
        case .create: return try create(parameters, &writer)
        case .destroy: return try destroy(parameters, &writer)
        case .listSymbols:
            let names = service.list(RPCParameters.listFormat(parameters))
            writer.key(Name.result)
            RPCResults.write(names: names, &writer)
            return false
        case .getInfo:
            let keys = try Self.map(try Self.requests(parameters), RPCParameters.key)
            let information = service.info(keys)
            writer.key(Name.result)
            return RPCResults.write(information, version: version, &writer)
        }
    }

    private func query(_ parameters: DocumentValue, _ writer: inout RPCWriter) throws(Failure) -> Bool {
        let queries = try Self.map(try Self.requests(parameters), RPCParameters.query)
        let answers: [Dataset]
        do throws(DataServiceError) {
            answers = try service.query(queries)
        } catch {
            throw Failure(Failure.server, error.message)
        }
        writer.key(Name.result)
        RPCResults.write(answers, version: version, timezone: service.timezone, &writer)
        return false
    }

    /// A write that is none is told of in its place; the others are done.
    private func write(_ parameters: DocumentValue, _ writer: inout RPCWriter) throws(Failure) -> Bool {
        var writes: [DataWrite] = []
        var errors: [DataServiceError?] = []
        for request in try Self.requests(parameters) {
            do throws(RPCParameters.Invalid) {
                writes.append(try RPCParameters.write(request, writer.codec))
                errors.append(nil)
            } catch {
                errors.append(DataServiceError(error.message))
            }
        }
        var results = service.write(writes).makeIterator()
        for index in errors.indices where errors[index] == nil { errors[index] = results.next() ?? nil }
        let failures = errors.enumerated().compactMap { $1?.named(as: $0, of: errors.count) }
        writer.key(Name.result)
        RPCResults.write(failures.isEmpty ? nil : failures, version: version, &writer)
        return !failures.isEmpty
    }

    private func create(_ parameters: DocumentValue, _ writer: inout RPCWriter) throws(Failure) -> Bool {
        let creations = try Self.map(try Self.requests(parameters), RPCParameters.creation)
        let errors = service.create(creations)
        writer.key(Name.result)
        RPCResults.write(errors, version: version, &writer)
        return errors.contains { $0 != nil }
    }

    private func destroy(_ parameters: DocumentValue, _ writer: inout RPCWriter) throws(Failure) -> Bool {
        let keys = try Self.map(try Self.requests(parameters), RPCParameters.key)
        let errors = service.destroy(keys)
        writer.key(Name.result)
        RPCResults.write(errors, version: version, &writer)
        return errors.contains { $0 != nil }
    }

    private static func requests(_ parameters: DocumentValue) throws(Failure) -> [DocumentValue] {
        do throws(RPCParameters.Invalid) {
            return try RPCParameters.requests(parameters)
        } catch {
            throw Failure(error)
        }
    }

    private static func map<Value>(
        _ requests: [DocumentValue],
        _ read: (DocumentValue) throws(RPCParameters.Invalid) -> Value
    ) throws(Failure) -> [Value] {
        var values: [Value] = []
        for (index, request) in requests.enumerated() {
            do throws(RPCParameters.Invalid) {
                values.append(try read(request))
            } catch {
                throw Failure(Failure.invalidParameters, "requests[\(index)]: \(error.message)")
            }
        }
        return values
    }

    private enum Name {
        static let version = RPCWriter.Name(both: "jsonrpc")
        static let result = RPCWriter.Name(both: "result")
        static let error = RPCWriter.Name(both: "error")
        static let id = RPCWriter.Name(both: "id")
        static let code = RPCWriter.Name(both: "code")
        static let message = RPCWriter.Name(both: "message")
        static let errorValue = RPCWriter.Name(both: "data")
    }
}
