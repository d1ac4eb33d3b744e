import Columnar

/// Writes one segment out of the runs of many series: what a flush and a merge have in common.
struct SegmentBuild {
    let core: StoreCore
    let entry: TableEntry
    let partition: Int32
    let firstLSN: LSN
    let lastLSN: LSN
    let filteredLSN: LSN

    /// Writes the rows that the finder finds, in the order of series; nil if there is none. Durable on return, and so is the
    /// directory that names it. A file that was begun and not finished is removed.
    ///
    /// - Parameters:
    ///   - series: the series, ascending by number.
    ///   - finder: where their rows are.
    ///   - pace: told what was written after each row group; throws to give up.
    func write(
        _ series: [SeriesContext],
        _ finder: RunFinder,
        pace: ((Int) throws(TableError) -> Void)?
    ) throws(TableError) -> Segment? {
        let id = core.manifest.nextSegmentID()
        let directory = entry.partitionPath(partition, in: core.directory)
        try core.files.createDirectory(directory)
        do throws(TableError) {
            var writer = try SegmentWriter(
                table: entry,
                partition: partition,
                id: id,
                directory: directory,
                files: core.files,
                compression: core.options.compression
            )
            var builder = RowGroupBuilder(schema: entry.schema)
            for context in series { try add(context, finder, to: &builder, &writer, pace) }
            try builder.finish(to: &writer)
            guard writer.hasRows else {
                try core.files.remove(temporaryPath(id, directory))
                return nil
            }
            let written = try writer.finish(firstLSN: firstLSN, lastLSN: lastLSN, filteredLSN: filteredLSN)
            try core.files.syncDirectory(directory)
            return Segment(
                entry: written,
                path: "\(directory)/\(SegmentFormat.fileName(id))",
                files: core.files,
                cache: core.segmentCache
            )
        } catch {
            try? core.files.remove(temporaryPath(id, directory))
            try? core.files.remove("\(directory)/\(SegmentFormat.fileName(id))")
            throw error
        }
    }

    private func temporaryPath(_ id: UInt64, _ directory: String) -> String {
        "\(directory)/\(SegmentFormat.fileName(id)).tmp"
    }

    private func add(
        _ context: SeriesContext,
        _ finder: RunFinder,
        to builder: inout RowGroupBuilder,
        _ writer: inout SegmentWriter,
        _ pace: ((Int) throws(TableError) -> Void)?
    ) throws(TableError) {
        var cursor = SeriesCursor(runs: try finder.runs(of: context), context: context, isForward: true)
        while let slice = try cursor.next() {
            try builder.add(slice, of: context, to: &writer)
            try pace?(writer.byteCount)
        }
    }
}
