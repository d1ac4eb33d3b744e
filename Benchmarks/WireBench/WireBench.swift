import Glibc
import Measurement
import NIOCore

/// What a request and a frame cost in our codecs and in SwiftNIO's, in memory, on one thread: `WireBench [--smoke] [--json]`.
@main
enum WireBench {
    /// Rounds of each, in turns; the cheapest counts.
    private static let rounds = 7

    static func main() throws {
        let arguments = CommandLine.arguments
        let count = arguments.contains("--smoke") ? 200 : 20_000
        let isJSON = arguments.contains("--json")
        let counter = HardwareCounter(.instructions)
        for question in try Question.all() {
            var (own, nio) = (Cost.infinite, Cost.infinite)
            for _ in 0..<rounds {
                own = min(own, try Cost.measure(count, counter, question.own), by: \.order)
                if let baseline = question.nio {
                    nio = min(nio, try Cost.measure(count, counter, baseline), by: \.order)
                }
            }
            print(isJSON ? json(question, own, nio) : text(question, own, nio))
        }
    }

    private static func min(_ left: Cost, _ right: Cost, by order: (Cost) -> Double) -> Cost {
        order(left) <= order(right) ? left : right
    }

    private static func json(_ question: Question, _ own: Cost, _ nio: Cost) -> String {
        var members = [#""name":"\#(question.name)""#, #""ns":\#(own.nanoseconds)"#]
        if let instructions = own.instructions { members.append(#""instructions":\#(instructions)"#) }
        if question.nio != nil {
            members.append(#""nio_ns":\#(nio.nanoseconds)"#)
            if let instructions = nio.instructions { members.append(#""nio_instructions":\#(instructions)"#) }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func text(_ question: Question, _ own: Cost, _ nio: Cost) -> String {
        var text = question.name + String(repeating: " ", count: max(1, 50 - question.name.count)) + own.text
        if question.nio != nil { text += "   SwiftNIO: \(nio.text)   \(own.ratio(to: nio))" }
        return text
    }
}

/// What one operation costs.
struct Cost {
    var nanoseconds: Double
    var instructions: Double?

    static let infinite = Cost(nanoseconds: .infinity, instructions: nil)

    /// Instructions where they are counted, for they are steadier.
    var order: Double { instructions ?? nanoseconds }

    var text: String {
        "\(Int(nanoseconds)) ns" + (instructions.map { ", \(Int($0)) instructions" } ?? "")
    }

    func ratio(to other: Cost) -> String { "× \(((other.order / order) * 10).rounded() / 10)" }

    static func measure(_ count: Int, _ counter: HardwareCounter?, _ body: (Int) throws -> Void) throws -> Cost {
        let (counted, start) = (counter?.count, processorTime())
        try body(count)
        let nanoseconds = Double(processorTime() - start) / Double(count)
        guard let counter, let counted else { return Cost(nanoseconds: nanoseconds, instructions: nil) }
        return Cost(nanoseconds: nanoseconds, instructions: Double(counter.count - counted) / Double(count))
    }

    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
