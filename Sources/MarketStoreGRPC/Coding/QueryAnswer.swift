internal import GRPCCore
internal import MarketStore

/// `MultiQueryResponse`, put together from datasets without a copy of their columns between: they are copied once, into the
/// message.
struct QueryAnswer: Sendable, ProtobufPart {
    var datasets: [Dataset]
    var version: String
    var timezone: String

    func put(into sink: inout some ProtobufSink) {
        for dataset in datasets { sink.message(1, Response(dataset: dataset)) }
        if !version.isEmpty { sink.text(2, version) }
        if !timezone.isEmpty { sink.text(3, timezone) }
    }

    /// `QueryResponse`
    private struct Response: ProtobufPart {
        let dataset: Dataset
        func put(into sink: inout some ProtobufSink) { sink.message(1, Result(dataset: dataset)) }
    }

    /// `NumpyMultiDataset`
    private struct Result: ProtobufPart {
        let dataset: Dataset

        func put(into sink: inout some ProtobufSink) {
            sink.message(1, Columns(dataset: dataset))
            for span in dataset.spans { sink.message(2, Entry(key: span.key, value: span.start)) }
            for span in dataset.spans { sink.message(3, Entry(key: span.key, value: span.count)) }
        }
    }

    /// `NumpyDataset`
    private struct Columns: ProtobufPart {
        let dataset: Dataset

        func put(into sink: inout some ProtobufSink) {
            for column in dataset.columns { sink.text(1, column.type) }
            for column in dataset.columns { sink.text(2, column.name) }
            for column in dataset.columns { sink.bytes(3, column.bytes) }
            if dataset.rowCount != 0 { sink.integer(4, dataset.rowCount) }
        }
    }

    /// An entry of a map; zeros are written, as MarketStore does.
    private struct Entry: ProtobufPart {
        let key: String
        let value: Int

        func put(into sink: inout some ProtobufSink) {
            sink.text(1, key)
            sink.integer(2, value)
        }
    }
}

/// Writes a ``QueryAnswer`` into the transport's own memory.
struct QueryAnswerSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ answer: QueryAnswer) throws -> Bytes {
        var bytes = Bytes(repeating: 0, count: answer.byteCount)
        bytes.withUnsafeMutableBytes { target in
            var filler = ProtobufFiller(target)
            answer.put(into: &filler)
        }
        return bytes
    }
}
