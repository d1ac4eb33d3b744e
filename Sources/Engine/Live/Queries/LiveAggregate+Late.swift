import Columnar
import QueryLang

extension LiveAggregate {
    /// A bucket that is read anew from the store, because a batch changed it otherwise than by more rows at its end.
    struct Stale: Hashable {
        let scope: String
        let bucket: Int64
    }

    func stale(_ bucket: Int64, _ series: String) -> Stale {
        Stale(scope: isBySeries ? series : "", bucket: bucket)
    }

    /// Buckets of rows that cannot be folded as they come.
    func staleBuckets(_ series: LiveInput.Series) throws(QueryError) -> [Int64] {
        var found: [Int64] = []
        func add(_ time: Int64) {
            let bucket = buckets?.index(time) ?? 0
            if found.last != bucket { found.append(bucket) }
        }
        if replaces {
            var before = series.lastTime
            for row in 0..<series.times.count {
                let time = series.times[row]
                if let before, time <= before { add(time) }
                before = max(before ?? .min, time)
            }
        } else if let last = series.lastTime {
            for batch in series.rows {
                let times = try batch.times().int64Values
                guard (0..<times.count).contains(where: { times[$0] < last }) else { continue }
                let followsOrder = try folds.followsOrder(of: batch)
                guard needsOrder || followsOrder else { continue }
                for row in 0..<times.count where times[row] < last { add(times[row]) }
            }
        }
        return found
    }

    /// Reads a bucket from the store; tells what is different then.
    ///
    /// - Parameter series: those of the batch: where groups have parts, no others are read.
    func readAnew(_ stale: Stale, _ series: [String], _ history: LiveHistory) throws(QueryError) -> [LiveRow] {
        let scope = scope(stale.scope)
        guard stale.bucket >= scope.floor else {
            lateCount += 1
            return []
        }
        let before = LiveTouched.all(scope.groups(of: stale.bucket), bucket: stale.bucket, scope)
        var old: [[Scalar]: LiveRow] = [:]
        for row in try told(before) { old[row.key] = row }
        try release(stale, series, in: scope)
        let scan = shape.rows.scan
        let times = range(of: stale.bucket).map { range in
            scan.times.map { $0.intersection(range) }.filter { !$0.isEmpty }
        }
        let rows = shape.rows.restricted(
            times: times ?? scan.times,
            series: isBySeries ? .named([stale.scope]) : folds.hasParts ? .named(series) : scan.series
        )
        try history.read(rows, merged: isMerged) { batch, series throws(QueryError) in
            try self.take(batch, series: series, stale: [])
        }
        if plan.keys.isEmpty, buckets == nil { try group(of: 0, key: 0, in: scope) }
        let after = LiveTouched.all(scope.groups(of: stale.bucket), bucket: stale.bucket, scope)
        var changed: [LiveRow] = []
        for group in after { touched.remove(group.group) }
        for row in try told(after) {
            let known = old.removeValue(forKey: row.key)
            if let known, known.values.isSame(as: row.values) { continue }
            if known == nil, row.isRemoved { continue }
            changed.append(row)
        }
        for (key, row) in old where !row.isRemoved {
            changed.append(shape.removed(key, isRevision: row.isClosed))
        }
        return changed
    }

    /// Lets the rows of a bucket go, or those of some series, with the groups that have no others.
    private func release(_ stale: Stale, _ series: [String], in scope: LiveBuckets) throws(QueryError) {
        guard folds.hasParts else {
            for group in scope.removeGroups(of: stale.bucket) {
                touched.remove(group)
                shown.remove(group)
                try folds.release(group)
            }
            return
        }
        for (key, group) in scope.groups(of: stale.bucket) {
            var isLeft = false
            for name in series { isLeft = try folds.releasePart(of: group, name) }
            if isLeft { continue }
            scope.removeGroup(of: stale.bucket, key: key)
            touched.remove(group)
            shown.remove(group)
            try folds.release(group)
        }
    }

    /// The times of a bucket; nil if there are no buckets.
    private func range(of bucket: Int64) -> TimeRange? {
        guard let buckets, let end = end(of: bucket) else { return nil }
        return TimeRange(start: bucket <= buckets.first ? .min : buckets.start(bucket), end: end)
    }
}
