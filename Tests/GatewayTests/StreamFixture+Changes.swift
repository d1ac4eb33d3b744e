import Engine
import Market

@testable import Gateway

extension StreamFixture {
    /// A change of a random instrument: some of its features, all of them where a new epoch starts.
    func change(
        _ epochs: inout [Int],
        startOnceIn times: Int,
        _ random: inout SeededGenerator,
        in batch: inout FeatureBatch
    ) {
        let instrument = Int.random(in: 0..<3, using: &random)
        let statuses: [ValueStatus] = [.present, .present, .present, .null, .warming, .stale]
        let isStart = epochs[instrument] == 0 || Int.random(in: 0..<times, using: &random) == 0
        if isStart { epochs[instrument] += 1 }
        var values: [(Int, Double, ValueStatus)] = []
        for feature in testFeatures.indices where isStart || Int.random(in: 0..<4, using: &random) == 0 {
            let value = Double(Int.random(in: -5_000...5_000, using: &random)) / 100
            values.append((feature, value, statuses.randomElement(using: &random)!))
        }
        update(
            instrument,
            values,
            skip: Int64.random(in: 0...3, using: &random),
            epoch: "k1-\(epochs[instrument])",
            isEpochStart: isStart,
            book: Int.random(in: 0..<10, using: &random) == 0 ? .stale : .live,
            updateID: Int64.random(in: 0...1, using: &random) * seqs[instrument],
            in: &batch
        )
    }
}
