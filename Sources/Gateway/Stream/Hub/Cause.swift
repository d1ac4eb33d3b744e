internal import Engine

/// When something changed: the identity and the times of the update that did it.
struct Cause: Sendable {
    var seq: Int64 = 0
    var exchangeTime: Int64 = 0
    var receiveTime: Int64 = 0
    var computeTime: Int64 = 0
    var updateID: Int64 = 0

    init() {}

    init(_ update: FeatureUpdate) {
        seq = update.seq
        exchangeTime = update.exchangeTime
        receiveTime = update.receiveTime
        computeTime = update.computeTime
        updateID = update.updateID
    }
}
