internal import GRPCCore
internal import MarketStore

/// `MultiWriteRequest`: each write, or why it is none. Columns are copied once, out of the message.
struct WriteCall: Sendable, Hashable {
    var writes: [Result<DataWrite, DataServiceError>] = []

    init() {}

    /// Reads a message. What is no protobuf at all is a fault; what is, but makes no dataset, is an error of that write alone.
    init(_ bytes: UnsafeRawBufferPointer) throws(ProtobufFault) {
        var reader = ProtobufReader(bytes)
        while let (number, wire) = try reader.field() {
            if number == 1, wire == .bytes {
                var request = Request()
                try request.read(ProtobufReader(try reader.slice()))
                writes.append(request.write)
            } else {
                try reader.skip(wire)
            }
        }
    }

    /// `WriteRequest`, and what is inside it.
    private struct Request {
        var types: [String] = []
        var names: [String] = []
        var data: [[UInt8]] = []
        var length: Int32 = 0
        var starts: [String: Int32] = [:]
        var counts: [String: Int32] = [:]
        var isVariable = false

        mutating func read(_ fields: ProtobufReader) throws(ProtobufFault) {
            var reader = fields
            while let (number, wire) = try reader.field() {
                switch (number, wire) {
                case (1, .bytes): try readDataset(ProtobufReader(try reader.slice()))
                case (2, .varint): isVariable = try reader.varint() != 0
                default: try reader.skip(wire)
                }
            }
        }

        private mutating func readDataset(_ fields: ProtobufReader) throws(ProtobufFault) {
            var reader = fields
            while let (number, wire) = try reader.field() {
                switch (number, wire) {
                case (1, .bytes): try readColumns(ProtobufReader(try reader.slice()))
                case (2, .bytes): try Self.readEntry(ProtobufReader(try reader.slice()), into: &starts)
                case (3, .bytes): try Self.readEntry(ProtobufReader(try reader.slice()), into: &counts)
                default: try reader.skip(wire)
                }
            }
        }

        private mutating func readColumns(_ fields: ProtobufReader) throws(ProtobufFault) {
            var reader = fields
            while let (number, wire) = try reader.field() {
                switch (number, wire) {
                case (1, .bytes): types.append(try reader.text())
                case (2, .bytes): names.append(try reader.text())
                case (3, .bytes): data.append(Array(try reader.slice()))
                case (4, .varint): length = try reader.int32()
                default: try reader.skip(wire)
                }
            }
        }

        private static func readEntry(
            _ fields: ProtobufReader,
            into map: inout [String: Int32]
        ) throws(ProtobufFault) {
            var reader = fields
            var (key, value) = ("", Int32(0))
            while let (number, wire) = try reader.field() {
                switch (number, wire) {
                case (1, .bytes): key = try reader.text()
                case (2, .varint): value = try reader.int32()
                default: try reader.skip(wire)
                }
            }
            map[key] = value
        }

        /// The write that it asks for.
        var write: Result<DataWrite, DataServiceError> {
            guard types.count == names.count, names.count == data.count else {
                return .failure(
                    DataServiceError(
                        "a dataset has \(types.count) column_types, \(names.count) column_names and \(data.count) "
                            + "column_data; they must be as many"
                    )
                )
            }
            for key in counts.keys.sorted() where starts[key] == nil {
                return .failure(DataServiceError("start_index has no entry for \"\(key)\", which lengths has"))
            }
            for key in starts.keys.sorted() where counts[key] == nil {
                return .failure(DataServiceError("lengths has no entry for \"\(key)\", which start_index has"))
            }
            var dataset = Dataset()
            for (place, name) in names.enumerated() {
                dataset.columns.append(Dataset.Column(name: name, type: types[place], bytes: data[place]))
            }
            dataset.rowCount = Int(length)
            dataset.spans = counts.map { key, count in
                Dataset.Span(key: key, start: Int(starts[key] ?? 0), count: Int(count))
            }
            dataset.spans.sort { ($0.start, $0.key) < ($1.start, $1.key) }
            return .success(DataWrite(dataset: dataset, isVariable: isVariable))
        }
    }
}

/// Reads a ``WriteCall`` from the transport's memory.
struct WriteCallDeserializer: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> WriteCall {
        try bytes.withUnsafeBytes { bytes in
            do throws(ProtobufFault) {
                return try WriteCall(bytes)
            } catch {
                throw RPCError(code: .invalidArgument, message: "the request is no MultiWriteRequest: \(error)")
            }
        }
    }
}
