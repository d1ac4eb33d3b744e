internal import GRPCCore
internal import GRPCProtobuf
internal import MarketStore

/// The six methods of `proto.Marketstore`.
///
/// Rows go by codecs of their own, which copy a column once; the small messages by those that are generated.
struct MarketStoreRPC: RegistrableRPCService {
    let calls: Calls
    let workers: CallWorkers
    /// Bytes of a request or an answer.
    let messageBytesMax: Int

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.Query.descriptor,
            deserializer: ProtobufDeserializer<Proto_MultiQueryRequest>(),
            serializer: QueryAnswerSerializer(),
            handler: unary { request in
                let answer = try await run { calls throws(DataServiceError) in try calls.query(request) }
                let count = answer.byteCount
                guard count <= messageBytesMax else {
                    throw RPCError(
                        code: .resourceExhausted,
                        message: "the answer has \(count) bytes; the limit is \(messageBytesMax) "
                            + "(marketstore.grpc_message_bytes); ask for fewer rows"
                    )
                }
                return answer
            }
        )
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.Create.descriptor,
            deserializer: ProtobufDeserializer<Proto_MultiCreateRequest>(),
            serializer: ProtobufSerializer<Proto_MultiServerResponse>(),
            handler: unary { request in try await run { $0.create(request) } }
        )
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.Write.descriptor,
            deserializer: WriteCallDeserializer(),
            serializer: ProtobufSerializer<Proto_MultiServerResponse>(),
            handler: unary { request in try await run { $0.write(request) } }
        )
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.Destroy.descriptor,
            deserializer: ProtobufDeserializer<Proto_MultiKeyRequest>(),
            serializer: ProtobufSerializer<Proto_MultiServerResponse>(),
            handler: unary { request in try await run { $0.destroy(request) } }
        )
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.ListSymbols.descriptor,
            deserializer: ProtobufDeserializer<Proto_ListSymbolsRequest>(),
            serializer: ProtobufSerializer<Proto_ListSymbolsResponse>(),
            handler: unary { request in try await run { $0.list(request) } }
        )
        router.registerHandler(
            forMethod: Proto_Marketstore.Method.ServerVersion.descriptor,
            deserializer: ProtobufDeserializer<Proto_ServerVersionRequest>(),
            serializer: ProtobufSerializer<Proto_ServerVersionResponse>(),
            handler: unary { _ in calls.version() }
        )
    }

    private func run<Answer: Sendable>(
        _ body: @escaping @Sendable (Calls) throws(DataServiceError) -> Answer
    ) async throws -> Answer {
        try await workers.run { [calls] () throws(DataServiceError) in try body(calls) }
    }

    private func unary<Input: Sendable, Output: Sendable>(
        _ body: @escaping @Sendable (Input) async throws -> Output
    ) -> @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output> {
        { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: try await body(request.message)))
        }
    }
}
