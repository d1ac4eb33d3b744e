internal import Columnar
internal import Engine
internal import NIOCore
internal import Wire

/// `GET /v1/features/definitions`: what there is to know of each version of each feature view.
enum FeatureDefinitionRoute {
    /// Answers when the definitions were read, which is done on a thread that may wait for the disk.
    static func send(_ views: FeatureViewRegistry?, _ answer: Answer, _ threads: MaintenanceThreads) {
        guard let views else {
            var json = JSONBuffer()
            write([], to: &json)
            return answer.send(json)
        }
        let loop = answer.writer.eventLoop
        threads.look { () throws(TableError) in
            try views.views()
        } completion: { result in
            loop.execute {
                guard answer.writer.isOpen else { return }
                switch result {
                case .success(let views):
                    var json = JSONBuffer(capacity: 16_384)
                    write(views, to: &json)
                    answer.send(json)
                case .failure(let error): answer.send(Problem(error))
                }
            }
        }
    }

    private static func write(_ views: [FeatureViewInfo], to json: inout JSONBuffer) {
        json.beginObject()
        json.key("views")
        json.beginArray()
        for view in views { write(view, to: &json) }
        json.endArray()
        json.endObject()
        json.newline()
    }

    private static func write(_ view: FeatureViewInfo, to json: inout JSONBuffer) {
        func text(_ name: String, _ value: String?) {
            json.key(text: name)
            if let value { json.value(value) } else { json.null() }
        }
        json.beginObject()
        json.member("view", view.id)
        json.member("name", view.name)
        json.member("version", view.version)
        json.member("hash", view.hash)
        text("query", view.query)
        json.member("tier", view.tier)
        json.member("store", view.storage)
        json.key("ttl_ns")
        if let timeToLive = view.timeToLive { json.value(timeToLive) } else { json.null() }
        json.member("latency_ns", view.latency)
        text("owner", view.owner)
        text("description", view.summary)
        json.key("inputs")
        json.beginArray()
        for input in view.inputs { json.value(input) }
        json.endArray()
        json.key("features")
        json.beginArray()
        for field in view.fields {
            json.beginObject()
            json.member("name", field.name)
            json.member("type", field.type.name)
            text("unit", field.unit)
            json.endObject()
        }
        json.endArray()
        json.member("built_in", view.isBuiltIn)
        json.member("live", view.isLive)
        text("problem", view.problem)
        json.endObject()
    }
}
