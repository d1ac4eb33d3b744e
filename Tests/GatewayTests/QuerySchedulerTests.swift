import Testing

@testable import Gateway

private func name(_ text: String) -> QueryID { QueryID(text)! }

/// A scheduler that expectations can change.
private final class Line {
    private var rules: QueryScheduler

    init(workers: Int = 1, readers: Int = 1, queued: Int = 2) {
        var limits = QueryServiceLimits()
        limits.workers = workers
        limits.readers = readers
        limits.queued = queued
        rules = QueryScheduler(limits)
    }

    var counts: [Int] { [rules.counts.queued, rules.counts.running, rules.counts.sending] }
    func stage(of id: QueryID) -> QueryScheduler.Stage? { rules.stage(of: id) }
    func arrive(_ id: QueryID) -> Bool { rules.arrive(id) }
    func pause(_ id: QueryID) { rules.pause(id) }
    func giveWay(_ id: QueryID) -> Bool { rules.giveWay(id) }
    func becameSlow(_ id: QueryID) { rules.becameSlow(id) }
    func resume(_ id: QueryID) -> Bool { rules.resume(id) }
    func end(_ id: QueryID) { rules.end(id) }
    func turn() -> QueryScheduler.Turn? { rules.turn() }
    func withdraw(_ id: QueryID, onlyNewcomers: Bool = false) -> Bool {
        rules.withdraw(id, onlyNewcomers: onlyNewcomers)
    }
}

@Suite struct QuerySchedulerTests {
    @Test func lineIsServedInOrderAndALongAnswerTakesItsTurns() {
        let line = Line(workers: 1, readers: 4, queued: 4)
        let (long, short, other) = (name("long"), name("short"), name("other"))
        #expect(line.arrive(long))
        #expect(line.turn() == .run(long))
        #expect(line.turn() == nil)
        #expect(line.arrive(short))
        #expect(line.turn() == nil)
        line.pause(long)
        #expect(line.turn() == .run(short))
        #expect(line.resume(long))
        #expect(line.arrive(other))
        #expect(line.turn() == nil)
        line.pause(short)
        line.end(short)
        #expect(line.turn() == .run(long), "it came back before the other arrived")
        line.pause(long)
        #expect(line.turn() == .run(other))
    }

    @Test func queryGivesWayOnlyIfSomebodyCouldRunInItsPlace() {
        let line = Line(workers: 1, readers: 1, queued: 4)
        let (first, second, third) = (name("1"), name("2"), name("3"))
        #expect(line.arrive(first))
        #expect(line.turn() == .run(first))
        #expect(!line.giveWay(first))
        #expect(line.arrive(second))
        #expect(line.giveWay(first))
        #expect(line.turn() == .run(second))
        #expect(line.arrive(third))
        #expect(line.giveWay(second), "the first is ready")
        #expect(line.turn() == .run(first))
        line.pause(first)
        #expect(line.turn() == .run(second))
        #expect(!line.giveWay(second), "the third may not be begun, the first waits for its reader")
        line.becameSlow(first)
        #expect(line.giveWay(second), "now the first can be cut off")
        #expect(line.turn() == .cut(first))
        #expect(line.turn() == .run(second))
    }

