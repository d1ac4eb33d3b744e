public import Engine
public import TestSupport

/// How an execution is set up. The answer must not depend on it.
public struct ExecutionSetup: Sendable, Hashable, CustomStringConvertible {
    /// Where the rows lie.
    public enum Storage: Sendable, Hashable {
        /// In slices of so many rows.
        case memory(sliceRows: Int, forms: MemoryForms, givesStatistics: Bool)
        /// In memtables and segments of a store, beside rows that were removed.
        case store
    }

    /// Where the rows lie.
    public var storage: Storage
    /// How the engine goes about it.
    public var options: ExecutionOptions

    /// Creates a setup.
    public init(_ storage: Storage, _ options: ExecutionOptions) {
        self.storage = storage
        self.options = options
    }

    /// Plain values in one slice, one thread, and the general way of everything.
    public static let plainest = ExecutionSetup(
        .memory(sliceRows: 1024, forms: .plain, givesStatistics: false),
        ExecutionOptions(batchRows: 4096, usesOptimizer: false, usesStatistics: false, threads: 1)
    )

    /// Setups of which any two choices stand together in at least one.
    public static let covering: [ExecutionSetup] = {
        var setups: [ExecutionSetup] = []
        var missing = Set(allMemory.flatMap(\.pairs))
        // Greedy: each time the one that covers most of what is left.
        while !missing.isEmpty {
            guard
                let best = allMemory.max(by: {
                    missing.intersection($0.pairs).count < missing.intersection($1.pairs).count
                })
            else { break }
            setups.append(best)
            missing.subtract(best.pairs)
        }
        let stored = [
            ExecutionOptions(), ExecutionOptions(batchRows: 1, threads: 2),
            ExecutionOptions(batchRows: 3, usesOptimizer: false, usesStatistics: false),
        ]
        return setups + stored.map { ExecutionSetup(.store, $0) }
    }()

    /// All combinations over rows in memory.
    public static let allMemory: [ExecutionSetup] = MemoryForms.allCases.flatMap { forms in
        [1, 3, 1024].flatMap { sliceRows in
            [true, false].flatMap { givesStatistics in
                [1, 3, 4096].flatMap { batchRows in
                    [true, false].flatMap { usesOptimizer in
                        [1, 2].map { threads in
                            ExecutionSetup(
                                .memory(sliceRows: sliceRows, forms: forms, givesStatistics: givesStatistics),
                                ExecutionOptions(
                                    batchRows: batchRows,
                                    usesOptimizer: usesOptimizer,
                                    usesStatistics: givesStatistics,
                                    threads: threads
                                )
                            )
                        }
                    }
                }
            }
        }
    }

    /// Every two choices of this setup.
    private var pairs: [String] {
        let choices = [
            "\(storage)", "batches of \(options.batchRows)", "optimizer \(options.usesOptimizer)",
            "threads \(options.threads)",
        ]
        return choices.indices.flatMap { first in
            choices.indices.filter { $0 > first }.map { choices[first] + ", " + choices[$0] }
        }
    }

    /// For a report.
    public var description: String {
        let rows =
            switch storage {
            case .store: "a store"
            case .memory(let sliceRows, let forms, let givesStatistics):
                "slices of \(sliceRows), forms \(forms), statistics \(givesStatistics)"
            }
        return
            "\(rows); batches of \(options.batchRows), optimizer \(options.usesOptimizer), threads \(options.threads)"
    }
}
