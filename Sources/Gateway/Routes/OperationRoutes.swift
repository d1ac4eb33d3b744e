internal import Columnar
internal import NIOCore
internal import Wire

/// What the gateway tells about itself: tables, limits, health, metrics.
struct OperationRoutes {
    let configuration: GatewayConfiguration
    let dependencies: GatewayDependencies

    func send(_ route: RouteClass, _ head: HTTPRequest, _ answer: Answer) {
        switch route {
        case .tables: tables(answer)
        case .limits: answer.send(limits())
        case .health: health(head, answer)
        default: metrics(answer)
        }
    }

    private func tables(_ answer: Answer) {
        var json = JSONBuffer(capacity: 4_096)
        json.beginObject()
        json.key("tables")
        json.beginArray()
        for table in dependencies.tables() where !VirtualTables.isReserved(table.name) {
            json.beginObject()
            json.member("name", table.name)
            switch table.kind {
            case .event: json.member("kind", "event")
            case .regular(let timeframe):
                json.member("kind", "regular")
                json.member("timeframe_s", timeframe / CivilTime.second)
            }
            if table.hasDesignatedTimestamp { json.member("time", table.columns[table.timeColumn].name) }
            if let series = table.seriesColumn { json.member("series", table.columns[series].name) }
            json.key("columns")
            json.beginArray()
            for column in table.visibleColumns.map({ table.columns[$0] }) {
                json.beginObject()
                json.member("name", column.name)
                json.member("type", column.type.name)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        answer.send(json)
    }

    private func limits() -> JSONBuffer {
        let http = configuration.http
        let query = configuration.query
        let stream = dependencies.streams.context.limits
        let sections: [(StaticString, [(StaticString, Int)])] = [
            (
                "http",
                [
                    ("connections", http.connectionsMax), ("head_bytes", http.headBytesMax),
                    ("header_fields", http.headerFieldsMax),
                ]
            ),
            (
                "query",
                [
                    ("workers", query.workers), ("queued", query.queued),
                    ("queue_wait_ms", Int(query.queueWaitNanoseconds / 1_000_000)), ("readers", query.readers),
                    ("timeout_ms", Int(query.timeoutNanoseconds / 1_000_000)), ("memory_bytes", query.memoryBytesMax),
                    ("text_bytes", query.textBytesMax),
                ]
            ),
            (
                "stream",
                stream.all + [
                    ("heartbeat_s", StreamLimits.seconds(stream.heartbeatInterval)),
                    ("resume_events", stream.resumeEventsMax), ("resume_seconds", stream.resumeSeconds),
                ]
            ),
            ("replay", [("line_bytes", configuration.replayLineBytesMax)]),
            ("marketstore", [("body_bytes", configuration.marketStoreBodyBytesMax)]),
        ]
        var json = JSONBuffer()
        json.beginObject()
        for (name, limits) in sections {
            json.key(name)
            json.beginObject()
            for (limit, value) in limits { json.member(limit, value) }
            json.endObject()
        }
        json.endObject()
        return json
    }

    private func health(_ head: HTTPRequest, _ answer: Answer) {
        let reasons = head.path == "/health/live" ? [] : dependencies.readiness()
        var json = JSONBuffer()
        json.beginObject()
        json.member("status", head.path == "/health/live" ? "live" : reasons.isEmpty ? "ready" : "not ready")
        if !reasons.isEmpty {
            json.key("reasons")
            json.beginArray()
            for reason in reasons { json.value(reason) }
            json.endArray()
        }
        json.endObject()
        let status: HTTPStatus = reasons.isEmpty ? .ok : .serviceUnavailable
        let fields: HTTPFields = ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"]
        answer.send(HTTPResponse(status: status, fields: fields, body: ByteBuffer(bytes: json.bytes)))
    }

    private func metrics(_ answer: Answer) {
        answer.send(
            HTTPResponse(
                status: .ok,
                contentType: "text/plain; version=0.0.4; charset=utf-8",
                text: dependencies.metrics.text()
            )
        )
    }
}