    @Test func readerThatIsSlowForLongestIsCutOffAndOnlyForSomebodyWhoCouldRun() {
        let line = Line(workers: 1, readers: 1, queued: 2)
        let names = (0..<4).map { name("\($0)") }
        for slow in names[..<2] {
            #expect(line.arrive(slow))
            #expect(line.turn() == .run(slow))
            line.pause(slow)
            line.becameSlow(slow)
        }
        #expect(line.turn() == nil, "nobody wants a place")
        for newcomer in names[2...] { #expect(line.arrive(newcomer)) }
        #expect(line.turn() == .cut(names[0]))
        #expect(line.turn() == nil, "one at a time")
        #expect(!line.resume(names[0]), "it comes too late")
        line.end(names[0])
        #expect(line.turn() == .run(names[2]))
        #expect(line.turn() == nil, "the worker is taken")
        line.pause(names[2])
        #expect(line.turn() == .cut(names[1]))
    }

    @Test func lineWithoutPlacesTakesOnlyWhatIsBegunAtOnce() {
        let line = Line(workers: 1, readers: 0, queued: 0)
        #expect(line.arrive(name("a")))
        #expect(line.turn() == .run(name("a")))
        #expect(!line.arrive(name("b")))
        line.pause(name("a"))
        #expect(!line.arrive(name("b")), "the first is not over")
        line.end(name("a"))
        #expect(line.arrive(name("b")))
    }

    @Test func queryIsWithdrawnOnlyFromTheLine() {
        let line = Line(workers: 1, readers: 1, queued: 2)
        let (first, second) = (name("1"), name("2"))
        #expect(line.arrive(first))
        #expect(line.turn() == .run(first))
        #expect(line.arrive(second))
        #expect(!line.withdraw(first))
        #expect(line.withdraw(second, onlyNewcomers: true))
        #expect(!line.withdraw(second))
        line.pause(first)
        #expect(!line.withdraw(first))
        #expect(line.resume(first))
        #expect(!line.withdraw(first, onlyNewcomers: true), "it was begun")
        #expect(line.withdraw(first))
        #expect(line.turn() == nil)
        #expect(line.counts == [0, 0, 0])
    }

    /// Random lives of queries, beside a list of what each of them is.
    @Test(arguments: 0..<200 as Range<UInt64>) func invariantsHold(seed: UInt64) {
        var random = Random(seed)
        let (workers, readers, queued) = (1 + random.below(3), random.below(4), random.below(5))
        let line = Line(workers: workers, readers: readers, queued: queued)
        var stages: [QueryID: QueryScheduler.Stage] = [:]
        var made = 0
        func those(_ wanted: QueryScheduler.Stage...) -> [QueryID] {
            stages.filter { wanted.contains($0.value) }.keys.sorted { $0.text < $1.text }
        }
        for _ in 0..<400 {
            switch random.below(8) {
            case 0, 1:
                made += 1
                let id = name("q\(made)")
                let begun = stages.count - those(.newcomer).count
                let isBegunAtOnce =
                    those(.newcomer).isEmpty && those(.running).count < workers && begun < workers + readers
                let isTaken = line.arrive(id)
                #expect(isTaken == (isBegunAtOnce || those(.newcomer).count < queued))
                if isTaken { stages[id] = .newcomer }
            case 2, 3:
                if let id = random.element(those(.running)) {
                    line.pause(id)
                    stages[id] = .sending
                }
            case 4:
                if let id = random.element(those(.sending, .slow, .leaving)) {
                    let isReady = line.resume(id)
                    #expect(isReady == (stages[id] != .leaving))
                    if isReady { stages[id] = .ready }
                }
            case 5:
                if let id = random.element(those(.sending)) {
                    line.becameSlow(id)
                    stages[id] = .slow
                }
            case 6:
                if let id = random.element(those(.newcomer, .ready, .sending, .slow, .leaving)) {
                    line.end(id)
                    stages[id] = nil
                }
            default:
                if let id = random.element(those(.running)), line.giveWay(id) {
                    #expect(stages.count > 1, "somebody else is there")
                    stages[id] = .ready
                }
            }
            while let turn = line.turn() {
                switch turn {
                case .run(let id):
                    #expect(stages[id] == .newcomer || stages[id] == .ready)
                    stages[id] = .running
                case .cut(let id):
                    #expect(stages[id] == .slow && !those(.newcomer).isEmpty && those(.leaving).isEmpty)
                    stages[id] = .leaving
                }
            }
            for (id, stage) in stages { #expect(line.stage(of: id) == stage) }
            let (running, newcomers) = (those(.running).count, those(.newcomer).count)
            let begun = stages.count - newcomers
            #expect(running <= workers && begun <= workers + readers && newcomers <= max(queued, 0))
            if running < workers {
                #expect(those(.ready).isEmpty)
                #expect(newcomers == 0 || begun == workers + readers)
            }
            let sending = those(.sending, .slow, .leaving).count
            #expect(line.counts == [stages.count - running - sending, running, sending])
        }
    }
}

/// SplitMix64.
private struct Random {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func element<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}
