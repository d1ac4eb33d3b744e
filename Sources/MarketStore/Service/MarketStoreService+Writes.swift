extension MarketStoreService {
    /// See ``DataService/write(_:)``. Each write is one batch; all of them wait for the disk together.
    public func write(_ writes: [DataWrite]) -> [DataServiceError?] {
        let begun = writes.map { write in
            Result { () throws(DataServiceError) in try writer.begin(write) }
        }
        return begun.map { begun in
            do throws(DataServiceError) {
                try writer.finish(begun.get())
                return nil
            } catch {
                return error
            }
        }
    }

    /// See ``DataService/create(_:)``.
    public func create(_ creations: [BucketCreation]) -> [DataServiceError?] {
        creations.map { creation in
            do throws(DataServiceError) {
                try create(creation)
                return nil
            } catch {
                return error
            }
        }
    }

    private func create(_ creation: BucketCreation) throws(DataServiceError) {
        guard creation.key.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 else {
            throw DataServiceError(
                "key \"\(creation.key)\" is not in proper format, should be like: "
                    + "TSLA/1Min/OHLCV:Symbol/TimeFrame/AttributeGroup"
            )
        }
        guard creation.names.count == creation.types.count else {
            throw DataServiceError(
                "\(creation.names.count) column names and \(creation.types.count) column types were sent"
            )
        }
        var columns: [Bucket.Column] = []
        for (name, text) in creation.columns {
            guard let type = WireType(wire: text) else {
                throw DataServiceError("unexpected data type:\(text) of column '\(name)'; \(WireType.choice)")
            }
            if name == "Epoch" || creation.isVariable && name == "Nanoseconds" { continue }
            columns.append(Bucket.Column(name: name, type: type))
        }
        try writer.create(creation.key, columns, isVariable: creation.isVariable)
    }

    /// See ``DataService/destroy(_:)``.
    public func destroy(_ keys: [String]) -> [DataServiceError?] {
        keys.map { key in
            do throws(DataServiceError) {
                try destroy(key)
                return nil
            } catch {
                return error
            }
        }
    }

    private func destroy(_ text: String) throws(DataServiceError) {
        guard allowsDestroy else {
            throw DataServiceError("buckets may not be destroyed here: marketstore.destroy is false")
        }
        guard let key = BucketKey(text), let bucket = catalog.bucket(key) else {
            if let bucket = BucketKey(text).flatMap(catalog.readable) { throw FeedBuckets.refusal(bucket) }
            throw DataServiceError(
                "removal of catalog entry failed: Unable to find level item: \(missingLevel(text)) in directory"
            )
        }
        guard !bucket.isOfFeed else { throw FeedBuckets.refusal(bucket) }
        try writer.destroy(bucket)
    }

    /// The first part of a key below which there is no bucket.
    private func missingLevel(_ text: String) -> String {
        guard let key = BucketKey(text) else { return text }
        let ofSymbol = catalog.all.filter { $0.key.symbol == key.symbol }
        if ofSymbol.isEmpty { return key.symbol }
        return ofSymbol.contains { $0.key.timeframe == key.timeframe } ? key.attribute : key.timeframe
    }
}
