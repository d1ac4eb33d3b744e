/// How long to wait before the next attempt: doubles from attempt to attempt up to a cap, less a random part, so that
/// many clients of one venue do not come back at the same moment.
struct Backoff {
    private let initial: Int64
    private let max: Int64
    private var attempts = 0

    /// Delays in nanoseconds.
    init(initial: Int64, max: Int64) {
        precondition(initial > 0 && max >= initial, "BUG: backoff bounds")
        self.initial = initial
        self.max = max
    }

    /// The delay before the next attempt, between half of the step and the step. `random` is in `0..<1`.
    mutating func next(random: Double) -> Int64 {
        var step = initial
        for _ in 0..<attempts { step = step > max / 2 ? max : step * 2 }
        if step < max { attempts += 1 }
        let part = Swift.min(Swift.max(random, 0), 1)
        return step / 2 + Int64(Double(step - step / 2) * (1 - part))
    }

    /// The attempt succeeded: begin anew.
    mutating func reset() { attempts = 0 }
}
