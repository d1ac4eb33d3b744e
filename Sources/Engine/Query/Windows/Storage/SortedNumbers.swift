/// Numbers in ascending order, as runs of at most some hundred: to add one, to take one out and to find that of a rank costs
/// the length of a run and a step for each run, O(√n) up to some 100,000.
struct SortedNumbers {
    private var runs: [[Double]] = []
    /// How many numbers.
    private(set) var count = 0

    /// Numbers of a run at most: moving them costs about as much as finding the run.
    private static let runMax = 512

    /// Bytes of the numbers.
    var byteCount: Int { count * MemoryLayout<Double>.stride }

    /// Forgets all.
    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Adds a number, which is no NaN.
    mutating func insert(_ value: Double) {
        count += 1
        if runs.isEmpty { return runs.append([value]) }
        let run = min(self.run(of: value), runs.count - 1)
        runs[run].insert(value, at: Self.place(of: value, in: runs[run]))
        if runs[run].count > Self.runMax {
            let half = Array(runs[run].suffix(Self.runMax / 2))
            runs[run].removeLast(half.count)
            runs.insert(half, at: run + 1)
        }
    }

    /// Takes a number out that is there.
    mutating func remove(_ value: Double) {
        let run = run(of: value)
        guard run < runs.count else { return }
        let place = Self.place(of: value, in: runs[run])
        guard place < runs[run].count, runs[run][place] == value else { return }
        runs[run].remove(at: place)
        if runs[run].isEmpty { runs.remove(at: run) }
        count -= 1
    }

    /// The number of a rank, from 0; nil if there are fewer.
    subscript(rank: Int) -> Double? {
        var rest = rank
        for run in runs {
            if rest < run.count { return rest < 0 ? nil : run[rest] }
            rest -= run.count
        }
        return nil
    }

    /// The first run that ends with the number or a larger one; the number of runs if there is none.
    private func run(of value: Double) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if let last = runs[middle].last, last < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first place whose number is not smaller.
    private static func place(of value: Double, in run: [Double]) -> Int {
        var (low, high) = (0, run.count)
        while low < high {
            let middle = (low + high) / 2
            if run[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
