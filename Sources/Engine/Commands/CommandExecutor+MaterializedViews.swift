import Columnar
import QueryLang

/// Statements about materialized views write down what is wanted; a job does it.
extension CommandExecutor {
    func createMaterializedView(_ view: BoundMaterializedView) throws(QueryError) -> Scalar {
        guard !view.exists else { return .text("exists") }
        let name = view.definition.name
        try lock.hold { () throws(QueryError) in
            let catalog = source.snapshot().catalog
            guard catalog.schema(named: name) == nil else {
                throw QueryError(.tableExists, "a table '\(name)' was created meanwhile")
            }
            try checkNoView(name, catalog)
            try change { writer throws(TableError) in
                for table in MaterializedViewTables.all { try writer.createTable(table) }
                try writer.createTable(view.schema)
                if let timeToLive = view.timeToLive { try writer.setTimeToLive(timeToLive, of: name) }
                // What an earlier view of the name had come to is not what this one has.
                try append(MaterializedViewTables.row(of: name, through: 0, request: 0), to: writer)
                try append(MaterializedViewTables.row(view.definition), to: writer)
            }
        }
        return .text("created")
    }

    func refresh(_ view: MaterializedViewDefinition, _ extent: RefreshExtent) throws(QueryError) -> Scalar {
        let request: MaterializedViewTables.Request
        let number = WallClock.now()
        switch extent {
        case .full: request = .init(number: number, time: .all, isFromNothing: true)
        case .incremental: request = .init(number: number, time: nil, isFromNothing: false)
        case .range(let time): request = .init(number: number, time: time, isFromNothing: false)
        }
        try change { writer throws(TableError) in
            try append(MaterializedViewTables.row(of: view.name, request), to: writer)
        }
        return .text("requested")
    }

    /// Writes a row and waits until it is on disk.
    func append(_ row: AppendGroup, to writer: any TableWriter) throws(TableError) {
        let answer = Answer<Result<LSN, TableError>>()
        writer.append(AppendBatch(groups: [row]), durability: .sync) { answer.give($0) }
        _ = try answer.wait().get()
    }
}
