import Columnar
import QueryLang

/// What a plan has to take of some batches that wait: several one after the other, while its state is in the processor's
/// caches, which do not hold that of a thousand plans.
struct LiveTurn {
    /// A batch, the places of the groups that may be for the plan, and the tables right after it.
    struct Part {
        let commit: LiveCommit
        let groups: [Int]?
        let snapshot: any TableSnapshot
    }

    /// Batches that are taken through all plans together: with more, the last plan's changes come later than they need to.
    static let batchesMax = 8

    let plan: LivePlan
    private(set) var parts: [Part]

    /// The turns of plans, in the order in which batches are first for them. Plans do not depend on each other.
    static func turns(
        _ batches: [(batch: CommittedBatch, snapshot: any TableSnapshot)],
        _ deliveries: (CommittedBatch) -> [LiveDelivery]
    ) -> [LiveTurn] {
        var turns: [LiveTurn] = []
        var places: [Int64: Int] = [:]
        for (batch, snapshot) in batches {
            let commit = LiveCommit(batch)
            for delivery in deliveries(batch) {
                let part = Part(commit: commit, groups: delivery.groups, snapshot: snapshot)
                if let place = places[delivery.plan.query.id] {
                    turns[place].parts.append(part)
                } else {
                    places[delivery.plan.query.id] = turns.count
                    turns.append(LiveTurn(plan: delivery.plan, parts: [part]))
                }
            }
        }
        return turns
    }
}
