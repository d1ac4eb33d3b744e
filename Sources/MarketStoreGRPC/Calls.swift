internal import MarketStore

/// From the messages of the service to calls of ``DataService`` and back. Calls block.
struct Calls: Sendable {
    let service: any DataService

    // MARK: - Query

    func query(_ request: Proto_MultiQueryRequest) throws(DataServiceError) -> QueryAnswer {
        let datasets = try service.query(request.requests.map(Self.query))
        for dataset in datasets {
            // The message counts rows in 32 bits.
            guard dataset.rowCount <= Int(Int32.max) else {
                throw DataServiceError(
                    "the answer has \(dataset.rowCount) rows, more than gRPC clients can take; ask for less"
                )
            }
        }
        return QueryAnswer(datasets: datasets, version: service.version, timezone: service.timezone)
    }

    /// Protobuf has no absent numbers: a bound of zero is none.
    static func query(_ request: Proto_QueryRequest) -> DataQuery {
        var query = DataQuery()
        if request.isSqlStatement {
            query.sql = request.sqlStatement
            return query
        }
        query.destination = request.destination
        query.keyCategory = request.keyCategory.isEmpty ? nil : request.keyCategory
        if request.epochStart != 0 || request.epochStartNanos != 0 {
            query.epochStart = request.epochStart
            query.epochStartNanos = request.epochStartNanos
        }
        if request.epochEnd != 0 {
            query.epochEnd = request.epochEnd
            query.epochEndNanos = request.epochEndNanos
        }
        query.limit = request.limitRecordCount == 0 ? nil : Int64(request.limitRecordCount)
        query.isLimitFromStart = request.limitFromStart
        query.columns = request.columns.isEmpty ? nil : request.columns
        query.functions = request.functions
        return query
    }

    // MARK: - Writes

    func create(_ request: Proto_MultiCreateRequest) -> Proto_MultiServerResponse {
        var creations: [BucketCreation] = []
        var errors: [DataServiceError?] = []
        var places: [Int] = []
        for (place, request) in request.requests.enumerated() {
            let isVariable: Bool
            switch request.rowType {
            case "fixed": isVariable = false
            case "variable": isVariable = true
            default:
                errors.append(
                    DataServiceError("record type \(Self.quoted(request.rowType)) must be one of fixed or variable")
                )
                continue
            }
            errors.append(nil)
            places.append(place)
            creations.append(
                BucketCreation(
                    key: request.key,
                    names: request.dataShapes.map(\.name),
                    types: request.dataShapes.map(\.type),
                    isVariable: isVariable
                )
            )
        }
        for (place, error) in zip(places, service.create(creations)) { errors[place] = error }
        return responses(errors)
    }

    /// Only what failed has a response: nothing means that all was written.
    func write(_ call: WriteCall) -> Proto_MultiServerResponse {
        let kept = service.write(call.writes.compactMap { try? $0.get() })
        var results = kept.makeIterator()
        var errors: [DataServiceError?] = []
        for write in call.writes {
            switch write {
            case .success: errors.append(results.next() ?? nil)
            case .failure(let error): errors.append(error)
            }
        }
        let failures = errors.enumerated().compactMap { $1?.named(as: $0, of: errors.count) }
        return responses(failures)
    }

    func destroy(_ request: Proto_MultiKeyRequest) -> Proto_MultiServerResponse {
        responses(service.destroy(request.requests.map(\.key)))
    }

    private func responses(_ errors: [DataServiceError?]) -> Proto_MultiServerResponse {
        var response = Proto_MultiServerResponse()
        response.responses = errors.map { error in
            var one = Proto_ServerResponse()
            one.error = error?.message ?? ""
            one.version = service.version
            return one
        }
        return response
    }

    // MARK: - The rest

    func list(_ request: Proto_ListSymbolsRequest) -> Proto_ListSymbolsResponse {
        var response = Proto_ListSymbolsResponse()
        response.results = service.list(request.format == .timeBucketKey ? .bucketKey : .symbol)
        return response
    }

    func version() -> Proto_ServerVersionResponse {
        var response = Proto_ServerVersionResponse()
        response.version = service.version
        return response
    }

    /// A text in quotes, as Go prints it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20: quoted += "\u{FFFD}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
